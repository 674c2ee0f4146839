"""The layout of strips: strips side by side, or one large strip with thumbnails of some strips beside or below."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF

GAP, SPLIT, APART = 2, 8, 12
"""In pixels: space between the images of a strip, added space before its second part, and space between strips."""
MIN_SIDE = 4.0
"""Minimum height of an image of a strip, and of a thumbnail, in pixels."""
MAX_THUMBNAIL_HEIGHT, MAX_THUMBNAIL_RATIO = 96.0, 0.6
"""Maximum height of a thumbnail, in pixels and as a ratio to the height that the large strip would have alone."""
FEW = 4
"""Maximum number of thumbnails. As many strips are side by side, more of them only where all stay as large."""
THUMBNAILS_SHARE = 0.13
"""Share of the widget's width or height that thumbnails may take even if the large strip could use it."""


class Grid(NamedTuple):
    """The shape of a strip as a grid of images.

    ``split`` is the number of columns of the strip's first part, such as the context; a wider gap follows these
    columns. It is 0 for a strip without parts.
    """

    columns: int
    rows: int
    aspect: float
    """Width of an image over its height."""
    split: int = 0

    @property
    def shape(self) -> float:
        """Width over height of all images together, without gaps."""
        return self.columns * self.aspect / max(self.rows, 1)

    def gaps(self) -> tuple[float, float]:
        """Return (sum of the gaps between columns, sum of the gaps between rows), in pixels."""
        return GAP * (self.columns - 1) + SPLIT * (0 < self.split < self.columns), GAP * (self.rows - 1)


class PlacedGrid(NamedTuple):
    """A grid with a place in the widget: upper left corner of the grid, and size of an image, in pixels."""

    left: float
    top: float
    cell: QSizeF
    grid: Grid

    def at(self, column: int, row: int) -> QRectF:
        """Return the rectangle of the image at a column and row."""
        x = self.left + column * (self.cell.width() + GAP)
        x += SPLIT if 0 < self.grid.split <= column else 0
        return QRectF(x, self.top + row * (self.cell.height() + GAP), self.cell.width(), self.cell.height())

    @property
    def rect(self) -> QRectF:
        """The rectangle that encloses all images."""
        return self.at(0, 0).united(self.at(max(self.grid.columns - 1, 0), max(self.grid.rows - 1, 0)))


class Margins(NamedTuple):
    """Space around the images of a strip, for names, for errors and for the scale of error images, in pixels."""

    left: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    right: float = 0.0


class Plan(NamedTuple):
    """Layout of the strips in the widget.

    If strips are side by side, ``grids`` holds their places, and ``thumbnails`` is empty. If one strip is shown large,
    ``grids`` holds the place of that strip alone, ``thumbnails`` holds the places of the thumbnails (empty if there is
    only one strip), and ``room`` is the area for the large strip and its margins.

    If there is not enough room for all strips, those that are side by side, or have a thumbnail, are consecutive;
    ``first`` is the index of the first of them.
    """

    grids: tuple[PlacedGrid, ...]
    thumbnails: tuple[QRectF, ...] = ()
    room: QRectF = QRectF()
    first: int = 0


def fit_grid(room: QRectF, grid: Grid) -> PlacedGrid:
    """Return the grid placed in the centre of ``room``, as large as ``room`` allows.

    Its images are at least :data:`MIN_SIDE` pixels high, even if the grid then does not fit into ``room``.
    """
    column_gaps, row_gaps = grid.gaps()
    width = (room.width() - column_gaps) / max(grid.columns, 1)
    height = (room.height() - row_gaps) / max(grid.rows, 1)
    side = max(MIN_SIDE, min(height, width / grid.aspect))
    cell = QSizeF(side * grid.aspect, side)
    used = grid.columns * cell.width() + column_gaps, grid.rows * side + row_gaps
    left = room.left() + max(0.0, (room.width() - used[0]) / 2)
    top = room.top() + max(0.0, (room.height() - used[1]) / 2)
    return PlacedGrid(left, top, cell, grid)


def first_shown(chosen: int, shown: int, count: int) -> int:
    """Return the index of the first of the ``shown`` strips if there is no room for all ``count`` strips.

    The strip ``chosen`` is in the middle of them or, near the first and the last strip, as near to it as possible.
    """
    return min(max(chosen - shown // 2, 0), max(count - shown, 0))


def side_by_side(
    size: QSizeF, count: int, grid: Grid, margins: Margins, *, chosen: int = 0, min_height: float = 0.0
) -> Plan:
    """Return the plan that shows strips at equal size, in one or several lines.

    The number of lines is chosen so that the strips are as large as possible. Every strip has the upper and lower
    margin; the left margin is kept only before the first strip of each line.

    Up to :data:`FEW` of the ``count`` strips are shown, but only as many as leave their images ``min_height`` pixels
    high, or as high as those of a single strip, if that is less. More strips are shown if the images do not get smaller
    by that. The strip ``chosen`` is always among them.
    """
    if not count:
        return Plan(())
    best = [_best_lines(size, shown, grid, margins) for shown in range(1, count + 1)]
    enough = max(best[min(count, FEW) - 1].height, min(min_height, best[0].height))
    shown = max(number for number, lines in enumerate(best, 1) if lines.height >= enough - 0.5)
    plan = _in_lines(size, shown, best[shown - 1].per_line, grid, margins)
    return plan._replace(first=first_shown(chosen, shown, count))


class _Lines(NamedTuple):
    per_line: int
    """Number of strips in a line."""
    height: float
    """Height of an image, in pixels."""


def _best_lines(size: QSizeF, count: int, grid: Grid, margins: Margins) -> _Lines:
    choices = (_Lines(n, _cell(size, count, n, grid, margins).height()) for n in range(1, count + 1))
    return max(choices, key=lambda lines: lines.height)


def _cell(size: QSizeF, count: int, per_line: int, grid: Grid, margins: Margins) -> QSizeF:
    """Return the size of an image if there are ``per_line`` strips in a line."""
    lines = math.ceil(count / per_line)
    width = (size.width() - margins.left - APART * (per_line - 1)) / per_line
    height = (size.height() - APART * (lines - 1)) / lines
    return fit_grid(QRectF(0, 0, width, height - margins.top - margins.bottom), grid).cell


def _in_lines(size: QSizeF, count: int, per_line: int, grid: Grid, margins: Margins) -> Plan:
    lines, cell = math.ceil(count / per_line), _cell(size, count, per_line, grid, margins)
    strip = PlacedGrid(0, 0, cell, grid).rect
    pitch = QSizeF(strip.width() + APART, strip.height() + margins.top + margins.bottom + APART)
    left = margins.left + max(0.0, (size.width() - margins.left - per_line * pitch.width() + APART) / 2)
    top = margins.top + max(0.0, (size.height() - lines * pitch.height() + APART) / 2)
    places = [divmod(index, per_line) for index in range(count)]
    return Plan(
        tuple(
            PlacedGrid(left + column * pitch.width(), top + line * pitch.height(), cell, grid)
            for line, column in places
        )
    )


def one_large(size: QSizeF, count: int, grid: Grid, margins: Margins, *, chosen: int = 0) -> Plan:
    """Return the plan of one large strip, with up to :data:`FEW` thumbnails at the right or at the bottom.

    Where the thumbnails are, and in how many lines, is chosen so that the large strip is as large as possible. There
    are no thumbnails if ``count``, the number of strips, is less than 2. The strip ``chosen`` is always among them.
    """
    alone = _large(QRectF(0, 0, size.width(), size.height()), grid, margins)
    if count < 2:
        return alone
    shown = min(count, FEW)
    plans = [
        _with_thumbnails(size, shown, grid, margins, alone.grids[0].rect.size(), lines=lines, at_right=at_right)
        for at_right in (True, False)
        for lines in range(1, shown + 1)
    ]
    best = max(plans, key=lambda plan: (round(plan.grids[0].cell.height()), plan.thumbnails[0].height()))
    return best._replace(first=first_shown(chosen, shown, count))


def _large(room: QRectF, grid: Grid, margins: Margins) -> Plan:
    inside = room.adjusted(margins.left, margins.top, -margins.right, -margins.bottom)
    return Plan((fit_grid(inside, grid),), (), room)


def _with_thumbnails(
    size: QSizeF, count: int, grid: Grid, margins: Margins, alone: QSizeF, *, lines: int, at_right: bool
) -> Plan:
    """Return the plan of one large strip, with thumbnails at the right or at the bottom.

    ``lines`` is the number of lines of thumbnails. ``alone`` is the size that the large strip would have if there were
    no thumbnails. Thumbnails at the right may take the width that a strip of this size leaves free, or the share
    :data:`THUMBNAILS_SHARE` of the widget's width, whichever is larger; at the bottom, height stands for width.
    """
    room = QRectF(0, 0, size.width(), size.height())
    turned = size.transposed() if at_right else size
    unused = size - alone - QSizeF(margins.left + margins.right, margins.top + margins.bottom)
    limit = min(MAX_THUMBNAIL_HEIGHT, MAX_THUMBNAIL_RATIO * alone.height()) * (grid.shape if at_right else 1.0)
    available = max(THUMBNAILS_SHARE * turned.height(), (unused.width() if at_right else unused.height()) - APART)
    shape = max(grid.shape, 1e-3)
    thumbnails = _thumbnails(turned, count, 1 / shape if at_right else shape, lines, available, limit)
    if at_right:
        thumbnails = tuple(QRectF(each.y(), each.x(), each.height(), each.width()) for each in thumbnails)
        room.setRight(thumbnails[0].left() - APART)
    else:
        room.setBottom(thumbnails[0].top() - APART)
    return _large(room, grid, margins)._replace(thumbnails=thumbnails)


def _thumbnails(
    size: QSizeF, count: int, shape: float, lines: int, available: float, limit: float
) -> tuple[QRectF, ...]:
    """Return ``count`` places of equal size, in ``lines`` lines along the lower edge of an area of ``size`` pixels.

    ``shape`` is the width of a place over its height. ``available`` is the height for all lines together, and ``limit``
    the maximum height of a place, both in pixels.
    """
    gap, per_line = 2 * GAP, math.ceil(count / lines)
    width = (size.width() - 2 * GAP - gap * (per_line - 1)) / per_line
    height = max(MIN_SIDE, min(limit, width / shape, (available - GAP - gap * (lines - 1)) / lines))
    pitch = QSizeF(height * shape + gap, height + gap)
    left = max(GAP, (size.width() - per_line * pitch.width() + gap) / 2)
    top = size.height() - GAP - lines * pitch.height() + gap
    places = [divmod(index, per_line) for index in range(count)]
    return tuple(
        QRectF(left + column * pitch.width(), top + line * pitch.height(), height * shape, height)
        for line, column in places
    )
