"""Plots of one scalar of a run over its optimiser steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from sslviz.core.entries import Form
from sslviz.core.messages import Mark
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.plotting.curve_items import CursorLine, OtherCurves, drawn
from sslviz.window.plotting.numbers import written
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats, clean, widened
from sslviz.window.runs.curve import Curve
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

MARK_REACH_PX = 6
"""Maximum distance of the mouse from a mark that it points at, in pixels."""
LABEL_ABOVE_PX = 7
"""Half the height of the label "100 %", which needs room above its tick: pyqtgraph leaves out labels without room."""

LOW_PX = 56
"""Height of a figure below which its axis has no labels but those of its reference lines, which have none beside them
there."""


class RunPlot(Plot):
    """Plots the values of a run as a faint curve and their running average as a strong curve.

    Thin curves are the running averages of other runs. Vertical lines mark the steps at which settings were changed,
    the position of the cursor, and the step at which the user looks back.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self._raw, self._average = self.curve(), self.curve()
        self.others = OtherCurves(self)
        self._log = False
        self._marks: Sequence[Mark] = ()
        self._mark_lines = pg.PlotCurveItem(connect="pairs")
        self.addItem(self._mark_lines, ignoreBounds=True)
        self.cursor_line = CursorLine(self)
        self.time_line = CursorLine(self, "accent", 255)
        self.getViewBox().sigYRangeChanged.connect(self._draw_marks)

    @property
    def values(self) -> tuple[Floats, Floats]:
        """Steps and values as they are drawn: on a logarithmic axis, log10 of the values."""
        return drawn(self._raw)

    @property
    def average(self) -> tuple[Floats, Floats]:
        """Steps and running averages as they are drawn: on a logarithmic axis, log10 of the averages."""
        return drawn(self._average)

    @property
    def marked_steps(self) -> list[float]:
        """The steps at which settings were changed and which therefore have a vertical line."""
        steps, _ = self._mark_lines.getData()
        return [] if steps is None else [float(step) for step in steps[::2]]

    def set_colour(self, colour: str) -> None:
        """Draw the curves in this colour, and the vertical lines in colours of the current theme."""
        self.apply_theme()
        self._raw.setPen(pen(colour, 1.0, 70))
        self._average.setPen(pen(colour, 2.0))
        self._mark_lines.setPen(pen(theme().palette.warning, 1.0, 200))
        self.cursor_line.apply_theme()
        self.time_line.apply_theme()

    def set_log(self, on: bool) -> None:
        """Make the vertical axis logarithmic or linear, and end the user's zoom.

        The curves are rescaled at the next :meth:`show_curve` and :meth:`show_others`.
        """
        if on == self._log:
            return
        self._log = on
        self.getAxis("left").setLogMode(on)
        self.follow_again()

    def scaled(self, values: Floats) -> Floats:
        """Return the values as coordinates on the vertical axis.

        On a logarithmic axis this is log10 of the values; NaN for values that are not positive, which are not drawn.
        """
        return np.log10(np.where(values > 0, values, np.nan)) if self._log else values

    def show_curve(self, curve: Curve) -> None:
        """Draw the values of a curve and their running average; a single value as a dot."""
        steps, values = clean(curve.steps, self.scaled(curve.values))
        self._raw.setData(steps, values, symbol="o" if len(steps) == 1 else None, symbolSize=5 * theme().line_scale)
        self._average.setData(*clean(curve.steps, self.scaled(curve.smoothed)))

    def show_others(self, runs: Sequence[RunModel], key: str, pointed: RunModel | None = None) -> None:
        """Draw the running average of the curve named ``key`` of every other run that has it, wider for ``pointed``."""
        shown = [run for run in runs if key in run.curves]
        curves = [(run.curves[key], run.colour) for run in shown]
        averages = [(*clean(curve.steps, self.scaled(curve.smoothed)), colour) for curve, colour in curves]
        self.others.show(averages, bold=next((at for at, run in enumerate(shown) if run is pointed), None))

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Draw a vertical line at the step of each mark."""
        self._marks = marks
        self._draw_marks()

    def _draw_marks(self) -> None:
        """Draw the vertical lines of the marks from the lower to the upper end of the visible range."""
        steps = np.repeat([float(mark.step) for mark in self._marks], 2)
        self._mark_lines.setData(steps, np.tile(self.getViewBox().viewRange()[1], len(self._marks)))

    def mark_near(self, step: float) -> Mark | None:
        """Return the mark nearest to a step, or None if the nearest mark is farther away than :data:`MARK_REACH_PX`."""
        mark = min(self._marks, key=lambda each: abs(each.step - step), default=None)
        reach = MARK_REACH_PX * self.getViewBox().viewPixelSize()[0]
        return mark if mark is not None and abs(mark.step - step) <= reach else None


class FigurePlot(RunPlot):
    """Plots a figure below the loss; only the axis of steps can be zoomed.

    The vertical axis of a share, such as an accuracy, always shows 0 to 100 %. That of any other figure fits the curves
    and the reference lines.
    """

    _is_share = True

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.setMouseEnabled(y=False)
        self.tick_labels = ("", "")
        """Labels of a share at 0 and at 100 %; the lower one is left out where they would overlap."""
        self._ticks: list[tuple[float, str]] = []
        """The values of the reference lines of any other figure, and these as texts."""

    def fit(self, form: Form, lines: Sequence[ReferenceLine]) -> None:
        """Fit the vertical axis to a figure of this form, and draw its reference lines unless it is a share."""
        self._is_share = form == "share"
        lines = [] if self._is_share else [line for line in lines if math.isfinite(line.value)]
        ends = (float(values[-1]) for _, values in (self.average, *self.others.points) if len(values))
        end = next(ends, math.nan)
        self.show_reference_lines([(line.value, f"{line.label} {written(line.value, form)}") for line in lines], end)
        if self._is_share:
            self._fit_share()
            return
        self._ticks = [(line.value, written(line.value, form)) for line in lines]
        self._show_ticks()
        curves = [values for _, values in (self.values, *self.others.points)]
        shown = np.concatenate([*curves, np.array([line.value for line in lines], float)])
        if len(shown):
            self.follow(self._steps_in_view(), widened(float(shown.min()), float(shown.max())))

    def _show_ticks(self) -> None:
        low = self.getViewBox().height() < px(LOW_PX)
        self.getAxis("left").setTicks([self._ticks] if low and self._ticks else None)

    def _steps_in_view(self) -> tuple[float, float]:
        first, last = self.getViewBox().viewRange()[0]
        return first, last

    def _on_resized(self) -> None:
        if self._is_share:
            self._fit_share()
        elif self._followed is not None:
            self._show_ticks()
            self.follow(self._steps_in_view(), self._followed[1])  # the plot of the loss may have been zoomed since

    def _fit_share(self) -> None:
        """Set the vertical range of a share from 0 to a little above 1, which is 100 %.

        The room above 1 is for the upper half of the axis label "100 %", which would otherwise not be drawn.
        """
        box, above = self.getViewBox(), px(LABEL_ABOVE_PX)
        height = max(box.height(), 2 * above)
        box.setYRange(0, height / (height - above), padding=0)
        self.tick_labels = ("0" if height > 3 * above else "", "100 %")
        self.getAxis("left").setTicks([list(enumerate(self.tick_labels))])
