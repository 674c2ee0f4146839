"""Where the images of samples and their views are: upright, a column a sample, or across, a strip a sample."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF

from sslviz.window.samples.strip_plan import Grid, Margins, side_by_side

GAP, CAPTION, HEADER = 4, 56, 18
"""Space between images, width of the captions at the left and height of those above the images, in pixels."""
MIN_CELL = 4.0
READABLE = 40.0
"""Side of an image, in pixels, from which on one recognises what is on it; less is enough if it has fewer pixels."""
GAIN = 1.2
"""Ratio by which images must be larger across than upright, to make up for the samples that then have no room."""


class Places(NamedTuple):
    """Rectangles of the images of each sample that is shown, in the order of the rows; ``first`` is the first sample.

    If not ``across``, each sample is a column, and all samples are shown. Else each sample is a strip, its rows side by
    side, and strips stand beside and below each other, as many as have room.
    """

    images: list[list[QRectF]]
    first: int = 0
    across: bool = False

    @property
    def side(self) -> float:
        """Side of an image in pixels; 0 if there is none."""
        return self.images[0][0].height() if self.images and self.images[0] else 0.0

    @property
    def boxes(self) -> list[QRectF]:
        """The rectangle of each sample that is shown, from its first image to its last."""
        return [rects[0].united(rects[-1]) for rects in self.images if rects]


def arrange(size: QSizeF, samples: int, rows: int, pointed: int, pixels: int) -> Places:
    """Return the places of the images of ``samples`` samples with ``rows`` rows each, in a widget of a size.

    The samples are upright unless their images, of ``pixels`` pixels in height, would be too small to be recognised
    (see :data:`READABLE`), and larger across. The sample ``pointed`` is always among those that are shown.
    """
    upright = _upright(size, samples, rows)
    if not upright.images or upright.side >= min(READABLE, pixels):
        return upright
    across = _across(size, samples, rows, pointed)
    return across if across.side > GAIN * upright.side else upright


def _upright(size: QSizeF, samples: int, rows: int) -> Places:
    if not samples or not rows:
        return Places([])
    width = (size.width() - CAPTION - GAP * (samples - 1)) / samples
    height = (size.height() - GAP * (rows - 1)) / rows
    side = max(MIN_CELL, min(width, height))
    pitch = side + GAP
    left = CAPTION + max(0.0, (size.width() - CAPTION - samples * pitch + GAP) / 2)
    top = max(0.0, (size.height() - rows * pitch + GAP) / 2)
    return Places(
        [
            [QRectF(left + sample * pitch, top + row * pitch, side, side) for row in range(rows)]
            for sample in range(samples)
        ]
    )


def _across(size: QSizeF, samples: int, rows: int, pointed: int) -> Places:
    """Return the places of strips; if not all samples have room, they are turned over like pages of a book."""
    grids = side_by_side(size, samples, Grid(rows, 1, 1.0), Margins(top=HEADER), min_height=READABLE).grids
    first = pointed - pointed % len(grids)
    return Places([[grid.at(row, 0) for row in range(rows)] for grid in grids[: samples - first]], first, across=True)
