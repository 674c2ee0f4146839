"""Reference lines: dashed horizontal lines, each with a label, at levels that a curve is compared with."""

from __future__ import annotations

import math
from operator import itemgetter

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from sslviz.window.plotting.pens import pen
from sslviz.window.style.sizes import enlarged
from sslviz.window.style.theme import small_font, theme

AT_END = 0.99
"""Where the right end of a label is, as a share of the width of the plot."""
MARGIN_PX = 4
"""Space that a label has above and below its text, in pixels."""
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
                label above the line; a lower line has its label below the line. Labels of close lines stand side by
                side. With NaN, the side of a label does not change; the label of a new line is on the side away from
                the middle of the plot.
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
        """Put the labels where they cover neither the end of the curve nor each other.

        The labels of lines that are close stand side by side. How close lines are depends on range and height of the
        plot.
        """
        if not math.isfinite(self._curve_end):
            return
        lines = sorted(zip((level for level, _ in self.levels), self._lines, strict=True), key=itemgetter(0))
        shown = [(level, line.label) for level, line in lines if math.isfinite(level)]
        self._place([each for each in reversed(shown) if each[0] >= self._curve_end], above=True)
        self._place([each for each in shown if each[0] < self._curve_end], above=False)

    def _place(self, labels: list[tuple[float, pg.InfLineLabel]], *, above: bool) -> None:
        """Put labels above their lines, or below, in rows at the outermost lines; ``labels``: outermost line first.

        A label for which there is no room left in its row is hidden.
        """
        view = self._plot.getViewBox()
        _, pixel = view.viewPixelSize()
        outermost, used = math.inf, 0.0
        for level, label in labels:
            size = label.boundingRect()
            if abs(outermost - level) >= (size.height() - MARGIN_PX) * pixel:  # the text would touch the line
                outermost, used = level, 0.0
            fits = used + size.width() <= view.width()
            label.setVisible(self._labelled and fits)
            if not fits:
                continue
            away = (outermost - level) / (size.height() * pixel) if level != outermost else 0.0
            label.anchors = [(1, away + int(above))] * 2
            label.setPosition(AT_END - used / max(view.width(), 1))
            used += size.width()

    def show_labels(self, *, on: bool) -> None:
        """Show the labels, or hide them, for example where the plot is too low for them."""
        if on != self._labelled:
            self._labelled = on
            for line in self._lines:
                line.label.setVisible(on)
                line.label.updatePosition()
            self._place_labels()

    def _new_line(self) -> pg.InfiniteLine:
        options = {"position": AT_END, "anchors": [(1, 1), (1, 0)], "movable": False}
        line = pg.InfiniteLine(angle=0, label="", labelOpts=options)
        line.label.setVisible(self._labelled)
        self._plot.addItem(line, ignoreBounds=True)
        return line
