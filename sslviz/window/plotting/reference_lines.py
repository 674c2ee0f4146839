"""Reference lines: dashed horizontal lines, each with a label, at levels that a curve is compared with."""

from __future__ import annotations

import math
from itertools import pairwise

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF

from sslviz.window.plotting.pens import pen
from sslviz.window.style.sizes import enlarged
from sslviz.window.style.theme import small_font, theme

Level = tuple[float, str]
"""A value on the vertical axis, and its label."""


class ReferenceLines:
    """The dashed lines and the labels of the reference levels in one plot."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot = plot
        self._lines: list[pg.InfiniteLine] = []
        self.levels: list[Level] = []
        """The levels that are shown; a level that is not finite has no line."""
        self._curve_end = math.nan
        self._labelled = True
        plot.getViewBox().sigYRangeChanged.connect(self._place_labels)
        plot.getViewBox().sigResized.connect(self._place_labels)

    def apply_theme(self) -> None:
        """Use the colours of the current theme."""
        palette = theme().palette
        for line in self._lines:
            line.setPen(pen(palette.reference, 1.0, 200, Qt.PenStyle.DashLine))
            line.label.setColor(QColor(palette.dim))
            line.label.setFont(enlarged(small_font()))

    def show(self, levels: list[Level], curve_end: float = math.nan) -> None:
        """Replace the lines by lines at these levels.

        Args:
            levels: (value, label) of each line.
            curve_end: last value of the curve, which labels should not cover. A line at or above this value has its
                label above the line; a lower line has its label below the line. Of two lines that are too close for
                this, each has its label on the side away from the other. With NaN, the side of a label does not
                change; the label of a new line is on the side away from the middle of the plot.
        """
        self.levels, self._curve_end = list(levels), curve_end
        while len(self._lines) > len(levels):
            self._plot.removeItem(self._lines.pop())
        while len(self._lines) < len(levels):
            self._lines.append(self._new_line())
            self.apply_theme()
        for line, (level, label) in zip(self._lines, levels, strict=True):
            line.setVisible(math.isfinite(level))
            if math.isfinite(level):
                line.setValue(level)
            line.label.setFormat(label.replace("{", "{{").replace("}", "}}"))  # it is given to str.format
        self._place_labels()

    def _place_labels(self) -> None:
        """Put each label above or below its line; how close lines are depends on the range and height of the plot."""
        if not math.isfinite(self._curve_end):
            return
        for line, is_above in zip(self._lines, self._sides([level for level, _ in self.levels]), strict=True):
            line.label.anchors = [(1, int(is_above))] * 2
            line.label.updatePosition()

    def _sides(self, levels: list[float]) -> list[bool]:
        """Return for each line whether its label is above it, so that labels cover neither the curve nor each other."""
        above = [level >= self._curve_end for level in levels]
        _, pixel = self._plot.getViewBox().viewPixelSize()
        height = QFontMetricsF(enlarged(small_font())).lineSpacing() * pixel
        by_level = sorted((level, index) for index, level in enumerate(levels) if math.isfinite(level))
        for (low, lower), (high, upper) in pairwise(by_level):
            if high - low < height and above[lower] == above[upper]:
                above[lower], above[upper] = False, True
        return above

    def show_labels(self, *, on: bool) -> None:
        """Show the labels, or hide them, for example where the plot is too low for them."""
        if on != self._labelled:
            self._labelled = on
            for line in self._lines:
                line.label.setVisible(on)
                line.label.updatePosition()

    def _new_line(self) -> pg.InfiniteLine:
        options = {"position": 0.99, "anchors": [(1, 1), (1, 0)], "movable": False}
        line = pg.InfiniteLine(angle=0, label="", labelOpts=options)
        line.label.setVisible(self._labelled)
        self._plot.addItem(line, ignoreBounds=True)
        return line
