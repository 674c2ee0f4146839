"""Several shares of each of some classes, as thin bars in a row each: who does better at what."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.painting import PaintedWidget
from sslviz.window.theme import number_font, small_font, theme

ROW, NAME, FIGURE, GAP = 19, 84, 46, 16
"""px: a row, the name at its left, the figure at its right, and between columns"""
WIDEST, BAR = 330, 4
"""px of a column; of a bar"""


class Group(NamedTuple):
    """``shares`` 0…1 of one class, the most important first; NaN where there is none."""

    name: str
    shares: tuple[float, ...]
    strong: bool = False


class GroupedBars(PaintedWidget):
    """In as many columns as there is room for, all bars to one scale."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: tuple[Group, ...] = ()
        self._colours: tuple[str, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(200, 3 * ROW))

    def show_groups(self, groups: tuple[Group, ...], colours: tuple[str, ...]) -> None:
        """A colour for each of the shares."""
        self.groups, self._colours = groups, colours
        told = (f"{group.name} {percent(group.shares[0])}" for group in groups if group.shares)
        self.setAccessibleName("Accuracy: " + ", ".join(told))
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where each group is, column after column; those without room are left out."""
        rows = max(int(self.height() // ROW), 1)
        columns = max(1, min(-(-len(self.groups) // rows), int((self.width() + GAP) // (200 + GAP))))
        width = min((self.width() + GAP) / columns - GAP, WIDEST)
        places = [(column, row) for column in range(columns) for row in range(rows)]
        return [QRectF(column * (width + GAP), row * ROW, width, ROW) for column, row in places[: len(self.groups)]]

    def paint(self, painter: QPainter) -> None:
        for group, box in zip(self.groups, self.boxes(), strict=False):
            self._paint_group(painter, group, box)

    def _paint_group(self, painter: QPainter, group: Group, box: QRectF) -> None:
        palette = theme().palette
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small_font())
        painter.setPen(QColor(palette.text))
        name = painter.fontMetrics().elidedText(group.name, Qt.TextElideMode.ElideRight, NAME - 8)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.setFont(number_font(11, bold=group.strong))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, percent(group.shares[0]) if group.shares else "–")
        room = box.width() - NAME - FIGURE
        top = box.center().y() - len(group.shares) * (BAR + 1) / 2
        for number, (share, colour) in enumerate(zip(group.shares, self._colours, strict=False)):
            if np.isfinite(share):
                length = max(1.0, min(max(share, 0.0), 1.0) * room)
                painter.fillRect(QRectF(box.left() + NAME, top + number * (BAR + 1), length, BAR), QColor(colour))


def percent(share: float) -> str:
    """A whole number of percent, or a dash."""
    return f"{share:.0%}" if np.isfinite(share) else "–"
