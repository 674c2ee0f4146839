"""A plot of one figure of all runs of a sweep over the steps: for each value, the mean and the spread of its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from sslviz.core.entries import Form
from sslviz.window.plotting.pens import plain_pen
from sslviz.window.plotting.ranges import clean
from sslviz.window.plotting.small_multiple import along
from sslviz.window.style.theme import small_font, theme
from sslviz.window.sweep.results import Floats, Levels, Line, RunResult, common_levels, mean_and_spread
from sslviz.window.sweep.sweep_plot import BELOW, Scale, SweepPlot

BAND_ALPHA, RUN_ALPHA = 50, 110
"""How opaque the spread of the seeds is drawn, and the curve of a run that is part of a mean, up to 255."""
HELP = (
    "A thin line is one run; a strong one the mean of the finished runs of a value, with the standard deviation around "
    "it. The last k-NN of a run is that at its end, on all samples. Point at a line to see whose it is, click it to "
    "open the run."
)


class SweepCurves(SweepPlot):
    """Draws each run as a thin line, and for each value the mean of its finished runs, with a band for their spread."""

    def __init__(self, key: str, title: str, form: Form) -> None:
        super().__init__(title, form, HELP)
        self.key = key
        self._runs: tuple[RunResult, ...] = ()
        self._lines: dict[int, Line] = {}
        self._levels: Levels = ()
        self.means: dict[int, tuple[Floats, Floats, Floats]] = {}
        """Steps, mean and standard deviation by the index of the value."""

    def show_runs(self, runs: Sequence[RunResult]) -> None:
        """Draw these runs, in the order of the sweep."""
        self._runs = tuple(runs)
        self._lines = {index: clean(*run.curves[self.key]) for index, run in enumerate(runs) if self.key in run.curves}
        self._lines = {index: line for index, line in self._lines.items() if len(line[0])}
        self._levels = common_levels(runs, self.key)
        finished = [index for index in self._lines if runs[index].finished]
        finished.sort(key=lambda index: runs[index].value)
        by_value = groupby(finished, key=lambda index: runs[index].value)
        self.means = {value: mean_and_spread([self._lines[index] for index in those]) for value, those in by_value}
        self.update()

    def scale(self) -> Scale | None:
        """Return where the numbers lie; None if there is nothing to draw."""
        if not self._lines:
            return None
        last = max(run.step for run in self._runs)
        levels = np.array([level for level, _ in self._levels])
        values = np.concatenate([levels, *(values for _, values in self._lines.values())])
        return Scale(self.area, (0.0, max(last, 1)), self._range.fit(float(values.min()), float(values.max())))

    def traces(self) -> dict[int, Line]:
        scale = self.scale()
        if scale is None:
            return {}
        return {run: along(scale.across(steps), scale.down(values)) for run, (steps, values) in self._lines.items()}

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_title(painter)
        scale = self.scale()
        if scale is None:
            return
        self.paint_ticks(painter, scale)
        self._paint_steps(painter, scale)
        self.paint_levels(painter, scale, self._levels)
        for value, (steps, mean, spread) in self.means.items():
            self._paint_band(painter, scale, value, (steps, mean - spread), (steps, mean + spread))
        for run, line in self._lines.items():
            bold, alone = run in self._bold, not self._runs[run].finished
            alpha = 255 if bold else min(255 if alone else RUN_ALPHA, self.opacity(run))
            width = 2.0 if bold else 1.4 if alone else 1.0
            self._paint_line(painter, scale, self._runs[run].value, line, width, alpha)
        for value, (steps, mean, _) in self.means.items():
            self._paint_line(painter, scale, value, (steps, mean), 2.2, self._opacity_of(value))

    def _paint_steps(self, painter: QPainter, scale: Scale) -> None:
        """Draw the ends of the horizontal axis."""
        box = QRectF(scale.area.left(), scale.area.bottom() + 2, scale.area.width(), BELOW)
        painter.setFont(small_font())
        painter.setPen(QColor(theme().palette.dim))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{scale.x[1]:,.0f} steps")

    def _opacity_of(self, value: int) -> int:
        """Return how opaque the mean of a value is drawn; see :meth:`opacity`."""
        return max(self.opacity(index) for index, run in enumerate(self._runs) if run.value == value)

    def _paint_band(self, painter: QPainter, scale: Scale, value: int, low: Line, high: Line) -> None:
        colour = QColor(theme().palette.run(value))
        colour.setAlpha(BAND_ALPHA * self._opacity_of(value) // 255)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([*_points(scale, low), *reversed(_points(scale, high))]))

    def _paint_line(self, painter: QPainter, scale: Scale, value: int, line: Line, width: float, alpha: int) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(plain_pen(theme().palette.run(value), width, alpha))
        points = _points(scale, line)
        if len(points) == 1:
            painter.drawEllipse(points[0], 1.5, 1.5)
        painter.drawPolyline(QPolygonF(points))


def _points(scale: Scale, line: Line) -> list[QPointF]:
    steps, values = line
    return [QPointF(x, y) for x, y in zip(scale.across(steps).tolist(), scale.down(values).tolist(), strict=True)]
