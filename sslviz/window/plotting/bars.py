"""A bar chart of rows, for example a row for each class: a row has a name, thin horizontal bars and a number."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import number_font, small_font, theme

ROW, NAME, FIGURE, GAP, APART = 19, 80, 42, 18, 7
"""In pixels: minimum height of a row, width of the name on its left and of the number on its right, distance of two
columns, distance between the bars of two rows."""
MIN_WIDTH, MAX_WIDTH = 190, 420
"""Minimum and maximum width of a column, in pixels."""


class Row(NamedTuple):
    """One row of the chart: a name on the left, then thin bars one below the other, and a number on the right."""

    name: str
    figure: str
    """The number on the right, as text."""
    lengths: tuple[float, ...]
    """Length of each bar, from 0 to 1; a bar whose length is NaN is not drawn."""
    colours: tuple[str, ...]
    """Colour of each bar."""


class Bars(PaintedWidget):
    """Shows rows in one or more columns; if not all rows fit, a text in the last place says how many are left out.

    The rows are up to ``max_row`` pixels high if they have enough room in one column.
    """

    def __init__(self, max_row: int = ROW) -> None:
        super().__init__()
        self._max_row = max_row
        self.rows: tuple[Row, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, MIN_WIDTH, 2 * ROW)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows, column by column from the top."""
        self.rows = rows
        self.setAccessibleName(", ".join(f"{row.name} {row.figure}" for row in rows))
        self.update()

    def boxes(self) -> list[QRectF]:
        """Return the rectangles of as many rows as fit into the widget, column by column from the top."""
        row_height = min(max(self.height() // max(len(self.rows), 1), ROW), self._max_row)
        high = max(int(self.height() // row_height), 1)
        columns = max(1, min(-(-len(self.rows) // high), int((self.width() + GAP) // (MIN_WIDTH + GAP))))
        high = min(high, -(-len(self.rows) // columns))  # columns of the same length
        width = min((self.width() + GAP) / columns - GAP, MAX_WIDTH)
        places = [(column, row) for column in range(columns) for row in range(high)]
        places = places[: len(self.rows)]
        return [QRectF(column * (width + GAP), row * row_height, width, row_height) for column, row in places]

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
        room, high = box.width() - NAME - FIGURE, box.height() - APART
        thick = high / max(len(row.lengths), 1)
        for number, (length, colour) in enumerate(zip(row.lengths, row.colours, strict=True)):
            if np.isfinite(length):
                top = box.center().y() - high / 2 + number * thick
                wide = max(1.0, min(max(length, 0.0), 1.0) * room)
                painter.fillRect(QRectF(box.left() + NAME, top, wide, thick - 1), QColor(colour))
