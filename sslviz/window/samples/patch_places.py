"""Where the images of patches and their maps are: the image in view large, the other tiles smaller beside it."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF

GAP, APART, ASIDE = 2, 8, 14
"""Space between an image and its map, between two tiles, and between the large tile and the others, in pixels."""
MIN_SIDE = 4.0
"""Minimum height of an image, in pixels."""


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
    """How the small tiles are arranged: ``lines`` lines of ``columns`` tiles, each with ``cells`` images one below the
    other, and with ``header`` pixels above it.
    """

    lines: int
    columns: int
    cells: int
    header: float

    @property
    def fixed(self) -> float:
        """The part of the height of all lines that does not depend on the size of images."""
        return self.lines * (self.header + GAP * (self.cells - 1)) + APART * (self.lines - 1)

    @property
    def gap(self) -> float:
        """The space between the image and the map of the large tile, where the name of its map is."""
        return self.header or GAP

    def large(self, height: float) -> float:
        """Return the height of the two images of the large tile if a small image has this height."""
        return (self.lines * self.cells * height + self.fixed - self.gap) / 2

    def height(self, size: QSizeF, aspect: float) -> float:
        """Return the height that small images can have, below 0 without room; ``aspect`` is their width over height."""
        images = self.lines * self.cells
        tall = (size.height() - self.fixed) / images
        gaps = (ASIDE + APART * (self.columns - 1)) if self.columns else 0
        across = size.width() - gaps - aspect * (self.fixed - self.gap) / 2
        return min(tall, across / (aspect * (images / 2 + self.columns)))


def arrange(size: QSizeF, tiles: int, aspect: float, *, cells: int = 2, header: float = 0.0) -> PatchPlaces:
    """Return the places of the images and maps of ``tiles`` tiles in an area of ``size`` pixels.

    The tiles are arranged such that all images together are as large as possible. The large tile has an image and a
    map, and is as high as the others together.

    Args:
        size: size of the area.
        tiles: number of tiles, the large one included.
        aspect: width of an image over its height.
        cells: 2 if each of the small tiles has an image and a map, 1 if it has a map alone.
        header: height of the names above tiles, in pixels.
    """
    if not tiles:
        return PatchPlaces()
    others = tiles - 1
    layouts = [_Layout(lines, math.ceil(others / lines), cells, header) for lines in range(1, max(others, 2) + 1)]
    layouts = [each for each in layouts if each.lines * cells >= 2]  # else the large tile would be the smaller one

    def area(layout: _Layout) -> float:
        height = layout.height(size, aspect)
        return 2 * layout.large(height) ** 2 + others * cells * height**2

    fitting = [layout for layout in layouts if layout.height(size, aspect) >= MIN_SIDE]
    return _placed(size, tiles, aspect, max(fitting or layouts[:1], key=area))


def _placed(size: QSizeF, tiles: int, aspect: float, layout: _Layout) -> PatchPlaces:
    height = max(layout.height(size, aspect), MIN_SIDE)
    large = layout.large(height)
    whole = layout.lines * layout.cells * height + layout.fixed
    wide = height * aspect
    right, down = wide + APART, (whole + APART) / layout.lines
    width = large * aspect + (ASIDE - APART if layout.columns else 0) + layout.columns * right
    left, top = max(0.0, (size.width() - width) / 2), max(0.0, (size.height() - whole) / 2)
    beside = left + large * aspect + ASIDE
    places = [divmod(tile, layout.columns) for tile in range(tiles - 1)]
    small = [
        tuple(
            QRectF(beside + column * right, top + line * down + layout.header + cell * (height + GAP), wide, height)
            for cell in range(layout.cells)
        )
        for line, column in places
    ]
    first = tuple(QRectF(left, top + below, large * aspect, large) for below in (0.0, large + layout.gap))
    return PatchPlaces((first, *small))
