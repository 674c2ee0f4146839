"""Legend of the map for points that are coloured by a number.

Pointing at a value of the colour scale highlights the points of the map with about this value.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.legend import PointedLegend
from sslviz.window.style.palette import shade_colour
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import number_font, theme

BAR, LEFT, TOP, MAX_HEIGHT = 10, 8, 10, 168
"""Width of the bar, its distance from the left and the upper edge, and its maximum height, in pixels."""
LINE = 14
"""Height of a line of text, in pixels."""
ALIGN = Qt.AlignmentFlag


class ShadeLegend(PointedLegend):
    """Shows a vertical bar of the colours, with the lowest and highest value of the scale as text at its ends.

    The scale is divided into equal intervals. Each interval is one entry of the legend, the lowest interval first.
    While the user points at an entry, the value in the middle of its interval is shown instead of the two ends.
    """

    downwards = -1

    def __init__(self) -> None:
        super().__init__()
        self._ends = ("", "")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Point at a value, or choose it with the arrow keys, to bring the points about it forward")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_steps(self, names: tuple[str, ...], ends: tuple[str, str]) -> None:
        """Show a colour scale that is divided into intervals.

        ``names`` has one text for each interval: the value in the middle of the interval, lowest value first. ``ends``
        are the texts of the lowest and of the highest value of the scale; the first is empty if both are equal.
        """
        if (names, ends) == (self._names, self._ends):
            return
        self._names, self._ends = names, ends
        self.setAccessibleName(f"Legend: from {ends[0]} to {ends[1]}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(number_font(11))
        widest = max((metrics.horizontalAdvance(name) for name in (*self._names, *self._ends)), default=0)
        return QSize(px(LEFT + BAR + 8 + min(widest, 96) + 4), px(MAX_HEIGHT + 2 * TOP))

    def _bar(self) -> QRectF:
        return QRectF(LEFT, TOP, BAR, max(min(MAX_HEIGHT, self.height() - 2 * TOP), 1))

    def paint(self, painter: QPainter) -> None:
        if not self._names:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bar, count = self._bar(), len(self._names)
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for step in range(count):
            gradient.setColorAt((step + 0.5) / count, QColor(shade_colour(step, count)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setFont(number_font(11))
        if self._pointed is None:
            self._paint_value(painter, self._ends[1], bar.top() + LINE / 2)
            self._paint_value(painter, self._ends[0], bar.bottom() - LINE / 2)
        else:
            self._paint_step(painter, bar, self._pointed)
        if self.hasFocus():
            painter.setPen(QColor(theme().palette.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, bar.bottom() + TOP - 1), 4, 4)

    def _paint_step(self, painter: QPainter, bar: QRectF, step: int) -> None:
        high = bar.height() / len(self._names)
        place = QRectF(bar.left() - 2, bar.bottom() - (step + 1) * high, BAR + 4, high)
        painter.setPen(QPen(QColor(theme().palette.text), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place, 2, 2)
        self._paint_value(painter, self._names[step], place.center().y())

    def _paint_value(self, painter: QPainter, text: str, middle: float) -> None:
        painter.setPen(QColor(theme().palette.text))
        left = LEFT + BAR + 8
        box = QRectF(left, middle - LINE / 2, self.width() - left, LINE)
        painter.drawText(box, ALIGN.AlignLeft | ALIGN.AlignVCenter, text)

    def entry_at(self, place: QPointF) -> int | None:
        bar, count = self._bar(), len(self._names)
        share = (bar.bottom() - place.y()) / bar.height()
        return int(share * count) if 0 <= share < 1 else None
