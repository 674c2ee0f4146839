"""One figure over time in a small space: its name, its value, its line, and the levels to compare it with.

Painted directly: six of pyqtgraph's plots would cost the window a tenth of a second at start and at every redraw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.painting import PaintedWidget
from sslviz.window.plots import Floats, SteadyRange, clean, pen
from sslviz.window.theme import number_font, small_font, theme

HEADER = 18


class Line(NamedTuple):
    """One run's figure: values[n] over steps[n], and which of the palette's colours."""

    steps: Floats
    values: Floats
    colour: int = 0


def thinned(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    """What is finite, at most about one point a pixel, the last one always."""
    x, y = clean(steps, values)
    stride = max(1, len(x) // 240)
    return np.append(x[::stride], x[-1:]), np.append(y[::stride], y[-1:])


class SmallMultiple(PaintedWidget):
    """A line over steps, drawn in the widget's whole width."""

    def __init__(self, title: str, form: str, help_text: str) -> None:
        super().__init__()
        self._title, self._form = title, form
        self._help = help_text
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._levels: list[tuple[float, str]] = []
        self._colour = 0
        self._beside: list[Line] = []
        self._range = SteadyRange(room=0.12)
        self.setAccessibleName(title)
        self.setToolTip(help_text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(80, 52))

    @property
    def value(self) -> float | None:
        """The last finite value, None before the first."""
        return float(self._y[-1]) if len(self._y) else None

    def show_line(self, line: Line, levels: list[tuple[float, str]], beside: Sequence[Line] = ()) -> None:
        """Draw a line, levels to compare it with, and thinly the lines of other runs."""
        self._x, self._y = thinned(line.steps, line.values)
        self._colour = line.colour
        self._beside = [Line(*thinned(other.steps, other.values), other.colour) for other in beside]
        self._levels = [(level, name) for level, name in levels if math.isfinite(level)]
        texts = [f"{name}: {self._form.format(level)}" for level, name in self._levels]
        self.setToolTip("\n".join([self._help, *texts]))
        self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_header(painter)
        area = QRectF(0, HEADER + 2, self.width(), self.height() - HEADER - 4)
        ends = [
            float(end) for line in self._beside if len(line.values) for end in (line.values.min(), line.values.max())
        ]
        everything = [*self._y.tolist(), *(level for level, _ in self._levels), *ends]
        if area.height() > 8 and everything:
            low, high = self._range.fit(min(everything), max(everything))
            self._paint_levels(painter, area, low, high)
            self._paint_lines(painter, area, low, high)

    def _paint_header(self, painter: QPainter) -> None:
        palette = theme().palette
        box = QRectF(0, 0, self.width(), HEADER)
        value = "–" if self.value is None else self._form.format(self.value)
        painter.setFont(number_font(13, bold=True))
        painter.setPen(QColor(palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        room = self.width() - painter.fontMetrics().horizontalAdvance(value) - 6
        painter.setFont(small_font())
        painter.setPen(QColor(palette.dim))
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_levels(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        palette = theme().palette
        painter.setFont(small_font())
        taken: list[float] = []
        for level, name in self._levels:
            y = area.bottom() - (level - low) / (high - low) * area.height()
            painter.setPen(pen(palette.reference, 1.0, 170, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            if all(abs(y - other) > 11 for other in taken):
                taken.append(y)
                above = y - 13 > area.top()
                box = QRectF(area.left(), y - 14 if above else y + 1, area.width(), 13)
                painter.setPen(QColor(palette.dim))
                painter.drawText(box, self._emptier_side(level) | Qt.AlignmentFlag.AlignVCenter, name)

    def _emptier_side(self, level: float) -> Qt.AlignmentFlag:
        """The end of a level where the curve is farther from it, for its label."""
        if len(self._y) > 1 and abs(self._y[0] - level) > abs(self._y[-1] - level):
            return Qt.AlignmentFlag.AlignLeft
        return Qt.AlignmentFlag.AlignRight

    def _paint_lines(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        lines = [*self._beside, Line(self._x, self._y, self._colour)]
        right = max([1.0, *(float(line.steps[-1]) for line in lines if len(line.steps))])
        for line in lines:
            if not len(line.steps):
                continue
            own, colour = line is lines[-1], theme().palette.run(line.colour)
            x = area.left() + line.steps / right * (area.width() - 3)
            y = area.bottom() - (line.values - low) / (high - low) * area.height()
            points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            painter.setPen(pen(colour, 1.6 if own else 1.0, 255 if own else 170))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            if own:
                painter.setBrush(QColor(colour))
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawEllipse(points[-1], 2.5, 2.5)
