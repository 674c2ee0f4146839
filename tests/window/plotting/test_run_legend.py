"""The legend of runs: what it lists, and what pointing at a run, a click and the keys do."""

import pytest
from PySide6.QtCore import Qt
from window_fakes import leave, move_mouse, scalars

from sslviz.window.panels.loss import LossPanel
from sslviz.window.plotting.line_legend import ROW
from sslviz.window.plotting.run_legend import RunLegend
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.theme import theme


def model(colour, *parts, own=""):
    made = RunModel(own or " · ".join(parts), colour)
    made.title_parts, made.own_title = parts, own
    return made


@pytest.fixture
def runs():
    return [model(index, "Digits", f"τ {value}", "seed 1") for index, value in enumerate((0.05, 0.2, 1))]


@pytest.fixture
def legend(qtbot, runs):
    made = RunLegend()
    qtbot.addWidget(made)
    made.resize(400, ROW)
    made.show_runs(runs)
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def test_it_names_what_differs_and_an_own_title_in_full(legend, runs):
    assert legend.accessibleName() == "Runs: τ 0.05, τ 0.2, τ 1"
    legend.show_runs([*runs, model(3, "Digits", "τ 1", "seed 1"), model(4, "Digits", "τ 3", "seed 1", own="Best")])
    assert legend.accessibleName().endswith("τ 0.2, Digits · τ 1 · seed 1, Digits · τ 1 · seed 1, Best")


def test_one_run_needs_no_legend(legend, runs):
    assert legend.isVisible()
    legend.show_runs(runs[:1])
    assert not legend.isVisible()


def test_each_run_has_a_line_in_its_colour(legend, runs):
    image = legend.grab().toImage()
    for run, place in zip(runs, legend.places(), strict=True):
        assert image.pixelColor(int(place.left()) + 6, int(place.center().y())).name() == theme().palette.run(
            run.colour
        )


def test_where_there_is_no_room_it_has_more_lines(legend, runs):
    legend.resize(150, ROW)
    assert legend.height() == 2 * ROW
    assert all(place.right() <= 150 for place in legend.places())


def test_a_click_on_another_run_and_enter_hide_it_but_not_the_current_one(legend, runs, qtbot):
    toggled = []
    legend.toggled.connect(toggled.append)
    for place in legend.places()[:2]:
        qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=place.center().toPoint())
    assert toggled == [runs[1]]
    legend.setFocus()
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Return,
    ):
        qtbot.keyClick(legend, key)
    assert toggled == [runs[1], runs[2]]
    runs[2].drawn = False
    legend.show_runs(runs)
    assert legend.accessibleName().endswith("τ 1 (hidden)")


def test_pointing_at_a_run_widens_its_curve(on_screen, runs):
    for run in runs:
        run.take(scalars(range(1, 50), loss=[2.0] * 49))
    panel = LossPanel()
    panel.show_run(runs[0], tuple(runs[1:]))
    on_screen(panel, 420, 320)
    panel.draw()
    before = widths(panel.loss)
    move_mouse(panel.legend, panel.legend.places()[2].center().toPoint())
    assert widths(panel.loss)[:-1] == before[:-1]
    assert widths(panel.loss)[-1] > before[-1]
    leave(panel.legend)
    assert widths(panel.loss) == before


def widths(plot):
    """Return the widths of the lines of all curves in a plot, in pixels."""
    return [item.opts["pen"].widthF() for item in plot.listDataItems()]
