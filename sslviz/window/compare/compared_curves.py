"""The curves of compared runs: a plot for each figure, all over the same steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.plotting.numbers import figure, written
from sslviz.window.plotting.ranges import clean, end_of_axis
from sslviz.window.plotting.run_plot import FigurePlot
from sslviz.window.plotting.small_multiple import Line, line_of
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label, readout, verbatim
from sslviz.window.style.ownership import nested
from sslviz.window.style.sizes import px, sized
from sslviz.window.style.theme import theme

LEAST_WIDTH, LEAST_HEIGHT = 190, 78
"""Minimum width and height of a plot with its title, in pixels: as many plots as fit are beside each other."""
LABEL_PX = 40
"""Width of the vertical axes, enough for the label "100 %", in pixels."""


class FigureCurves(QWidget):
    """The curves of one figure of several runs, under the title of the figure and its values where the user points."""

    pointed = Signal(object)
    """float or None: the step that the user points at."""

    def __init__(self, entry: FigureEntry) -> None:
        super().__init__()
        self.entry = entry
        self.plot = FigurePlot(f"{entry.title} over steps")
        self.readout = readout()
        self._lines: list[Line] = []
        self._step: float | None = None
        self._lay_out()
        self.setToolTip(verbatim(f"{entry.title}: {entry.help}" if entry.help else entry.title))
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hovered.connect(lambda x, _y: self.pointed.emit(x))
        self.plot.left.connect(lambda: self.pointed.emit(None))
        self.plot.stepped.connect(self._move)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = nested(column, QHBoxLayout())
        row.addWidget(label(self.entry.title, role="small"))
        row.addWidget(self.readout, 1)
        column.addWidget(self.plot, 1)
        sized(self.plot.getAxis("left").setWidth, LABEL_PX)
        self.plot.leave_room_above()
        sized(self.plot.setMinimumHeight, LEAST_HEIGHT)
        sized(self.setMinimumWidth, LEAST_WIDTH)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Draw in the colours of the current theme."""
        self.plot.set_colour(theme().palette.dim)

    def show_runs(self, runs: Sequence[RunModel], pointed: RunModel | None, last_step: float) -> None:
        """Draw the curves of those of ``runs`` that have the figure, that of ``pointed`` wider.

        The axis of steps ends after ``last_step``.
        """
        shown = [(run, line) for run in runs if len((line := line_of(run, self.entry)).steps)]
        self._lines = [line for _, line in shown]
        curves = [(*clean(line.steps, line.values), line.colour) for line in self._lines]
        bold = next((index for index, (run, _) in enumerate(shown) if run is pointed), None)
        self.plot.others.show(curves, bold=bold)
        self.plot.getViewBox().setXRange(0.0, end_of_axis(last_step), padding=0)
        self.plot.fit(self.entry.form, _common_lines([run for run, _ in shown], self.entry.key))
        self.point_at(self._step)

    def point_at(self, step: float | None) -> None:
        """Mark a step, and show the values there, in the order of the runs."""
        self._step = step
        self.plot.cursor_line.show_at(step)
        self.readout.setText("" if step is None else "  ".join(self._value_at(line, step) for line in self._lines))

    def _value_at(self, line: Line, step: float) -> str:
        value = float(line.values[np.abs(line.steps - step).argmin()])
        return figure(value) if self.entry.form == "number" else written(value, self.entry.form)

    def _move(self, right: int, _down: int) -> None:
        """Point at a step farther to the right or left, by a hundredth of the axis."""
        steps = [float(line.steps[-1]) for line in self._lines]
        if steps:
            start = max(steps) if self._step is None else self._step
            self.pointed.emit(min(max(start + right * max(1.0, max(steps) / 100), 0.0), max(steps)))


def _common_lines(runs: Sequence[RunModel], key: str) -> list[ReferenceLine]:
    """Return the reference lines of a figure that are the same for all runs."""
    lines = [{(line.label, line.value): line for line in run.reference_lines(key)} for run in runs]
    return [line for name, line in lines[0].items() if all(name in each for each in lines)] if lines else []


class ComparedCurves(QScrollArea):
    """Plots in as many columns as there is room for; all mark the step that the user points at in one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.plots: dict[str, FigureCurves] = {}
        self._columns = 0
        body = QWidget()
        body.setObjectName("formBody")
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(2)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_runs(self, runs: Sequence[RunModel], entries: Sequence[FigureEntry], pointed: RunModel | None) -> None:
        """Draw the curves of the figures ``entries`` of these runs, those of ``pointed`` wider."""
        if [entry.key for entry in entries] != list(self.plots):
            self._build(entries)
        ends = (float(line.steps[-1]) for run in runs for entry in entries if len((line := line_of(run, entry)).steps))
        last_step = max(ends, default=math.nan)
        for plot in self.plots.values():
            plot.setVisible(not math.isnan(last_step))
            if not math.isnan(last_step):
                plot.show_runs(runs, pointed, last_step)

    def apply_theme(self) -> None:
        """Draw in the colours of the current theme."""
        for plot in self.plots.values():
            plot.apply_theme()

    def _build(self, entries: Sequence[FigureEntry]) -> None:
        for plot in self.plots.values():
            self._grid.removeWidget(plot)
            plot.hide()
            plot.deleteLater()
        self.plots = {entry.key: FigureCurves(entry) for entry in entries}
        for plot in self.plots.values():
            plot.pointed.connect(self._point_at)
        self._columns = 0
        self._arrange()

    def _point_at(self, step: float | None) -> None:
        for plot in self.plots.values():
            plot.point_at(step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = min(max(1, self.viewport().width() // px(LEAST_WIDTH + 10)), max(1, len(self.plots)))
        if columns == self._columns:
            return
        self._columns = columns
        for index, plot in enumerate(self.plots.values()):
            self._grid.addWidget(plot, index // columns, index % columns)
        for index in range(max(columns, self._grid.columnCount())):
            self._grid.setColumnStretch(index, 1 if index < columns else 0)
