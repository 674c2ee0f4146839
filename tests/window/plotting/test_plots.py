"""Data made safe before pyqtgraph sees it, ranges that do not jump, and zoom that stays until a double click."""

import math

import numpy as np
import pyqtgraph as pg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from window_fakes import move_mouse, turn_wheel

from sslviz.window.plotting.axis import MIN_TICK_DISTANCE_PX, log_ticks
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import MAX_VALUE, SteadyRange, clean, widened

anything = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50)
finite = st.floats(-1e6, 1e6)


@given(anything, anything)
def test_clean_gives_equal_lengths_of_drawable_numbers(x, y):
    steps, values = clean(np.array(x), np.array(y))
    assert len(steps) == len(values)
    assert np.isfinite(steps).all()
    assert np.isfinite(values).all()
    assert (np.abs(values) < MAX_VALUE).all()


def test_clean_keeps_pairs_together():
    steps, values = clean(np.arange(6), np.array([1.0, math.nan, 3.0, math.inf, 1e300, 6.0]))
    assert steps.tolist() == [0, 2, 5]
    assert values.tolist() == [1.0, 3.0, 6.0]


def test_clean_takes_nothing_and_whole_numbers():
    assert clean(np.empty(0), np.empty(0))[0].tolist() == []
    assert clean(np.arange(2), np.arange(2))[1].dtype == np.float64


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=20))
def test_a_steady_range_always_holds_the_data(spans):
    steady = SteadyRange()
    for ends in spans:
        low, high = min(ends), max(ends)
        shown_low, shown_high = steady.fit(low, high)
        assert shown_low <= low
        assert high <= shown_high
        assert shown_low < shown_high


@given(finite, st.floats(1e-3, 1e6), st.floats(0.7, 1.0))
def test_data_a_little_smaller_does_not_move_the_range(low, span, share):
    steady = SteadyRange()
    first = steady.fit(low, low + span)
    assert steady.fit(low, low + share * span) == first


def test_a_range_far_too_wide_shrinks():
    steady = SteadyRange()
    wide = steady.fit(0.0, 100.0)
    low, high = steady.fit(0.0, 1.0)
    assert high - low < 0.1 * (wide[1] - wide[0])


def test_after_a_reset_the_next_data_set_it():
    steady = SteadyRange(room=0.0)
    steady.fit(0.0, 1.0)
    steady.reset()
    assert steady.fit(0.2, 0.9) == (0.2, 0.9)


@given(st.floats(-8, 3), st.floats(0.05, 6), st.floats(20, 600))
@example(math.log10(0.1), math.log10(30), 240)
@example(math.log10(6.1), math.log10(9.9 / 6.1), 60)
def test_logarithmic_ticks_lie_within_and_are_far_enough_apart_to_be_read(low, span, size):
    ticks = log_ticks(low, low + span, size)
    assert all(low <= tick <= low + span for tick in ticks)
    assert (np.diff(ticks) * size / span >= MIN_TICK_DISTANCE_PX - 1e-6).all()


def test_logarithmic_ticks_are_round():
    assert [round(10**tick, 6) for tick in log_ticks(-2.5, -0.2, 100)] == [0.01, 0.03, 0.1, 0.3]
    assert [round(10**tick, 6) for tick in log_ticks(0.2, 0.8, 140)] == [2, 3, 4, 5, 6]
    assert [round(10**tick, 6) for tick in log_ticks(0.2, 0.8, 120)] == [2, 3, 4, 6]
    assert [round(10**tick, 6) for tick in log_ticks(-1, 0.48, 240)] == [0.1, 0.2, 0.3, 0.5, 1, 2, 3]


def test_a_narrow_logarithmic_axis_has_ticks_too():
    assert [round(10**tick, 6) for tick in log_ticks(math.log10(6.1), math.log10(9.9), 60)] == [8]
    assert log_ticks(0.1, 5.9, 40) == [1, 4]
    assert log_ticks(0.1, 0.2, 40) == []


# ----------------------------------------------------------------- the plot


@pytest.fixture
def plot(qtbot):
    made = Plot()
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    qtbot.waitExposed(made)
    made.follow((0, 10), (0, 10))
    return made


def test_it_follows_the_data_until_a_person_zooms_and_again_after_a_double_click(plot):
    turn_wheel(plot.viewport())
    assert not plot.follows
    zoomed = plot.getViewBox().viewRange()
    plot.follow((0, 1000), (0, 1000))
    assert plot.getViewBox().viewRange() == zoomed
    QTest.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=plot.rect().center())
    assert plot.follows
    plot.follow((0, 1000), (0, 1000))
    assert plot.getViewBox().viewRange()[0] == pytest.approx([0, 1000])


def test_a_button_leads_back_from_a_zoom_and_is_there_only_then(plot, qtbot):
    assert not plot.back.isVisible()
    turn_wheel(plot.viewport())
    assert plot.back.isVisible()
    assert plot.rect().contains(plot.back.geometry())
    with qtbot.waitSignal(plot.zoomed) as zoomed:
        qtbot.mouseClick(plot.back, Qt.MouseButton.LeftButton)
    assert zoomed.args == [False]
    assert plot.follows
    assert not plot.back.isVisible()


def drawn_lines(plot):
    """Levels of the lines that can be seen in a plot."""
    lines = [item for item in plot.getPlotItem().items if isinstance(item, pg.InfiniteLine)]
    return [line.value() for line in lines if line.isVisible()]


def test_reference_lines_come_and_go(plot):
    plot.show_reference_lines([(1.0, "chance"), (math.nan, "unknown")])
    assert [label for _, label in plot.reference_lines] == ["chance", "unknown"]
    assert drawn_lines(plot) == [1.0]
    plot.show_reference_lines([(2.0, "raw")])
    assert plot.reference_lines == [(2.0, "raw")]
    assert drawn_lines(plot) == [2.0]
    plot.show_reference_lines([])
    assert plot.reference_lines == drawn_lines(plot) == []


def test_the_label_of_a_line_has_its_room_in_a_plot_that_became_lower_too(plot, qtbot):
    plot.resize(400, 400)
    plot.show_reference_lines([(6.2, "chance")])
    plot.follow((0, 10), (3.0, 6.2))
    for height in (400, 150):
        plot.resize(400, height)
        qtbot.wait(20)
        view = plot.getViewBox()
        above = view.viewRange()[1][1] - 6.2
        assert above / (view.viewRange()[1][1] - view.viewRange()[1][0]) * view.height() >= 12


def test_hovering_tells_the_place_and_leaving_is_told(plot, qtbot):
    with qtbot.waitSignal(plot.hovered) as hovered:
        move_mouse(plot.viewport(), plot.rect().center())
    assert 0 < hovered.args[0] < 10
    with qtbot.waitSignal(plot.left):
        move_mouse(plot.viewport(), QPoint(2, plot.height() - 2))


def test_levels_that_come_later_have_room_for_their_names():
    plot = Plot()
    plot.resize(300, 120)
    plot.follow((0, 10), (2.0, 6.0))
    before = plot.getViewBox().viewRange()[1][1]
    plot.show_reference_lines([(before - 0.01, "chance")])
    plot.follow((0, 10), (2.0, before - 0.01))
    assert plot.getViewBox().viewRange()[1][1] > before


def test_values_that_are_alike_do_not_fill_the_axis_with_their_noise():
    assert widened(4.158, 4.161) == pytest.approx((4.1595 - 0.104, 4.1595 + 0.104), abs=1e-3)
    assert widened(1.0, 4.0) == (1.0, 4.0)
    assert widened(0.0, 0.0) == (0.0, 0.0)


def test_reference_lines_of_a_low_plot_have_no_labels_that_would_be_cut(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    shown = {}
    for height in (300, 80, 300):
        plot.resize(300, height)
        plot.show()
        plot.show_reference_lines([(6.2, "chance 6.2"), (1.6, "uniform 1.6")])
        plot.follow((0, 100), (1, 6))
        labels = [item for item in plot.scene().items() if isinstance(item, pg.InfLineLabel)]
        shown[height] = [label.isVisible() for label in labels]
    assert shown == {300: [True, True], 80: [False, False]}


@pytest.mark.parametrize("height", range(94, 150, 8))
def test_labels_that_are_shown_are_whole_however_low_the_plot_is(qtbot, height):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(400, height)
    plot.show()
    qtbot.waitExposed(plot)
    plot.show_reference_lines([(24.75, "collapsed 24.75"), (0.0, "aligned and isotropic 0.00")], 22.0)
    plot.follow((0, 50), (0.0, 24.75))
    qtbot.wait(20)
    labels = [item for item in plot.scene().items() if isinstance(item, pg.InfLineLabel)]
    view = plot.getViewBox().sceneBoundingRect()
    assert all(label.isVisible() for label in labels)
    for label in labels:
        text = label.mapRectToScene(label.boundingRect()).adjusted(5, 5, -5, -5)  # without its margin
        assert view.top() - 0.1 <= text.top()
        assert text.bottom() <= view.bottom() + 0.1


@pytest.mark.parametrize("curve_end", [0.5, 4.4, 5.8, 9.0])
def test_labels_of_close_lines_cover_neither_each_other_nor_the_end_of_the_curve(qtbot, curve_end):
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(400, 130)
    plot.show()
    qtbot.waitExposed(plot)
    plot.follow((0, 800), (5.0, 6.5))  # the lines come closer when the axis gets longer
    plot.show_reference_lines([(6.24, "chance 6.24"), (5.29, "aligned and uniform 5.29")], curve_end)
    plot.follow((0, 800), (0.5, 9.0))
    qtbot.wait(20)
    labels = [item for item in plot.scene().items() if isinstance(item, pg.InfLineLabel)]
    first, second = (label.mapRectToScene(label.boundingRect()).adjusted(0, 5, 0, -5) for label in labels)  # its margin
    assert all(label.isVisible() for label in labels)
    assert not first.intersects(second)
    end = plot.getViewBox().mapViewToScene(QPointF(800, curve_end)).y()
    for text in (first, second):
        assert not text.top() < end < text.bottom()


def test_labels_that_find_no_room_beside_each_other_are_hidden(qtbot):
    """The outermost line keeps its label; in a wider plot all are shown again."""
    plot = Plot()
    qtbot.addWidget(plot)
    plot.resize(200, 130)
    plot.show()
    qtbot.waitExposed(plot)
    levels = [(958.2, "low rank 958.235"), (63.7, "isotropic 63.746"), (0.0, "collapsed 0.000")]
    plot.show_reference_lines(levels, 3000.0)
    plot.follow((0, 800), (0.0, 20_000.0))
    qtbot.wait(20)
    labels = {item.format: item for item in plot.scene().items() if isinstance(item, pg.InfLineLabel)}
    assert [labels[text].isVisible() for _, text in levels] == [False, False, True]
    plot.resize(600, 130)
    qtbot.wait(20)
    assert all(label.isVisible() for label in labels.values())
