"""A small plot of one health figure over the training steps, with its name, its last value and its reference lines.

The plot is painted with QPainter instead of pyqtgraph. Six pyqtgraph plots would take a tenth of a second when they are
created and at every redraw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from sslviz.core.entries import FigureEntry, Form
from sslviz.window.plotting.numbers import written
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.plotting.pens import plain_pen
from sslviz.window.plotting.ranges import Floats, SteadyRange, clean
from sslviz.window.runs.figures import curve_of
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import number_font, small_font, theme

HEADER, LABEL = 18, 13
"""Height of the line with name and value, and of the label of a reference line, in pixels."""
GAPS = (-LABEL - 1, 1, 6, -LABEL - 6, -LABEL - 11, 11)
"""Possible distances in pixels from a reference line down to the top of its label, the preferred one first."""
LOW = 30
"""Height in pixels of a plot below which a label that would cover the curve is left out; the tooltip has the label."""
MAX_POINTS = 240
"""A curve with at least twice as many points is thinned, to between 1 and 1.5 times about this number."""


class Line(NamedTuple):
    """The curve of a health figure of one run. It has n points: ``values`` at ``steps``, both float64[n].

    ``colour`` is the index of the run's colour in the palette (see :meth:`Palette.run`).
    """

    steps: Floats
    values: Floats
    colour: int = 0
    bold: bool = False
    """Whether the curve of another run is brought forward, by a wider line."""
    flat: bool = False
    """Whether the only value belongs to no step, since nothing is trained: it is drawn over all steps."""


def line_of(run: RunModel, figure: FigureEntry) -> Line:
    """Return steps and values of a health figure, smoothed if ``figure.smooth``; empty before the first value."""
    curve = curve_of(run, figure)
    if curve is None:
        return Line(np.empty(0), np.empty(0), run.colour)
    if figure.smooth:
        return Line(curve.steps, curve.smoothed, run.colour, flat=not run.learns)
    known = np.isfinite(curve.values)  # a script may not log every figure at every step
    return Line(curve.steps[known], curve.values[known], run.colour, flat=not run.learns)


def thinned(steps: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return every k-th of the points that can be drawn (see :func:`clean`), and always the last of them.

    k is the number of points divided by :data:`MAX_POINTS` and rounded down, but at least 1.
    """
    x, y = clean(steps, values)
    kept = np.arange(len(x)) % max(1, len(x) // MAX_POINTS) == 0
    kept[-1:] = True
    return x[kept], y[kept]


class SmallMultiple(PaintedWidget):
    """A widget that shows a small plot of one health figure over the training steps."""

    def __init__(self, title: str, form: Form, help_text: str) -> None:
        super().__init__()
        self._title, self._form = title, form
        self._help = f"{title}: {help_text}"
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._levels: list[tuple[float, str]] = []
        self._colour, self._flat = 0, False
        self._beside: list[Line] = []
        self._at: float | None = None
        self._range = SteadyRange(room=0.12)
        self.setAccessibleName(title)
        self.setToolTip(verbatim(self._help))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, 80, 42)

    @property
    def value(self) -> float | None:
        """The value that is shown as a number: the last one that can be drawn, or that of the step looked back at.

        It is None if there is none yet.
        """
        return float(self._y[self._shown]) if len(self._y) else None

    @property
    def _shown(self) -> int:
        """Index of the point whose value is shown as a number and which has a dot."""
        return -1 if self._at is None else int(np.abs(self._x - self._at).argmin())

    def show_line(
        self, line: Line, levels: list[tuple[float, str]], beside: Sequence[Line] = (), at: float | None = None
    ) -> None:
        """Draw the curve ``line`` of one run, its reference lines, and the curves of other runs as thin lines.

        ``levels`` holds the value and the label of each reference line, and ``beside`` the curves of the other runs.
        A reference line whose value is not finite is left out. ``at`` is the step at which the user looks back, if any.
        """
        self._at = at
        self._x, self._y = thinned(line.steps, line.values)
        self._colour, self._flat = line.colour, line.flat
        self._beside = [Line(*thinned(each.steps, each.values), each.colour, each.bold, each.flat) for each in beside]
        self._levels = [(level, name) for level, name in levels if math.isfinite(level)]
        texts = [f"{name}: {written(level, self._form)}" for level, name in self._levels]
        self.setToolTip(verbatim("\n".join([self._help, *texts])))
        self.update()

    @property
    def points(self) -> tuple[Floats, Floats]:
        """Steps and values of the points of the run that are drawn; :func:`thinned` has chosen these points."""
        return self._x, self._y

    @property
    def _lines(self) -> list[Line]:
        """The curves that are drawn, that of the run itself last."""
        return [*self._beside, Line(self._x, self._y, self._colour, flat=self._flat)]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_header(painter)
        area = QRectF(0, HEADER + 2, self.width(), self.height() - HEADER - 4)
        ends = [
            float(end) for line in self._beside if len(line.values) for end in (line.values.min(), line.values.max())
        ]
        values = [*self._y.tolist(), *(level for level, _ in self._levels), *ends]
        if area.height() > 8 and values:
            low, high = self._range.fit(min(values), max(values))
            self._paint_levels(painter, area, low, high)
            self._paint_lines(painter, area, low, high)

    def _paint_header(self, painter: QPainter) -> None:
        palette = theme().palette
        box = QRectF(0, 0, self.width(), HEADER)
        value = "–" if self.value is None else written(self.value, self._form)
        painter.setFont(number_font(12, bold=True))
        painter.setPen(QColor(palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
        room = self.width() - painter.fontMetrics().horizontalAdvance(value) - 4
        painter.setFont(small_font())
        painter.setPen(QColor(palette.dim))
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def _paint_levels(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        palette = theme().palette
        painter.setFont(small_font())
        taken: list[QRectF] = []
        curves = self._curves(area, low, high)
        heights = [area.bottom() - (level - low) / (high - low) * area.height() for level, _ in self._levels]
        lines = [QRectF(area.left(), y - 0.5, area.width(), 1) for y in heights]
        for (_, name), y in zip(self._levels, heights, strict=True):
            painter.setPen(plain_pen(palette.reference, 1.0, 170, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            width = painter.fontMetrics().horizontalAdvance(name) + 2
            box = free_place(
                width, y, area, curves, [*taken, *(line for line in lines if abs(line.center().y() - y) > 1)]
            )
            if box is not None:
                taken.append(box)
                painter.setPen(QColor(palette.dim))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)

    def _curves(self, area: QRectF, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the x and the y of closely spaced points on the curves of all runs, in pixels of the widget.

        ``low`` and ``high`` are the values of the figure at the lower and the upper edge of ``area``.
        """
        x, y = zip(*(along(*self._places(line, area, low, high)) for line in self._lines), strict=True)
        return np.concatenate(x), np.concatenate(y)

    def _places(self, line: Line, area: QRectF, low: float, high: float) -> tuple[Floats, Floats]:
        """Return the x and the y of the n points of the curve ``line``, each float64[n], in pixels of the widget.

        ``low`` and ``high`` are the values of the figure at the lower and the upper edge of ``area``. Of a flat curve,
        the points are its two ends.
        """
        last = max([1.0, *(float(each.steps[-1]) for each in self._lines if len(each.steps))])
        if line.flat and len(line.values):
            line = line._replace(steps=np.array([0.0, last]), values=np.repeat(line.values[-1:], 2))
        x = area.left() + line.steps / last * (area.width() - 3)
        y = area.bottom() - (line.values - low) / (high - low) * area.height()
        return x, y

    def _paint_lines(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        lines = self._lines
        for line in lines:
            if not len(line.steps):
                continue
            own, colour = line is lines[-1], theme().palette.run(line.colour)
            x, y = self._places(line, area, low, high)
            points = [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
            width = 2.4 if line.bold else 1.6 if own else 1.2
            painter.setPen(plain_pen(colour, width, 255 if own or line.bold else 200))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF(points))
            if own:
                painter.setBrush(QColor(colour))
                painter.setPen(Qt.PenStyle.NoPen)
                self._paint_time(painter, area, points[self._shown])
                painter.drawEllipse(points[self._shown], 2.5, 2.5)

    def _paint_time(self, painter: QPainter, area: QRectF, point: QPointF) -> None:
        """Draw a vertical line through ``point`` if the user looks back at its step."""
        if self._at is not None:
            painter.fillRect(QRectF(point.x() - 0.5, area.top(), 1, area.height()), QColor(theme().palette.accent))


def along(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the x and the y of closely spaced points on the polyline whose corners have the coordinates ``x``, ``y``.

    The result has at least 96 points, and at least two for each corner, so that a label which covers a part of the
    polyline usually also covers some of the points. A polyline with fewer than two corners is returned as it is.
    """
    if len(x) < 2:
        return x, y
    fine = np.linspace(0, len(x) - 1, max(96, 2 * len(x)))
    return np.interp(fine, np.arange(len(x)), x), np.interp(fine, np.arange(len(y)), y)


def free_place(
    width: float, y: float, area: QRectF, curves: tuple[Floats, Floats], taken: Sequence[QRectF]
) -> QRectF | None:
    """Return the rectangle where the label of a reference line covers the fewest points of the curves.

    The label is placed above or below its line, at the right or left end or in the middle. The result is None if every
    such place is taken or outside of the plot, or if the plot is less than :data:`LOW` pixels high and the label would
    cover a curve.

    Args:
        width: width of the label, in pixels.
        y: y coordinate of the reference line in the widget, in pixels.
        area: rectangle of the plot in the widget.
        curves: x and y of the points of all curves, in pixels.
        taken: rectangles of the other labels and reference lines. None of them may overlap the label or lie between
            the label and its own line.
    """
    steps = [area.right() - width - share * (area.width() - width) for share in (0.0, 1.0, 0.5)]
    boxes = [QRectF(left, top, width, LABEL) for left in steps for top in (y + gap for gap in GAPS)]
    boxes = [box for box in boxes if area.top() - 2 <= box.top() and box.bottom() <= area.bottom() + 3]
    reaches = [box.united(QRectF(box.left(), y, width, 0)) for box in boxes]  # no other label between it and its level
    free = [
        box for box, reach in zip(boxes, reaches, strict=True) if not any(reach.intersects(other) for other in taken)
    ]
    best = min(free, key=lambda box: _covered(box, *curves), default=None)
    crowded = best is not None and area.height() < LOW and _covered(best, *curves)
    return None if crowded else best


def _covered(box: QRectF, x: Floats, y: Floats) -> int:
    """Return the number of points inside a box."""
    inside = (x > box.left()) & (x < box.right()) & (y > box.top()) & (y < box.bottom())
    return int(np.count_nonzero(inside))
