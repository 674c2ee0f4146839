"""A plot of one figure against the values of a sweep: each run a point, each value its mean and spread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from sslviz.core.sweep.statistics import Statistic, statistic
from sslviz.window.plotting.pens import plain_pen
from sslviz.window.style.theme import small_font, theme
from sslviz.window.sweep.figures import SweepFigure
from sslviz.window.sweep.results import Line, RunResult
from sslviz.window.sweep.sweep_plot import BELOW, Scale, SweepPlot

POINT_PX, MEAN_PX, CAP_PX = 2.6, 4.0, 5.0
"""Radius of a run's point and of a mean, and half the width of the ends of the spread, in pixels."""
APART = 0.09
"""Distance of the points of two seeds of one value, where the distance of two values is 1."""


class FigureByValue(SweepPlot):
    """Draws a figure of the finished runs over the values that they have, which lie at equal distances.

    A small point is one run. Beside the points of a value lie their mean and standard deviation. Dashed lines are
    levels, such as that of the untrained network.
    """

    def __init__(self, figure: SweepFigure) -> None:
        super().__init__(figure.title, figure.form, figure.help)
        self.figure = figure
        self._texts: tuple[str, ...] = ()
        self.spread: dict[int, Statistic] = {}
        """Mean and standard deviation by the index of the value."""

    def show_runs(self, runs: Sequence[RunResult], texts: Sequence[str]) -> None:
        """Draw these runs, in the order of the sweep; ``texts`` are the values as texts."""
        self._runs, self._texts = tuple(runs), tuple(texts)
        aside, points, by_value = _aside(runs), dict[int, Line](), dict[int, list[float]]()
        for index, run in enumerate(runs):
            figure = run.run.figures.get(self.figure.key)
            if figure is not None:
                points[index] = (np.array([run.value + aside[run.run.seed]]), np.array([figure]))
                by_value.setdefault(run.value, []).append(figure)
        self.spread = {value: statistic(figures) for value, figures in sorted(by_value.items())}
        ends = [mean + side * (deviation or 0.0) for mean, deviation, _ in self.spread.values() for side in (-1, 1)]
        self.show_points(points, (-0.6, len(texts) - 0.4), self.figure.levels_in(runs), ends)

    def covered(self, scale: Scale) -> Line:
        x, y = super().covered(scale)
        for value, (mean, deviation, _) in self.spread.items():
            bar = scale.down(mean + np.linspace(-1, 1, 9) * (deviation or 0.0))
            x, y = np.append(x, scale.across(np.full(9, value + 0.2))), np.append(y, bar)
        return x, y

    def paint(self, painter: QPainter) -> None:
        scale = self.paint_axes(painter)
        if scale is None:
            return
        self._paint_values(painter, scale)
        self.paint_levels(painter, scale)
        self._paint_means(painter, scale)
        painter.setPen(Qt.PenStyle.NoPen)
        for run, (x, y) in self.traces().items():
            colour = QColor(theme().palette.run(self._runs[run].value))
            colour.setAlpha(self.opacity(run))
            painter.setBrush(colour)
            radius = POINT_PX + 1.4 * (run in self._bold)
            painter.drawEllipse(QPointF(float(x[0]), float(y[0])), radius, radius)

    def _paint_values(self, painter: QPainter, scale: Scale) -> None:
        """Write the values below the plot."""
        painter.setFont(small_font())
        painter.setPen(QColor(theme().palette.dim))
        width = scale.area.width() / max(len(self._texts), 1)
        for value, text in enumerate(self._texts):
            x = float(scale.across(np.array([float(value)]))[0])
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(width))
            painter.drawText(
                QRectF(x - width / 2, scale.area.bottom() + 2, width, BELOW), Qt.AlignmentFlag.AlignHCenter, shown
            )

    def _paint_means(self, painter: QPainter, scale: Scale) -> None:
        """Draw the mean and the spread of each value, a little to the right of its runs."""
        for value, (mean, deviation, _) in self.spread.items():
            alpha = self.opacity_of(value)
            colour = QColor(theme().palette.run(value))
            colour.setAlpha(alpha)
            x = float(scale.across(np.array([value + 0.2]))[0])
            middle, low, high = scale.down(mean + np.array([0.0, -1.0, 1.0]) * (deviation or 0.0)).tolist()
            painter.setPen(plain_pen(theme().palette.run(value), 1.6, alpha))
            painter.drawLine(QLineF(x, low, x, high))
            for end in (low, high):
                painter.drawLine(QLineF(x - CAP_PX, end, x + CAP_PX, end))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x, middle), MEAN_PX, MEAN_PX)


def _aside(runs: Sequence[RunResult]) -> dict[int, float]:
    """Return for each seed how far its points are at the right of their value: the first seed is leftmost."""
    seeds = sorted({run.run.seed for run in runs})
    apart = APART * min(1.0, 4 / max(len(seeds), 1))
    return {seed: apart * (place - (len(seeds) - 1) / 2) - 0.12 for place, seed in enumerate(seeds)}
