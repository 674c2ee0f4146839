"""The base class of the plots of a sweep: axes, points of runs, and reference lines."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from sslviz.core.entries import Form
from sslviz.window.plotting.pens import plain_pen
from sslviz.window.plotting.ranges import Floats, SteadyRange
from sslviz.window.plotting.small_multiple import along, free_place
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import small_font, theme
from sslviz.window.sweep.part import SweepPart
from sslviz.window.sweep.results import Levels, Line

HEADER, BELOW, LEFT = 18, 15, 40
"""Height of the title, height of the labels below the axes, and width of those at their left, in pixels."""
REACH_PX = 14.0
"""Maximum distance of the mouse from a run that it points at, in pixels."""
TICK_PX = 22
"""Minimum distance of two ticks of the vertical axis, in pixels."""
MOST_TICKS = 10
STEPS = (1, 2, 2.5, 5, 10)
"""Distances of ticks, as multiples of a power of ten."""


class Scale(NamedTuple):
    """Where the numbers of a plot lie: in ``area``, whose edges are at ``x`` and ``y``, each (lowest, highest)."""

    area: QRectF
    x: tuple[float, float]
    y: tuple[float, float]

    def across(self, x: Floats) -> Floats:
        """Return the horizontal positions of numbers, in pixels of the widget."""
        return self.area.left() + (x - self.x[0]) / (self.x[1] - self.x[0]) * self.area.width()

    def down(self, y: Floats) -> Floats:
        """Return the vertical positions of numbers, in pixels of the widget."""
        return self.area.bottom() - (y - self.y[0]) / (self.y[1] - self.y[0]) * self.area.height()


class SweepPlot(SweepPart):
    """Draws points of each run of a sweep over a horizontal axis, and reference lines as dashed lines."""

    def __init__(self, title: str, form: Form, help_text: str) -> None:
        super().__init__(title, verbatim(f"{title}: {help_text}" if help_text else title))
        self.title, self._form = title, form
        self._points: dict[int, Line] = {}
        self._levels: Levels = ()
        self._x = self._y = (0.0, 1.0)
        """The ends of the axes."""
        self._range = SteadyRange(room=0.08)
        sized(self.setMinimumSize, 120, 84)

    def show_points(
        self, points: Mapping[int, Line], x: tuple[float, float], levels: Levels, further: Iterable[float] = ()
    ) -> None:
        """Draw points.

        Args:
            points: for each run that has any, x and y of its points, at least one.
            x: the ends of the horizontal axis.
            levels: the reference lines.
            further: further numbers that the vertical axis has to contain.
        """
        self._points, self._levels, self._x = dict(points), levels, x
        if points:
            others = [*further, *(level for level, _ in levels)]
            values = np.concatenate([others, *(y for _, y in points.values())])
            self._y = self._range.fit(float(values.min()), float(values.max()))
        self.update()

    def scale(self) -> Scale | None:
        """Return where the numbers lie; None if there is nothing to draw."""
        return Scale(self.area, self._x, self._y) if self._points else None

    def opacity(self, run: int) -> int:
        """Return how opaque a run is drawn, up to 255: less while others are brought forward."""
        return 255 if not self._bold or run in self._bold else 50

    def opacity_of(self, value: int) -> int:
        """Return how opaque the mean of a value is drawn; see :meth:`opacity`."""
        return max(self.opacity(index) for index, run in enumerate(self._runs) if run.value == value)

    def traces(self) -> dict[int, Line]:
        """Return for each run where it is drawn: x and y of closely spaced points, in pixels of the widget."""
        scale = self.scale()
        if scale is None:
            return {}
        return {run: along(scale.across(x), scale.down(y)) for run, (x, y) in self._points.items()}

    def covered(self, scale: Scale) -> Line:
        """Return x and y of points that labels should not cover, in pixels of the widget."""
        x, y = zip(*self.traces().values(), strict=True)
        return np.concatenate(x), np.concatenate(y)

    def run_at(self, place: QPointF) -> int | None:
        """Return the run that is nearest to a place, None if all are farther away than :data:`REACH_PX`."""
        distances = {run: float(np.hypot(x - place.x(), y - place.y()).min()) for run, (x, y) in self.traces().items()}
        nearest = min(distances, key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= REACH_PX else None

    # ------------------------------------------------------------------ drawing

    @property
    def area(self) -> QRectF:
        """Where the numbers are drawn, in pixels of the widget."""
        return QRectF(LEFT, HEADER + 4, self.width() - LEFT - 6, max(self.height() - HEADER - BELOW - 6, 8))

    def paint_axes(self, painter: QPainter) -> Scale | None:
        """Draw the title and the vertical axis; return where the numbers lie, None if there is nothing to draw."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_title(painter)
        scale = self.scale()
        if scale is not None:
            self.paint_ticks(painter, scale)
        return scale

    def paint_title(self, painter: QPainter) -> None:
        """Draw the title."""
        painter.setFont(small_font())
        painter.setPen(QColor(theme().palette.dim))
        box = QRectF(0, 0, self.width(), HEADER)
        title = painter.fontMetrics().elidedText(self.title, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)

    def paint_ticks(self, painter: QPainter, scale: Scale) -> None:
        """Draw the vertical axis: lines across the plot, with their numbers at the left."""
        palette, right = theme().palette, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        ticks = ticks_between(*scale.y, min(max(int(scale.area.height() // TICK_PX), 1), MOST_TICKS))
        for tick, y in zip(ticks, scale.down(np.array(ticks)).tolist(), strict=True):
            painter.setPen(plain_pen(palette.line))
            painter.drawLine(QLineF(scale.area.left(), y, scale.area.right(), y))
            painter.setPen(QColor(palette.dim))
            text = f"{100 * tick:.3g}%" if self._form == "share" else f"{tick:.5g}"
            painter.drawText(QRectF(0, y - 8, LEFT - 5, 16), right, text)

    def paint_levels(self, painter: QPainter, scale: Scale) -> None:
        """Draw the reference lines, with their labels where these cover nothing."""
        palette, taken = theme().palette, list[QRectF]()
        drawn = self.covered(scale)
        painter.setFont(small_font())
        for level, name in self._levels:
            y = float(scale.down(np.array([level]))[0])
            painter.setPen(plain_pen(palette.reference, 1.0, 200, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(scale.area.left(), y, scale.area.right(), y))
            box = free_place(painter.fontMetrics().horizontalAdvance(name) + 4, y, scale.area, drawn, taken)
            if box is not None:
                taken.append(box)
                painter.setPen(QColor(palette.dim))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def ticks_between(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` round numbers from ``low`` to ``high``, at equal distances; perhaps none."""
    if not high > low:
        return []
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    distances = (power * step * factor for factor in (1, 10) for step in STEPS)
    for distance in distances:
        first, last = math.ceil(low / distance - 1e-9), math.floor(high / distance + 1e-9)
        if last - first < most:
            return [number * distance for number in range(first, last + 1)]
    return []
