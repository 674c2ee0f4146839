"""Rows of bars: where they are, in how many columns, and what becomes of those without room."""

import math

import pytest

from sslviz.window.plotting.bars import MIN_WIDTH, ROW, Bars, Row


@pytest.fixture
def bars(qtbot):
    made = Bars()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def rows(count):
    return tuple(Row(f"class {n}", f"{n}", (n / 10, math.nan), ("#ff0000", "#00ff00")) for n in range(count))


@pytest.mark.parametrize(
    ("count", "width", "height", "columns", "high"),
    [(3, MIN_WIDTH, 5 * ROW, 1, 3), (10, 900, 6 * ROW, 2, 5), (10, MIN_WIDTH, 4 * ROW, 1, 4), (0, 400, 100, 1, 0)],
)
def test_columns_are_as_many_as_needed_and_of_the_same_length(bars, count, width, height, columns, high):
    bars.resize(width, height)
    bars.show_rows(rows(count))
    boxes = bars.boxes()
    assert len(boxes) == min(count, columns * high)
    assert len({box.left() for box in boxes}) == (columns if count else 0)
    assert all(bars.rect().contains(box.toAlignedRect()) for box in boxes)
    bars.grab()


def test_its_name_is_what_it_says(bars):
    bars.show_rows(rows(2))
    assert bars.accessibleName() == "class 0 0, class 1 1"
