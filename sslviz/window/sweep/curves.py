"""A plot of one figure of all runs of a sweep over the steps: for each value, the mean and the spread of its seeds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from sslviz.core.counts import counted
from sslviz.core.entries import Form
from sslviz.window.plotting.pens import plain_pen
from sslviz.window.plotting.ranges import Floats, clean
from sslviz.window.style.theme import small_font, theme
from sslviz.window.sweep.results import Line, RunResult, common_levels, mean_and_spread
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
        self.means: dict[int, tuple[Floats, Floats, Floats]] = {}
        """Steps, mean and standard deviation by the index of the value."""

    def show_runs(self, runs: Sequence[RunResult]) -> None:
        """Draw these runs, in the order of the sweep."""
        self._runs = tuple(runs)
        lines = {index: clean(*run.curves[self.key]) for index, run in enumerate(runs) if self.key in run.curves}
        lines = {index: line for index, line in lines.items() if len(line[0])}
        finished = [index for index in lines if runs[index].finished]
        finished.sort(key=lambda index: runs[index].value)
        by_value = groupby(finished, key=lambda index: runs[index].value)
        self.means = {value: mean_and_spread([lines[index] for index in those]) for value, those in by_value}
        last = max((run.step for run in runs), default=0)
        self.show_points(lines, (0.0, max(last, 1)), common_levels(runs, self.key))

    def paint(self, painter: QPainter) -> None:
        scale = self.paint_axes(painter)
        if scale is None:
            return
        self._paint_steps(painter, scale)
        self.paint_levels(painter, scale)
        for value, (steps, mean, spread) in self.means.items():
            self._paint_band(painter, scale, value, (steps, mean - spread), (steps, mean + spread))
        for run, line in self._points.items():
            bold, alone = run in self._bold, not self._runs[run].finished
            alpha = 255 if bold else min(255 if alone else RUN_ALPHA, self.opacity(run))
            width = 2.0 if bold else 1.4 if alone else 1.0
            self._paint_line(painter, scale, self._runs[run].value, line, width, alpha)
        for value, (steps, mean, _) in self.means.items():
            self._paint_line(painter, scale, value, (steps, mean), 2.2, self.opacity_of(value))

    def _paint_steps(self, painter: QPainter, scale: Scale) -> None:
        """Draw the ends of the horizontal axis."""
        box = QRectF(scale.area.left(), scale.area.bottom() + 2, scale.area.width(), BELOW)
        painter.setFont(small_font())
        painter.setPen(QColor(theme().palette.dim))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, counted(round(scale.x[1]), "step"))

    def _paint_band(self, painter: QPainter, scale: Scale, value: int, low: Line, high: Line) -> None:
        colour = QColor(theme().palette.run(value))
        colour.setAlpha(BAND_ALPHA * self.opacity_of(value) // 255)
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
