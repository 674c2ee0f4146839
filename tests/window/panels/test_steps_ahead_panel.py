"""Steps ahead: the two curves, luck, other runs, and the read-out by mouse and keys."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from window_fakes import point_at, steps_ahead

from sslviz.window.panels.steps_ahead import StepsAheadPanel
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.theme import theme

ACCURACY = [0.8, 0.6, 0.5, 0.4]


@pytest.fixture
def panel(on_screen):
    made = StepsAheadPanel()
    made.run.take(steps_ahead(ACCURACY, first=3, step=120))
    on_screen(made, 520, 260)
    made.draw()
    return made


def lists(points):
    """Steps ahead and values as lists."""
    return tuple(each.tolist() for each in points)


def test_both_figures_are_drawn_over_the_steps_ahead(panel):
    assert lists(panel.accuracy.points) == ([3, 4, 5, 6], ACCURACY)
    assert lists(panel.loss.points) == ([3, 4, 5, 6], [2 - share for share in ACCURACY])
    assert panel.accuracy.tick_labels == ["3", "4", "5", "6"]


def test_luck_is_a_line_in_each(panel):
    levels = [each_plot.plot.reference_lines for each_plot in (panel.accuracy, panel.loss)]
    assert levels == [[(0.25, "chance")], [(1.386, "chance")]]


def test_everything_is_in_sight(panel):
    for each_plot, level in ((panel.accuracy, 0.25), (panel.loss, 1.386)):
        (left, right), (low, high) = each_plot.plot.getViewBox().viewRange()
        x, y = lists(each_plot.points)
        assert left < min(x)
        assert max(x) < right
        assert low < min([*y, level])
        assert max([*y, level]) < high


def test_many_steps_have_few_names(panel):
    panel.run.take(steps_ahead(np.linspace(0.9, 0.1, 60)))
    panel.draw()
    assert 6 <= len(panel.accuracy.tick_labels) <= 12


def test_other_runs_are_beside_it_in_their_colours(panel):
    other, without = RunModel(colour=2), RunModel(colour=3)
    other.take(steps_ahead([0.3, 0.2], loss=[1.2, 1.3]))
    panel.show_run(panel.run, (without, other))
    panel.draw()
    assert [lists(points) for points in panel.accuracy.others.points] == [([1, 2], [0.3, 0.2])]
    assert [lists(points) for points in panel.loss.others.points] == [([1, 2], [1.2, 1.3])]
    assert panel.accuracy.others.colours == [QColor(theme().palette.run(2)).name()]
    panel.show_run(panel.run)
    panel.draw()
    assert panel.accuracy.others.points == panel.loss.others.points == []


def test_the_mouse_reads_the_nearest_step_in_either_plot(panel):
    assert panel.readout.text() == "step 120"
    for each_plot in (panel.accuracy, panel.loss):
        middle = np.mean(each_plot.plot.getViewBox().viewRange()[1])
        point_at(each_plot.plot, 5.0, middle)
        point_at(each_plot.plot, 4.8, middle)
        assert panel.readout.text() == "k = 5   accuracy 50.0 %   loss 1.50 nats   step 120"
        assert [each.cursor_line.x for each in (panel.accuracy, panel.loss)] == [5, 5]
        each_plot.plot.left.emit()
        assert panel.readout.text() == "step 120"
        assert [each.cursor_line.x for each in (panel.accuracy, panel.loss)] == [None, None]


def test_the_keys_read_step_by_step(panel, qtbot):
    panel.accuracy.plot.setFocus()
    seen = []
    for key in ("Right", "Right", "Left", "Left", "Escape", "Left"):
        qtbot.keyClick(panel.accuracy.plot, getattr(Qt.Key, f"Key_{key}"))
        seen.append(panel.readout.text().partition("   ")[0])
    assert seen == ["k = 3", "k = 4", "k = 3", "k = 3", "step 120", "k = 3"]


def test_newer_figures_of_fewer_steps_end_what_was_pointed_at(panel, qtbot):
    panel.accuracy.plot.setFocus()
    for _ in range(4):
        qtbot.keyClick(panel.accuracy.plot, Qt.Key.Key_Right)
    panel.run.take(steps_ahead([0.9], step=130))
    panel.draw()
    assert panel.readout.text() == "step 130"


def test_another_run_that_has_none_leaves_nothing(panel):
    panel.show_run(RunModel())
    panel.draw()
    assert not any(plot.isVisible() for plot in panel.findChildren(Plot))
    assert panel.readout.text() == ""
    assert panel.table() is None


def test_the_table_has_a_row_a_step_with_luck_beside_it(panel):
    assert panel.table() == {
        "ahead": [3, 4, 5, 6],
        "accuracy": ACCURACY,
        "chance": [0.25] * 4,
        "loss": [2 - share for share in ACCURACY],
        "chance_loss": [1.386] * 4,
    }
