"""The loss panel: its curves on either axis, marks that join one drag, the read-out under the mouse, zoom."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from window_fakes import FIGURES, change, leave, point_at, prepared, scalars, turn_wheel

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Mark, Progress, References, State
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.panels.loss import LossPanel
from sslviz.window.plotting.ranges import end_of_axis
from sslviz.window.plotting.run_plot import LABEL_ABOVE_PX
from sslviz.window.runs.choices import TimeCursor
from sslviz.window.runs.run_model import RunModel


def mark(step, before, after, key="temperature", warning=""):
    return Mark(step=step, wall_time_s=step / 10, changes=(change(key, before, after),), warning=warning)


@pytest.fixture
def run():
    """A loss falling from 6 to 2 in a hundred steps, a little ragged."""
    made = RunModel()
    steps = np.arange(1, 101)
    made.take(State(state="training"))
    made.take(scalars(steps, loss=np.linspace(6, 2, 100), top1=np.linspace(0, 1, 100)))
    lines = [ReferenceLine(curve="loss", label="chance", value=6.2), ReferenceLine(curve="knn", label="raw", value=0.5)]
    made.take(References(lines=tuple(lines)))
    return made


@pytest.fixture
def panel(run, on_screen):
    made = LossPanel()
    made.show_run(run)
    on_screen(made, 420, 320)
    made.draw()
    return made


# ----------------------------------------------------------------- what it shows


def test_the_curves_are_the_runs(panel, run):
    steps, values = panel.loss.values
    assert steps.tolist() == run.curves["loss"].steps.tolist()
    assert values.tolist() == run.curves["loss"].values.tolist()
    assert panel.loss.average[1][-1] == pytest.approx(run.curves["loss"].smoothed[-1])


def test_only_its_own_reference_lines_are_shown_with_their_values(panel):
    assert panel.loss.reference_lines == [(6.2, "chance 6.20")]


def test_the_log_switch_changes_the_axis_and_all_that_is_on_it(panel, run, qtbot):
    (log,) = panel.title_widgets()
    qtbot.mouseClick(log, Qt.MouseButton.LeftButton)
    assert log.isChecked()
    assert panel.loss.getAxis("left").logMode
    assert panel.loss.values[1][0] == pytest.approx(np.log10(6))
    assert panel.loss.reference_lines[0][0] == pytest.approx(np.log10(6.2))
    low, high = panel.loss.getViewBox().viewRange()[1]
    assert low < np.log10(2) < np.log10(6.2) < high
    qtbot.mouseClick(log, Qt.MouseButton.LeftButton)
    assert panel.loss.values[1][0] == pytest.approx(6)


def test_there_is_no_logarithmic_axis_for_losses_that_are_not_positive(panel, run, qtbot):
    """The user's choice of the axis comes back with the next run of positive losses."""
    qtbot.mouseClick(panel.log, Qt.MouseButton.LeftButton)
    assert panel.loss.getAxis("left").logMode
    negative = RunModel()
    negative.take(scalars([1, 2, 3], loss=[0.5, -0.5, -0.9]))
    for shown, others in ((negative, ()), (run, (negative,))):
        panel.show_run(shown, others)
        panel.draw()
        assert not panel.log.isEnabled()
        assert "zero or negative" in panel.log.toolTip()
        assert not panel.loss.getAxis("left").logMode
    panel.show_run(negative)
    panel.draw()
    assert panel.loss.values[1].tolist() == [0.5, -0.5, -0.9]
    low, high = panel.loss.getViewBox().viewRange()[1]
    assert low < -0.9 < 0.5 < high
    panel.show_run(run)
    panel.draw()
    assert panel.log.isEnabled()
    assert panel.loss.getAxis("left").logMode


def test_a_level_of_zero_has_no_place_on_a_logarithmic_axis(panel, run, qtbot):
    qtbot.mouseClick(panel.log, Qt.MouseButton.LeftButton)
    run.take(References(lines=(ReferenceLine(curve="loss", label="best", value=0.0),)))
    panel.mark_dirty()
    panel.draw()
    assert panel.loss.getViewBox().viewRange()[1][0] > -1


def test_a_level_of_next_to_nothing_is_said_to_be_zero_and_stretches_no_logarithmic_axis(panel, run, qtbot):
    run.take(References(lines=(ReferenceLine(curve="loss", label="aligned and uniform", value=2.4e-12),)))
    panel.draw()
    assert panel.loss.reference_lines == [(0.0, "aligned and uniform ≈ 0")]
    qtbot.mouseClick(panel.log, Qt.MouseButton.LeftButton)
    assert panel.loss.getViewBox().viewRange()[1][0] > -1


@pytest.fixture
def spread(on_screen):
    """Return a run with a figure that belongs beside the loss, and its panel."""
    run, panel = RunModel(), LossPanel()
    figure = FigureEntry(key="spread", title="Std of z", help="How far apart.", per_step=True, beside_loss=True)
    run.take(msgspec.structs.replace(prepared(), figures=(*FIGURES, figure)))
    run.take(scalars([1, 2], loss=[2.0, 2.0], spread=[0.02, 0.06], top1=[0.5, 0.6]))
    panel.show_run(run)
    on_screen(panel, 420, 320)
    panel.draw()
    return run, panel


def test_the_figure_without_which_the_loss_means_little_is_below_it_with_its_levels(spread, qtbot):
    run, panel = spread
    levels = (("isotropic", 0.125), ("collapsed", 0.0))
    run.take(
        References(lines=tuple(ReferenceLine(curve="spread", label=label, value=value) for label, value in levels))
    )
    panel.draw()
    assert panel.beside.values[1].tolist() == [0.02, 0.06]
    assert panel.beside.reference_lines == [(0.125, "isotropic 0.12"), (0.0, "collapsed 0.00")]
    low, high = panel.beside.getViewBox().viewRange()[1]
    assert -0.1 < low < 0 < 0.125 < high < 0.3
    panel.resize(420, 700)
    panel.draw()
    qtbot.wait(20)
    assert panel.beside.getAxis("left")._tickLevels is None
    panel.resize(420, 200)
    qtbot.wait(20)
    assert [text for _, text in panel.beside.getAxis("left")._tickLevels[0]] == ["0.12", "0.00"]
    assert "   Std of z 0.0" in panel.readout.text()
    assert panel.beside.toolTip() == "Std of z: How far apart."
    assert "spread_smoothed" in panel.table()
    run.take(prepared())
    panel.draw()
    assert panel.beside.reference_lines == []
    assert panel.beside.tick_labels == ("0", "100 %"), "without such a figure, the accuracy is there again"


def test_a_level_of_the_figure_below_that_is_not_finite_is_left_out(spread):
    run, panel = spread
    run.take(References(lines=(ReferenceLine(curve="spread", label="isotropic", value=math.nan),)))
    panel.draw()
    assert np.isfinite(panel.beside.getViewBox().viewRange()).all()
    panel.resize(420, 200)
    panel.draw()
    assert panel.beside.getAxis("left")._tickLevels is None


def test_another_size_leaves_the_zoom_of_the_user_as_it_is(spread, qtbot):
    _, panel = spread
    panel.loss.zoom_to(QRectF(1.0, 1.0, 0.5, 2.0))
    panel.resize(420, 500)
    qtbot.wait(20)
    for plot in (panel.loss, panel.beside):
        assert plot.getViewBox().viewRange()[0] == pytest.approx([1.0, 1.5], abs=0.01)


def test_how_to_read_the_loss_is_said_above_it(panel, run):
    assert not panel.note.isVisible()
    run.take(msgspec.structs.replace(prepared(), loss_note="The target moves."))
    run.take(scalars([1, 2], loss=[2.0, 2.0]))
    panel.draw()
    assert panel.note.isVisible()
    assert panel.note.text() == "The target moves."


def test_without_an_accuracy_there_is_no_place_for_it(on_screen):
    panel = LossPanel()
    panel.run.take(scalars([1, 2], loss=[2.0, 1.0]))
    on_screen(panel)
    panel.draw()
    assert panel.loss.isVisible()
    assert not panel.beside.isVisible()


@pytest.mark.parametrize("height", [170, 400])
def test_the_label_of_all_is_whole_however_low_the_plot_is(panel, qtbot, height):
    panel.resize(400, height)
    box = panel.beside.getViewBox()

    def above():
        return (box.viewRange()[1][1] - 1) / box.viewPixelSize()[1]

    qtbot.waitUntil(lambda: above() == pytest.approx(LABEL_ABOVE_PX, abs=0.1))
    shown = panel.beside.tick_labels
    assert shown == (("0", "100 %") if height > 200 else ("", "100 %")), "where one would lie over the other"


def test_one_drag_is_one_line(panel, run):
    for step in range(40, 60):
        run.take(mark(step, step / 100, (step + 1) / 100))
    panel.draw()
    assert panel.loss.marked_steps == panel.beside.marked_steps == [40]


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([], "The loss appears here in a moment."),
        ([State(state="preparing"), Progress(text="Making samples")], "Waiting for the first step …"),
        ([State(state="training")], "Waiting for the first step …"),
    ],
    ids=["before", "preparing", "training"],
)
def test_while_there_is_no_loss_it_says_why(messages, sentence, on_screen):
    panel = LossPanel()
    for message in messages:
        panel.run.take(message)
    on_screen(panel)
    panel.draw()
    assert panel.hint == sentence


# ----------------------------------------------------------------- under the mouse


def test_without_the_mouse_the_last_step_is_read_out(panel):
    assert panel.readout.text().startswith("step 100   loss 2.")
    assert "(raw 2.000)" in panel.readout.text()
    assert "top-1" in panel.readout.text()


def test_pointing_at_a_step_reads_it_out_until_the_mouse_leaves(panel):
    point_at(panel.loss, 50, 4)
    assert panel.readout.text().startswith("at step 50 ")
    point_at(panel.beside, 25, 0.5)
    assert panel.readout.text().startswith("at step 25 ")
    leave(panel.beside)
    assert panel.readout.text().startswith("step 100 ")


def test_pointing_at_a_mark_says_what_changed_and_that_losses_are_not_comparable(panel, run):
    run.take(mark(60, 0.2, 0.5, warning="Losses before and after cannot be compared."))
    panel.draw()
    point_at(panel.loss, 60, 4)
    said = "Temperature 0.2 → 0.5 at step 60 · Losses before and after cannot be compared."
    assert panel.loss.toolTip() == panel.readout.toolTip() == said  # whole, however narrow the panel is
    assert panel.readout.text().startswith("Temperature 0.2 → 0.5 at step 60 · Losses")
    point_at(panel.loss, 20, 4)
    assert "Temperature" not in panel.readout.text() + panel.loss.toolTip()


def test_a_run_without_steps_has_nothing_to_read_out(panel):
    panel.show_run(RunModel())
    panel.draw()
    assert panel.readout.text() == ""


# ----------------------------------------------------------------- zoom


def later(panel, run):
    run.take(scalars(np.arange(101, 1001), loss=np.full(900, 2.0), top1=np.ones(900)))
    panel.draw()


def test_it_follows_the_run(panel, run):
    later(panel, run)
    assert panel.loss.getViewBox().viewRange()[0][1] >= 1000


def test_the_axes_show_every_curve_whole(panel, run):
    longer = RunModel(colour=1)
    longer.take(scalars(np.arange(1, 5_001), loss=np.linspace(9, 0.5, 5_000)))
    panel.show_run(run, (longer,))
    panel.draw()
    (left, right), (low, high) = panel.loss.getViewBox().viewRange()
    assert left <= 1 < 5_000 < right < 5_400
    assert low < 0.5 < 9 < high


@pytest.mark.parametrize("which", ["loss", "beside"])
def test_a_zoom_in_either_plot_stays_until_a_double_click(panel, run, which):
    plot = getattr(panel, which)
    turn_wheel(plot.viewport())
    zoomed = panel.loss.getViewBox().viewRange()[0]
    later(panel, run)
    assert panel.loss.getViewBox().viewRange()[0] == pytest.approx(zoomed)
    assert plot.back.isVisible()
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton)
    assert panel.wants_drawing()
    assert not panel.loss.back.isVisible()
    assert not panel.beside.back.isVisible()
    panel.draw()
    assert panel.loss.getViewBox().viewRange()[0][1] >= 1000
    assert panel.beside.getViewBox().viewRange()[0][1] >= 1000


@given(st.floats(1, 1e9))
def test_the_axis_ends_a_little_beyond_the_last_step(last):
    assert last < end_of_axis(last) <= max(50.0, last * 1.06)


def test_the_axis_seldom_moves():
    assert len({end_of_axis(step) for step in range(1_000, 1_100)}) <= 4


def test_a_line_stands_where_the_figures_are_read_off(panel, qtbot):
    assert panel.loss.cursor_line.x is panel.beside.cursor_line.x is None
    point_at(panel.loss, 40, 4)
    assert panel.loss.cursor_line.x == panel.beside.cursor_line.x == pytest.approx(40, abs=1)
    leave(panel.loss)
    assert panel.loss.cursor_line.x is panel.beside.cursor_line.x is None


def test_looking_back_marks_the_step_and_gives_its_figures(panel, run):
    run.take(TimeCursor(step=50))
    panel.draw()
    assert panel.loss.time_line.x == 50
    assert panel.readout.text().startswith("at step 50 ")
    point_at(panel.loss, 20, 3)
    assert panel.readout.text().startswith("at step 20 ")
    run.take(TimeCursor(step=None))
    panel.draw()
    assert panel.loss.time_line.x is None
