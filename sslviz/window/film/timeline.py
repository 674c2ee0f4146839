"""The line at the lower edge of a film: how far the film is, and when settings were changed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import TEXT_PX, theme

HEIGHT, LINE_PX, TICK_PX = 30, 4, 12
"""Height of the widget, thickness of the line, and height of a mark on it, in pixels."""


class FilmTimeline(PaintedWidget):
    """Shows marks on a line, and one of their texts above its mark. All positions are shares of the film, in [0, 1]."""

    def __init__(self, marks: list[tuple[float, str]]) -> None:
        super().__init__()
        self.marks = marks
        self.position = 0.0
        self.said: int | None = None
        """Index of the mark whose text is shown; None for no text."""
        sized(self.setFixedHeight, HEIGHT)

    def show_at(self, position: float, said: int | None) -> None:
        """Show that the film is at ``position``, and the text of the mark with the index ``said``."""
        self.position, self.said = position, said
        self.update()

    def paint(self, painter: QPainter) -> None:
        palette, middle = theme().palette, HEIGHT - TICK_PX / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        line = QRectF(0, middle - LINE_PX / 2, self.width(), LINE_PX)
        for colour, share in ((palette.line, 1.0), (palette.accent, self.position)):
            line.setWidth(share * self.width())
            painter.fillRect(line, QColor(colour))
        for at, _ in self.marks:
            painter.fillRect(QRectF(at * self.width() - 1, HEIGHT - TICK_PX, 2, TICK_PX), QColor(palette.text))
        if self.said is not None:
            self._paint_text(painter, *self.marks[self.said])

    def _paint_text(self, painter: QPainter, at: float, text: str) -> None:
        font = QFont(self.font())
        font.setPixelSize(TEXT_PX)
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width())
        width = metrics.horizontalAdvance(text)
        left = min(max(0.0, at * self.width() - width / 2), self.width() - width)
        painter.setPen(QColor(theme().palette.text))
        painter.drawText(QPointF(left, metrics.ascent()), text)
