"""Places of images of patches: inside the area, none on another, the image in view largest and as high as the rest."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPointF, QSizeF

from sslviz.window.samples.patch_places import APART, PatchPlaces, arrange

SIZES = [(400, 230), (880, 580), (300, 560), (600, 120)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("aspect", [1.0, 1.6])
@pytest.mark.parametrize(
    ("tiles", "cells", "header"), [(9, 2, 0.0), (5, 1, 18.0), (2, 1, 18.0), (17, 1, 18.0), (1, 2, 0.0)]
)
def test_all_lie_inside_and_none_on_another(
    size: tuple[int, int], aspect: float, tiles: int, cells: int, header: float
) -> None:
    places = arrange(QSizeF(*size), tiles, aspect, cells=cells, header=header)
    assert [len(rects) for rects in places.tiles] == [2] + [cells] * (tiles - 1)
    rects = [rect for each in places.tiles for rect in each]
    for rect in rects:
        assert -0.01 <= rect.left() < rect.right() <= size[0] + 0.01
        assert -0.01 <= rect.top() < rect.bottom() <= size[1] + 0.01
        assert rect.width() == pytest.approx(aspect * rect.height())
        assert places.tiles[0][0].height() >= rect.height() - 0.01
    assert not any(one.intersects(other) for one, other in itertools.combinations(rects, 2))
    for each in rects if header else ():
        assert not any(other.intersects(each.translated(0, -header + 1)) for other in rects if other.top() < each.top())


def test_the_large_tile_is_as_high_as_the_others_together() -> None:
    large, *others = arrange(QSizeF(400, 230), 9, 1.0).tiles
    assert (large[0].top(), large[1].bottom()) == pytest.approx((others[0][0].top(), others[-1][1].bottom()))
    assert large[0].height() == pytest.approx(2 * others[0][0].height() + APART / 2, abs=2)


def test_a_place_is_found_again() -> None:
    places = arrange(QSizeF(400, 230), 9, 1.0)
    for tile, rects in enumerate(places.tiles):
        for rect in rects:
            assert places.at(rect.center()) == (tile, rect)
    assert places.at(QPointF(399, 1)) is None
    assert PatchPlaces().at(QPointF(0, 0)) is None


@pytest.mark.parametrize(("size", "large", "small"), [((370, 216), 100, 50), ((500, 135), 60, 40)])
def test_also_in_a_low_panel_the_image_in_view_is_larger_than_the_others(
    size: tuple[int, int], large: int, small: int
) -> None:
    first, *others = arrange(QSizeF(*size), 9, 1.0).tiles
    assert first[0].height() >= large
    assert others[0][0].height() >= small


def test_without_room_there_are_no_places() -> None:
    assert arrange(QSizeF(100, 10), 9, 1.0).tiles == ()
    assert arrange(QSizeF(0, 0), 1, 1.0).tiles == ()
