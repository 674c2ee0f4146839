"""Where the pictures of strips lie: all strips beside each other, or one large with the others small at its edge."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF

GAP, SPLIT, APART = 2, 8, 12
"""px between the pictures of a strip, more where its second part begins, and between strips"""
LEAST = 4.0
"""px, of a picture's side"""
SMALL, HALF, MOST_LINES = 72.0, 0.5, 4
"""a small strip's height at most, px, and share of the large one's; lines of small ones at most"""
SHARE = 0.13
"""of the width or height that small strips take even where the large one could use it"""


class Grid(NamedTuple):
    """How many pictures across and down, how wide one is for its height, and how many come before the second part."""

    across: int
    down: int
    aspect: float
    split: int = 0

    @property
    def shape(self) -> float:
        """Width over height of all together, without gaps."""
        return self.across * self.aspect / max(self.down, 1)

    def gaps(self) -> tuple[float, float]:
        """px between pictures, across and down, all together."""
        return GAP * (self.across - 1) + SPLIT * (0 < self.split < self.across), GAP * (self.down - 1)


class Board(NamedTuple):
    """The places of a grid's pictures, from its upper left corner on."""

    left: float
    top: float
    cell: QSizeF
    grid: Grid

    def at(self, across: int, down: int) -> QRectF:
        """The place of one picture."""
        x = self.left + across * (self.cell.width() + GAP)
        x += SPLIT if 0 < self.grid.split <= across else 0
        return QRectF(x, self.top + down * (self.cell.height() + GAP), self.cell.width(), self.cell.height())

    @property
    def rect(self) -> QRectF:
        """Of all pictures together."""
        return self.at(0, 0).united(self.at(max(self.grid.across - 1, 0), max(self.grid.down - 1, 0)))


class Margins(NamedTuple):
    """px around a grid's pictures for what is written there."""

    left: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


class Plan(NamedTuple):
    """``boards``: one for each strip, or only one, the large one, which has ``room``; ``edge``: the small ones."""

    boards: tuple[Board, ...]
    edge: tuple[QRectF, ...] = ()
    room: QRectF = QRectF()


def fitted(room: QRectF, grid: Grid) -> Board:
    """The grid as large as its room allows, in the middle of it."""
    across_gaps, down_gaps = grid.gaps()
    width = (room.width() - across_gaps) / max(grid.across, 1)
    height = (room.height() - down_gaps) / max(grid.down, 1)
    side = max(LEAST, min(height, width / grid.aspect))
    cell = QSizeF(side * grid.aspect, side)
    used = grid.across * cell.width() + across_gaps, grid.down * side + down_gaps
    left = room.left() + max(0.0, (room.width() - used[0]) / 2)
    top = room.top() + max(0.0, (room.height() - used[1]) / 2)
    return Board(left, top, cell, grid)


def beside(size: QSizeF, count: int, grid: Grid, margins: Margins) -> Plan:
    """All strips at one size, in as many lines as make that the largest. The first of a line has the left margin."""
    plans = [_lines(size, count, per_line, grid, margins) for per_line in range(1, count + 1)]
    return max(plans, key=lambda plan: plan.boards[0].cell.height(), default=Plan(()))


def _lines(size: QSizeF, count: int, per_line: int, grid: Grid, margins: Margins) -> Plan:
    lines = math.ceil(count / per_line)
    width = (size.width() - margins.left - APART * (per_line - 1)) / per_line
    height = (size.height() - APART * (lines - 1)) / lines
    room = QRectF(0, 0, width, height - margins.top - margins.bottom)
    cell = fitted(room, grid).cell
    block = Board(0, 0, cell, grid).rect
    used = per_line * (block.width() + APART) - APART
    left = margins.left + max(0.0, (size.width() - margins.left - used) / 2)
    whole = block.height() + margins.top + margins.bottom
    top = margins.top + max(0.0, (size.height() - lines * (whole + APART) + APART) / 2)
    return Plan(
        tuple(
            Board(
                left + index % per_line * (block.width() + APART), top + index // per_line * (whole + APART), cell, grid
            )
            for index in range(count)
        )
    )


def one_large(size: QSizeF, count: int, grid: Grid, margins: Margins) -> Plan:
    """One strip as large as fits, the small ones in lines at the right or at the bottom, as leaves both largest."""
    alone = _large(QRectF(0, 0, size.width(), size.height()), grid, margins)
    if count < 2:
        return alone
    plans = [
        _edged(size, count, grid, margins, alone.boards[0].rect.size(), lines=lines, at_right=at_right)
        for at_right in (True, False)
        for lines in range(1, min(count, MOST_LINES) + 1)
    ]
    return max(plans, key=lambda plan: (round(plan.boards[0].cell.height()), plan.edge[0].height()))


def _large(room: QRectF, grid: Grid, margins: Margins) -> Plan:
    inside = room.adjusted(margins.left, margins.top, 0, -margins.bottom)
    return Plan((fitted(inside, grid),), (), room)


def _edged(
    size: QSizeF, count: int, grid: Grid, margins: Margins, alone: QSizeF, *, lines: int, at_right: bool
) -> Plan:
    """The edge takes what the large strip would leave unused if it was ``alone``, or its share."""
    room = QRectF(0, 0, size.width(), size.height())
    turned = size.transposed() if at_right else size
    spare = size - alone - QSizeF(margins.left, margins.top + margins.bottom)
    limit = min(SMALL, HALF * alone.height()) * (grid.shape if at_right else 1.0)
    most = max(SHARE * turned.height(), (spare.width() if at_right else spare.height()) - APART)
    shape = max(grid.shape, 1e-3)
    edge = _edge(turned, count, 1 / shape if at_right else shape, lines, most, limit)
    if at_right:
        edge = tuple(QRectF(each.y(), each.x(), each.height(), each.width()) for each in edge)
        room.setRight(edge[0].left() - APART)
    else:
        room.setBottom(edge[0].top() - APART)
    return _large(room, grid, margins)._replace(edge=edge)


def _edge(size: QSizeF, count: int, shape: float, lines: int, most: float, limit: float) -> tuple[QRectF, ...]:
    """Places of equal size in lines along the lower edge, ``shape`` being width over height, ``most`` px high."""
    gap, per_line = 2 * GAP, math.ceil(count / lines)
    across = (size.width() - 2 * GAP - gap * (per_line - 1)) / per_line
    height = max(LEAST, min(limit, across / shape, (most - GAP - gap * (lines - 1)) / lines))
    step = QSizeF(height * shape + gap, height + gap)
    left = max(GAP, (size.width() - per_line * step.width() + gap) / 2)
    top = size.height() - GAP - lines * step.height() + gap
    return tuple(
        QRectF(left + index % per_line * step.width(), top + index // per_line * step.height(), height * shape, height)
        for index in range(count)
    )
