"""Strips of images: where everything lies, which is large, what the figures and the film say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from window_fakes import strips

from sslviz.core.wire import Array
from sslviz.window.plotting.numbers import figure, places_for, short, written
from sslviz.window.samples.strip_data import StripData
from sslviz.window.samples.strip_figures import stride
from sslviz.window.samples.strip_painter import frame_grid, position
from sslviz.window.samples.strip_plan import FEW, MIN_SIDE, Grid, Margins, fit_grid, one_large, side_by_side
from sslviz.window.samples.strips import FRAME_MS, HOLD, StripsView
from sslviz.window.style.palette import magnitude_map

NAN = math.nan


@pytest.fixture
def view(qtbot):
    made = StripsView()
    qtbot.addWidget(made)
    made.resize(560, 190)
    made.show_strips(strips(), 0)
    made.show()
    qtbot.waitExposed(made)
    return made


def patches(count=4):
    """Return strips of a single column."""
    return strips(count, context=0, ahead=1, rows=("masked", "told", "original"))


def click(qtbot, view, rect):
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=rect.center().toPoint())


def shade_at(view, rect):
    """Return the red of the pixel in the middle of a place."""
    place = rect.center().toPoint()
    return view.grab().toImage().pixelColor(place).red()


# ----------------------------------------------------------------- where it lies


def inside(size, rect, slack=0.01):
    return QRectF(-slack, -slack, size.width() + 2 * slack, size.height() + 2 * slack).contains(rect)


SIZES = st.builds(QSizeF, st.floats(260, 2000), st.floats(200, 1200))
GRIDS = st.builds(Grid, st.integers(1, 14), st.integers(1, 4), st.floats(0.5, 3.0), st.integers(0, 3))


@given(SIZES, GRIDS)
def test_a_board_is_as_large_as_its_room_allows_and_in_the_middle_of_it(size, grid):
    room = QRectF(10, 20, size.width(), size.height())
    board = fit_grid(room, grid)
    rect = board.rect
    assert board.cell.width() == pytest.approx(grid.aspect * board.cell.height())
    assert min(room.width() - rect.width(), room.height() - rect.height()) == pytest.approx(0, abs=0.01) or (
        board.cell.height() == MIN_SIDE
    )
    if board.cell.height() > MIN_SIDE:
        assert (rect.center() - room.center()).manhattanLength() == pytest.approx(0, abs=0.02)


@given(SIZES, st.integers(1, 8), st.integers(1, 8), st.floats(0.5, 2.0))
def test_beside_each_other_all_strips_lie_inside_and_none_over_another(size, count, across, aspect):
    plan = side_by_side(size, count, Grid(across, 3, aspect), Margins(60, 0, 32))
    rects = [board.rect for board in plan.grids]
    assert len(rects) >= min(count, FEW)
    if plan.grids[0].cell.height() > MIN_SIDE:
        assert all(inside(size, rect) for rect in rects)
    assert not any(one.intersects(other) for i, one in enumerate(rects) for other in rects[:i])


@given(SIZES, st.integers(1, 9), GRIDS)
def test_one_large_leaves_room_for_the_small_ones(size, count, grid):
    plan = one_large(size, count, grid, Margins(60, 18, 32))
    (board,) = plan.grids
    assert len(plan.thumbnails) == (min(count, FEW) if count > 1 else 0)
    if board.cell.height() > MIN_SIDE and all(rect.height() > MIN_SIDE for rect in plan.thumbnails):
        assert all(inside(size, rect) for rect in (board.rect, *plan.thumbnails))
        assert not any(board.rect.intersects(rect) for rect in plan.thumbnails)
    assert not any(one.intersects(other) for i, one in enumerate(plan.thumbnails) for other in plan.thumbnails[:i])
    assert all(rect.width() <= board.rect.width() + 1 for rect in plan.thumbnails)


def test_what_nobody_needs_is_given_to_the_small_strips():
    """In a high narrow room the large strip cannot grow any more, and the small ones get lines of their own."""
    grid = Grid(9, 2, 1.5)
    low, high = (one_large(QSizeF(400, height), 8, grid, Margins(60, 18, 0)) for height in (130, 500))
    assert high.grids[0].cell.height() == pytest.approx(low.grids[0].cell.height(), abs=1)
    assert high.thumbnails[0].height() > 1.25 * low.thumbnails[0].height()
    assert len({rect.top() for rect in high.thumbnails}) > 1


def test_names_stand_as_close_as_they_fit():
    places = [QRectF(30 * at, 0, 28, 28) for at in range(5)]
    assert [stride(width, places) for width in (10, 26, 27, 56, 57)] == [1, 1, 2, 2, 3]
    assert stride(26, places, apart=8) == 2
    assert stride(500, places[:1]) == 1


@pytest.mark.parametrize(
    ("size", "least"), [((700, 300), (60, 64)), ((408, 220), (36, 64)), ((540, 170), (28, 80))], ids=str
)
def test_the_images_use_the_height_there_is(size, least, view):
    """Eight clips of ten frames and five predicted ones, and eight images with hidden patches."""
    view.resize(*size)
    for message, height in zip((strips(8, context=10, ahead=5), patches(8)), least, strict=True):
        view.show_strips(message, 0)
        assert view.plan().grids[0].cell.height() >= height


def test_in_a_low_widget_error_images_give_their_height_to_the_others(view):
    message = strips(8, context=4, ahead=5, size=(64, 64), rows=("context", "actual", "error"), magnitudes=("error",))
    heights = []
    for height in (110, 300):
        view.resize(536, height)
        view.show_strips(message, 0)
        (grid,) = view.plan().grids
        heights.append((grid.grid.rows, grid.cell.height()))
    (low_rows, low), (high_rows, high) = heights
    assert (low_rows, high_rows) == (1, 2)
    assert min(low, high) >= 40
    view.resize(536, 110)
    view.play(on=True)
    assert view.plan().grids[0].grid.rows == 2  # a film has room for all


def test_where_not_all_strips_have_room_the_chosen_one_is_among_them(view, qtbot):
    view.resize(408, 220)
    view.show_strips(patches(8), 0)
    assert 1 < len(view.plan().grids) < 8
    seen = {0}
    for _ in range(7):
        qtbot.keyClick(view, Qt.Key.Key_Right)
        plan = view.plan()
        seen |= set(range(plan.first, plan.first + len(plan.grids)))
        assert shade_at(view, plan.grids[view.chosen - plan.first].at(0, 0)) == 60 * view.chosen % 256
    assert seen == set(range(8))


def test_by_clicks_on_the_small_strips_the_last_one_is_reached(view, qtbot):
    view.show_strips(strips(8), 0)
    while view.chosen < 7:
        before = view.chosen
        click(qtbot, view, view.plan().thumbnails[-1])
        assert view.chosen > before
    data = StripData(strips(8))
    assert [position(data, view.chosen), position(data, 1, 1), position(data, 1, 4)] == [
        "8 of 8",
        "2 of 8",
        "2 to 5 of 8",
    ]
    assert position(StripData(strips(1)), 0) == ""


# ----------------------------------------------------------------- what is in it


def test_what_leads_to_a_prediction_is_drawn_in_one_line_with_what_came():
    data = StripData(strips(context=2, ahead=3))
    assert data.lines == [[0, 1], [2]]
    assert (data.grid.columns, data.grid.rows, data.grid.split) == (5, 2, 2)
    assert [data.line_name(line) for line in (0, 1)] == ["context\nactual", "predicted"]
    assert [data.row_name(0, column) for column in range(5)] == ["context"] * 2 + ["actual"] * 3
    shades = [[data.cell(1, line, column) for column in range(5)] for line in (0, 1)]
    known = [[image and image.pixelColor(1, 1).red() for image in line] for line in shades]
    assert known == [[60, 61, 82, 83, 84], [None, None, 102, 103, 104]]


@pytest.mark.parametrize(
    ("context", "ahead", "columns"), [(10, 3, range(7, 13)), (4, 10, range(3, 14)), (2, 5, range(7)), (0, 3, range(3))]
)
def test_only_the_end_of_the_context_is_shown(context, ahead, columns):
    data = StripData(strips(context=context, ahead=ahead))
    assert data.shown_columns == columns
    assert data.grid.columns == len(columns)
    assert data.grid.split == max(context - columns.start, 0)
    assert len(data.film_columns) == context + ahead


def test_errors_are_drawn_in_the_colours_of_a_scale(view):
    rows = ("context", "actual", "error")
    plain, scaled = (StripData(strips(rows=rows, magnitudes=each)) for each in ((), ("error",)))
    assert [scaled.is_magnitude(line) for line in (0, 1)] == [False, True]
    grey, coloured = (data.cell(1, 1, 4).pixelColor(0, 0) for data in (plain, scaled))
    assert grey.getRgb()[:3] == (104, 104, 104)
    assert coloured.getRgb()[:3] == tuple(magnitude_map()[104])
    size = QSizeF(300, 120).toSize()
    images = [data.thumbnail(1, size).toImage() for data in (plain, scaled)]
    assert images[0].pixelColor(290, 90) != images[1].pixelColor(290, 90)
    view.show_strips(strips(rows=rows, magnitudes=("error",)), 0)
    last = view.plan().grids[0].at(4, 1)
    ends = [
        view.grab().toImage().pixelColor(round(last.right() + 10), round(y)).lightness()
        for y in (last.top() + 2, last.bottom() - 2)
    ]
    assert ends[0] > ends[1] + 80
    assert "Error images" in view.toolTip()


def test_rows_that_stand_beside_each_other_keep_their_lines():
    data = StripData(strips(context=0, ahead=3))
    assert data.lines == [[0], [1], [2]]
    assert data.grid.split == 0


def test_a_small_strip_shows_every_cell_and_leaves_blank_ones_clear():
    data = StripData(strips(count=1, context=1, ahead=1, size=(8, 8)))
    picture = data.thumbnail(0, data.thumbnail(0, QSizeF(16, 16).toSize()).size()).toImage()
    assert [picture.pixelColor(x, y).red() for y in (4, 12) for x in (4, 12)][:2] == [0, 21]
    assert picture.pixelColor(12, 12).red() == 41
    assert picture.pixelColor(4, 12).alpha() == 0


def test_errors_are_told_with_their_names_where_there_are_any():
    data = StripData(strips())
    assert data.figure_texts(0, 0) == []
    assert data.figure_texts(1, 2) == ["MSE 12", "copy last 112"]
    none = Array.of(np.full((3, 5), NAN, np.float32))
    assert StripData(strips(errors=none, reference_errors=none)).figures() == []


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (0.9785, "share", "97.9%"),
        (0.0421, "small", "0.042"),
        (-3.881, "number", "-3.88"),
        (28.04, "large", "28.0"),
        (4321.5, "number", "4322"),
        (1089351.41, "number", "1.1e+06"),
        (math.inf, "share", "inf"),
    ],
)
def test_a_diagnostics_figure_is_short(value, form, text):
    assert written(value, form) == text


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([0.0312, 0.0074], [".031", ".007"]),
        ([1.25, 0.5], ["1.2", ".5"]),
        ([12.0, 112.0], ["12", "112"]),
        ([0.0, 0.0], [".00", ".00"]),
        ([-0.31, NAN], ["-.31", "–"]),
        ([3e7, 1.0], ["3.0e+07", "1"]),
    ],
)
def test_figures_side_by_side_have_the_same_places(values, written):
    places = places_for(values)
    assert [short(value, places) for value in values] == written


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.3456, "2.346"), (0.5, "0.500"), (0.0073812, "0.00738"), (0.0, "0.000"), (1e30, "1.00e+30"), (NAN, "nan")],
)
def test_a_figure_of_any_size_has_digits_that_count(value, text):
    assert figure(value) == text
    assert figure(0.0331, 2) == "0.033"


# ----------------------------------------------------------------- choosing


def test_several_columns_are_shown_one_strip_at_a_time_and_one_column_side_by_side(view):
    assert view.large
    assert len(view.plan().grids) == 1
    view.resize(560, 300)
    view.show_strips(patches(), 0)
    assert not view.large
    assert len(view.plan().grids) == 4


def test_a_strip_that_is_clicked_is_shown_large(view, qtbot):
    places = view.plan().thumbnails
    click(qtbot, view, places[2])
    assert (view.chosen, view.large) == (2, True)
    assert shade_at(view, view.plan().grids[0].at(3, 1)) == 60 * 2 + 20 * 2 + 3
    click(qtbot, view, view.plan().grids[0].at(0, 0))
    assert not view.large
    click(qtbot, view, view.plan().grids[1].rect)
    assert (view.chosen, view.large) == (1, True)


def test_a_click_beside_everything_does_nothing(view, qtbot):
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(1, view.height() - 1))
    assert (view.chosen, view.large) == (0, True)


def test_by_keys_every_strip_is_reached(view, qtbot):
    seen = []
    for key in ("Right", "Down", "Right", "Left", "Escape", "Up", "Return"):
        qtbot.keyClick(view, getattr(Qt.Key, f"Key_{key}"))
        seen.append((view.chosen, view.large))
    assert seen == [(1, True), (2, True), (2, True), (1, True), (1, False), (0, False), (0, True)]


def test_the_large_strip_of_one_column_lies_across(view, qtbot):
    view.resize(560, 300)
    view.show_strips(patches(), 0)
    click(qtbot, view, view.plan().grids[3].rect)
    (board,) = view.plan().grids
    assert (board.grid.columns, board.grid.rows) == (3, 1)
    assert [shade_at(view, board.at(row, 0)) for row in range(3)] == [180, 200, 220]


def test_in_a_low_widget_all_strips_of_one_column_lie_across(view):
    view.resize(560, 150)
    view.show_strips(patches(), 0)
    first, second = view.plan().grids
    assert (first.grid.columns, second.grid.columns) == (3, 3)
    assert [shade_at(view, second.at(row, 0)) for row in range(3)] == [60, 80, 100]


def test_what_is_chosen_stays_when_newer_pictures_come_and_fewer_samples_are_no_trouble(view):
    view.choose(2)
    view.enlarge(on=False)
    view.show_strips(strips(ahead=4), 0)
    assert (view.chosen, view.large) == (2, False)
    view.show_strips(strips(count=1), 0)
    assert view.chosen == 0
    view.grab()


def test_every_strip_is_drawn_where_the_plan_has_it(view):
    view.enlarge(on=False)
    plan = view.plan()
    for strip, board in enumerate(plan.grids):
        assert shade_at(view, board.at(1, 0)) == 60 * strip + 1
        assert shade_at(view, board.at(4, 1)) == 60 * strip + 44


# ----------------------------------------------------------------- the film


def screens(view):
    """Return the shades of the images that the film shows now."""
    grid = frame_grid(StripData(strips()), view.plan().room)
    return [shade_at(view, grid.at(line, 0)) for line in range(grid.grid.columns)]


def test_a_film_shows_what_came_before_and_then_the_actual_beside_the_predicted(view):
    view.play(on=True)
    surface = screens(view)[1]
    shown = []
    for _ in range(5):
        shown.append(screens(view))
        view.next_frame()
    assert shown == [[0, surface], [1, surface], [22, 42], [23, 43], [24, 44]]


def test_it_holds_its_end_and_begins_again(view):
    view.play(on=True)
    columns = []
    for _ in range(5 + HOLD + 2):
        columns.append(view.column)
        view.next_frame()
    assert columns == [0, 1, 2, 3, 4, *[4] * HOLD, 0, 1]


def test_it_runs_by_itself_and_stops_when_told_or_out_of_sight(view, qtbot):
    with qtbot.waitSignal(view.playing_changed):
        view.play(on=True)
    qtbot.waitUntil(lambda: view.column > 0, timeout=20 * FRAME_MS)
    with qtbot.waitSignal(view.playing_changed):
        qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.playing
    view.play(on=True)
    view.hide()
    assert not view.playing


def test_one_moment_is_no_film(view):
    view.play(on=True)
    view.show_strips(patches(), 0)
    assert not view.can_play
    assert not view.playing
    view.play(on=True)
    assert not view.playing


def test_another_strip_begins_its_film_anew(view, qtbot):
    view.play(on=True)
    view.next_frame()
    click(qtbot, view, view.plan().thumbnails[1])
    assert (view.chosen, view.column, view.playing) == (1, 0, True)


# ----------------------------------------------------------------- nothing that hurts


ODD = {
    "no strips": strips(count=0),
    "no rows": strips(
        rows=(), images=Array.of(np.zeros((3, 0, 5, 4, 4, 3), np.uint8)), filled=Array.of(np.zeros((0, 5), np.uint8))
    ),
    "no columns": strips(count=2, context=0, ahead=0),
    "pictures of no size": strips(size=(0, 0)),
    "pictures without width": strips(size=(4, 0)),
    "one strip": strips(count=1),
    "nothing filled": strips(filled=Array.of(np.zeros((3, 5), np.uint8))),
    "errors of every kind": strips(
        errors=Array.of(np.array([[NAN, math.inf, -math.inf, 1e38, 0.0]] * 3, np.float32)),
        reference_errors=Array.of(np.array([[-1.0, -0.0, 1e-38, NAN, 5e37]] * 3, np.float32)),
    ),
    "one column": patches(),
    "very wide": strips(size=(1, 300)),
    "long names": strips(rows=("<b>x</b>" * 30, "y\ny", ""), columns=("", "z" * 200, "<i>", "\x00", "t")),
    "forty columns": strips(ahead=38),
}


@pytest.mark.parametrize("message", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("size", [(1, 1), (60, 20), (560, 190), (200, 700)], ids=str)
def test_nothing_hurts_it(message, size, view, qtbot):
    view.setMinimumSize(1, 1)
    view.resize(*size)
    with qtbot.captureExceptions() as raised:
        view.show_strips(message, 0)
        for large in (True, False):
            view.enlarge(on=large)
            view.choose(1)
            view.grab()
            view.play(on=True)
            view.next_frame()
            view.grab()
            for place in ((0, 0), (size[0] // 2, size[1] // 2)):
                qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(*place))
    assert raised == []
