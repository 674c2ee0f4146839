"""Rows of thin bars, each with a name and a figure: what is spread over classes, or who does better at what."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.theme import number_font, small_font, theme

ROW, NAME, FIGURE, GAP, BAR = 19, 80, 42, 18, 12
"""px: a row, the name at its left, the figure at its right, between columns, and all bars of a row together"""
LEAST, WIDEST = 190, 420
"""px of a column"""


class Row(NamedTuple):
    """``lengths`` 0…1 of its bars, NaN where there is none, in as many ``colours``; its name and its figure."""

    name: str
    figure: str
    lengths: tuple[float, ...]
    colours: tuple[str, ...]


class Bars(PaintedWidget):
    """Rows in as many columns as they need and there is room for; the last row counts those without room."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(LEAST, 2 * ROW))

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """From the top, column after column."""
        self.rows = rows
        self.setAccessibleName(", ".join(f"{row.name} {row.figure}" for row in rows))
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where there is room for a row, as many as there are or fit."""
        high = max(int(self.height() // ROW), 1)
        columns = max(1, min(-(-len(self.rows) // high), int((self.width() + GAP) // (LEAST + GAP))))
        high = min(high, -(-len(self.rows) // columns))  # columns of the same length
        width = min((self.width() + GAP) / columns - GAP, WIDEST)
        places = [(column, row) for column in range(columns) for row in range(high)]
        return [QRectF(column * (width + GAP), row * ROW, width, ROW) for column, row in places[: len(self.rows)]]

    def paint(self, painter: QPainter) -> None:
        boxes = self.boxes()
        shown = len(boxes) if len(boxes) >= len(self.rows) else len(boxes) - 1
        for row, box in zip(self.rows[:shown], boxes, strict=False):
            self._paint_row(painter, row, box)
        if shown < len(self.rows):
            painter.setFont(small_font())
            painter.setPen(QColor(theme().palette.dim))
            painter.drawText(boxes[-1], Qt.AlignmentFlag.AlignVCenter, f"and {len(self.rows) - shown} more")

    def _paint_row(self, painter: QPainter, row: Row, box: QRectF) -> None:
        palette, middle = theme().palette, Qt.AlignmentFlag.AlignVCenter
        painter.setFont(small_font())
        painter.setPen(QColor(palette.text))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, NAME - 8)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | middle, name)
        painter.setFont(number_font(11))
        painter.setPen(QColor(palette.dim))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | middle, row.figure)
        room, thick = box.width() - NAME - FIGURE, BAR / max(len(row.lengths), 1)
        for number, (length, colour) in enumerate(zip(row.lengths, row.colours, strict=True)):
            if np.isfinite(length):
                top = box.center().y() - BAR / 2 + number * thick
                wide = max(1.0, min(max(length, 0.0), 1.0) * room)
                painter.fillRect(QRectF(box.left() + NAME, top, wide, thick - 1), QColor(colour))
