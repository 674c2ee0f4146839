"""How the selected samples are spread over the classes of a label: a bar for each, the fullest first."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.painting import PaintedWidget
from sslviz.window.theme import number_font, small_font, theme

ROW, NAME, COUNT, WIDTH = 17, 74, 36, 190
"""px: of a row, of what stands at its left and right, and of the whole"""


class Bar(NamedTuple):
    """A class, how many of the selected samples are of it, and its colour."""

    name: str
    samples: int
    colour: str


class LabelBars(PaintedWidget):
    """As many as there is room for; the last line counts the others."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFixedWidth(WIDTH)
        self.setMinimumSize(QSize(WIDTH, 2 * ROW))
        self.setToolTip("How many of the selected samples have which label")

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        """The fullest first."""
        self.bars = bars
        self.setVisible(bool(bars))
        self.setAccessibleName("Labels of the selection: " + ", ".join(f"{bar.name} {bar.samples:,}" for bar in bars))
        self.update()

    def paint(self, painter: QPainter) -> None:
        palette = theme().palette
        room = max(self.height() // ROW, 1)
        shown = self.bars if len(self.bars) <= room else self.bars[: room - 1]
        fullest = max((bar.samples for bar in self.bars), default=1)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for row, bar in enumerate(shown):
            line = QRectF(0, row * ROW, self.width(), ROW)
            painter.setFont(small_font())
            painter.setPen(QColor(palette.text))
            name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, NAME - 6)
            painter.drawText(line, left | Qt.AlignmentFlag.AlignVCenter, name)
            length = max(1.0, bar.samples / fullest * (self.width() - NAME - COUNT))
            painter.fillRect(QRectF(NAME, line.center().y() - 4, length, 8), QColor(bar.colour))
            painter.setFont(number_font())
            painter.setPen(QColor(palette.dim))
            painter.drawText(line, right | Qt.AlignmentFlag.AlignVCenter, f"{bar.samples:,}")
        if len(shown) < len(self.bars):
            painter.setPen(QColor(palette.dim))
            line = QRectF(0, len(shown) * ROW, self.width(), ROW)
            painter.drawText(line, left | Qt.AlignmentFlag.AlignVCenter, f"and {len(self.bars) - len(shown)} more")
