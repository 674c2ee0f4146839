"""Where the images of patches and their maps are: the image in view large, the other tiles smaller beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF

GAP, APART, ASIDE = 2, 8, 14
"""Space between an image and its map, between two tiles, and between the large tile and the others, in pixels."""
MIN_SIDE = 4.0
"""Minimum height of an image, in pixels."""
MOST = 4.5
"""Maximum height of a large image over that of a small one."""


class PatchPlaces(NamedTuple):
    """The rectangles of each tile: of its image and, below it, of its map; a tile may have a map alone.

    The first tile is the large one.
    """

    tiles: tuple[tuple[QRectF, ...], ...] = ()

    def at(self, place: QPointF) -> tuple[int, QRectF] | None:
        """Return the tile and the rectangle, of its image or of its map, that are at a place; None if there is none."""
        return next(
            ((tile, rect) for tile, rects in enumerate(self.tiles) for rect in rects if rect.contains(place)), None
        )

    @property
    def bounds(self) -> QRectF:
        """The rectangle that encloses all tiles."""
        bounds = QRectF()
        for rects in self.tiles:
            bounds = bounds.united(rects[0]).united(rects[-1])
        return bounds


class _Layout(NamedTuple):
    """An arrangement of the small tiles in lines and columns, and the heights of a small and of a large image."""

    lines: int
    columns: int
    height: float
    large: float


class _Plan(NamedTuple):
    """What all layouts have in common: the arguments of :func:`arrange`, and the number of small tiles."""

    size: QSizeF
    others: int
    aspect: float
    cells: int
    header: float

    @property
    def gap(self) -> float:
        """The space between the image and the map of the large tile, where the name of its map is."""
        return self.header or GAP

    def layouts(self) -> Iterator[_Layout]:
        """Generate the layouts that have room: with a large tile as high as the others together or as the area."""
        for lines in range(1, max(self.others, 2) + 1):
            if lines * self.cells < 2:
                continue  # the large tile would be the smaller one
            columns = math.ceil(self.others / lines)
            for layout in (self._aligned(lines, columns), self._full(lines, columns)):
                if MIN_SIDE <= layout.height <= layout.large + GAP and layout.large <= MOST * layout.height:
                    yield layout

    def _aligned(self, lines: int, columns: int) -> _Layout:
        images = lines * self.cells
        more = (self.fixed(lines) - self.gap) / 2
        across = (self._width(columns) - self.aspect * more) / (self.aspect * (images / 2 + columns))
        height = min(self._tall(lines), across)
        return _Layout(lines, columns, height, images * height / 2 + more)

    def _full(self, lines: int, columns: int) -> _Layout:
        large = (self.size.height() - self.gap) / 2
        across = (self._width(columns) - self.aspect * large) / (self.aspect * max(columns, 1))
        return _Layout(lines, columns, min(self._tall(lines), across), large)

    def fixed(self, lines: int) -> float:
        """Return the part of the height of so many lines that does not depend on the size of images."""
        return lines * (self.header + GAP * (self.cells - 1)) + APART * (lines - 1)

    def _tall(self, lines: int) -> float:
        """Return the height of small images that fill the height of the area."""
        return (self.size.height() - self.fixed(lines)) / (lines * self.cells)

    def _width(self, columns: int) -> float:
        """Return the width of the area without the gaps between the tiles."""
        return self.size.width() - (ASIDE + APART * (columns - 1) if columns else 0)

    def area(self, layout: _Layout) -> float:
        """Return the area of all images and maps together, over the square of their aspect."""
        return 2 * layout.large**2 + self.others * self.cells * layout.height**2


def arrange(size: QSizeF, tiles: int, aspect: float, *, cells: int = 2, header: float = 0.0) -> PatchPlaces:
    """Return the places of the images and maps of ``tiles`` tiles in an area of ``size`` pixels.

    The tiles are arranged such that all images together are as large as possible. The large tile has an image and a
    map. There are no places if there is no room for the tiles.

    Args:
        size: size of the area.
        tiles: number of tiles, the large one included.
        aspect: width of an image over its height.
        cells: 2 if each of the small tiles has an image and a map, 1 if it has a map alone.
        header: height of the names above tiles, in pixels.
    """
    plan = _Plan(size, tiles - 1, aspect, cells, header)
    best = max(plan.layouts(), key=plan.area, default=None) if tiles else None
    return PatchPlaces() if best is None else _placed(plan, best)


def _placed(plan: _Plan, layout: _Layout) -> PatchPlaces:
    wide, large = layout.height * plan.aspect, layout.large * plan.aspect
    whole = layout.lines * plan.cells * layout.height + plan.fixed(layout.lines)
    right, down = wide + APART, (whole + APART) / layout.lines
    width = large + (ASIDE - APART if layout.columns else 0) + layout.columns * right
    left, top = (plan.size.width() - width) / 2, (plan.size.height() - whole) / 2 + plan.header
    beside = left + large + ASIDE
    small = [
        tuple(
            QRectF(beside + column * right, top + line * down + cell * (layout.height + GAP), wide, layout.height)
            for cell in range(plan.cells)
        )
        for line, column in (divmod(tile, layout.columns) for tile in range(plan.others))
    ]
    above = (plan.size.height() - 2 * layout.large - plan.gap) / 2
    first = tuple(QRectF(left, above + below, large, layout.large) for below in (0.0, layout.large + plan.gap))
    return PatchPlaces((first, *small))
