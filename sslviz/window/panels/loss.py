"""The loss, raw and smoothed, between its reference lines; under it the top-1 accuracy, where there is one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.messages import Mark, Prepared, References, Scalars
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.marks import merged
from sslviz.window.plotting.numbers import figure
from sslviz.window.plotting.plots import Plot, clean, pen
from sslviz.window.plotting.table import Table, by_step
from sslviz.window.runs.curve import Curve
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.buttons import small_toggle
from sslviz.window.style.labels import readout
from sslviz.window.style.theme import theme

NOTHING = "No loss was recorded: log(step, loss=…) draws it here."
SHARE = 3
"""A run takes at least the third part of the axis, however long those beside it are."""
FIRST_END, GROWTH = 50.0, 1.05
"""of the axis of steps, which grows by so much at a time: moved with each redraw it costs a third of that"""

BARE_AXIS_PX, TICK_PX = 6, 6
"""of an axis without figures; over the uppermost figure of an axis, half of which lies beyond its tick"""
LABEL_PX, ABOVE_PX = 40, 7
"""room for the label "100 %", beside the accuracy's axis and above its 1: pyqtgraph leaves out or cuts what has none"""


@panels.register
class LossPanel(Panel):
    """How training goes, and where a setting was changed."""

    name: ClassVar[str] = "loss"
    title: ClassVar[str] = "Loss"
    help: ClassVar[str] = (
        "Faint: every step. Strong: its running average. Dashed: levels to compare it with, as of a network that has "
        "learned nothing, or of a guess that needs no learning. Vertical: a setting was changed. Point at a step, or "
        "go there with the arrow keys, for its figures. Wheel and drag zoom, a double click follows again."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Scalars, Mark, References, Prepared)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips")
    min_interval_s = 0.33

    def __init__(self) -> None:
        super().__init__()
        self._loss, self._accuracy = Plot("Loss over steps"), Plot()
        self._readout = readout()
        self._log = small_toggle("log", "Logarithmic loss axis")
        self._build()
        self._raw, self._smooth = self._loss.curve(), self._loss.curve()
        self._top1_raw, self._top1 = self._accuracy.curve(), self._accuracy.curve()
        self._marks: list[Mark] = []
        self._mark_lines = [pg.PlotCurveItem(connect="pairs") for _ in range(2)]
        for plot, line in zip((self._loss, self._accuracy), self._mark_lines, strict=True):
            plot.addItem(line, ignoreBounds=True)
            plot.getViewBox().sigYRangeChanged.connect(self._draw_marks)
        self._here = [pg.InfiniteLine(angle=90, movable=False) for _ in range(2)]
        for plot, line in zip((self._loss, self._accuracy), self._here, strict=True):
            line.hide()
            plot.addItem(line, ignoreBounds=True)
        self._beside = (Overlay(self._loss), Overlay(self._accuracy))
        self._hover_step: float | None = None
        self.apply_theme()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        layout.addWidget(self._loss, 5)
        layout.addWidget(self._accuracy, 2)
        for plot in (self._loss, self._accuracy):
            plot.getAxis("left").setWidth(LABEL_PX)
            plot.setMinimumHeight(40)
            plot.hovered.connect(self._hover)
            plot.left.connect(self._unhover)
            plot.zoomed.connect(self._zoomed)
        self._accuracy.hide()
        self._loss.getPlotItem().layout.setContentsMargins(0, TICK_PX, 0, 0)
        self._loss.stepped.connect(self._step)
        self._accuracy.setXLink(self._loss)
        self._accuracy.setMouseEnabled(y=False)
        self._accuracy.getViewBox().sigResized.connect(self._fit_accuracy)
        self._log.toggled.connect(self._set_log)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._log,)

    def apply_theme(self) -> None:
        for plot in (self._loss, self._accuracy):
            plot.apply_theme()
        for line in self._mark_lines:
            line.setPen(pen(theme().palette.warning, 1.0, 200))
        for line in self._here:
            line.setPen(pen(theme().palette.dim, 1.0, 120))
        self._take_colour()

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        super().show_run(run, others)
        self._take_colour()

    def _take_colour(self) -> None:
        colour = theme().palette.run(self.run.colour)
        for raw, smooth in ((self._raw, self._smooth), (self._top1_raw, self._top1)):
            raw.setPen(pen(colour, 1.0, 70))
            smooth.setPen(pen(colour, 2.0))

    def empty_text(self, run: RunModel) -> str:
        if "loss" in run.curves:
            return ""
        if run.recorded:
            return NOTHING
        if run.state in ("preparing", "training"):
            return "Waiting for the first step …"
        return "The loss appears here with the first step. Press Train."

    def table(self) -> Table | None:
        """Loss and top-1 by step, smoothed too, as far as they are kept (``metrics.jsonl`` has all), and changes."""
        columns: dict[str, dict[float, object]] = {}
        for name, curve in ((name, self.run.curves[name]) for name in ("loss", "top1") if name in self.run.curves):
            steps = curve.steps.tolist()
            columns[name] = dict(zip(steps, curve.values.tolist(), strict=True))
            columns[f"{name}_smoothed"] = dict(zip(steps, curve.smoothed.tolist(), strict=True))
        if not columns:
            return None
        changes: dict[float, object] = {}
        for mark in merged(self.run.marks):
            changes[mark.step] = f"{changes[mark.step]}; {mark.text}" if mark.step in changes else mark.text
        return by_step({**columns, "change": changes})

    def refresh(self, run: RunModel) -> None:
        loss = run.curves.get("loss")
        self._loss.setVisible(loss is not None)
        self._show_accuracy(on=loss is not None and "top1" in run.curves)
        if loss is None:
            self._marks = []
            self._say()
            return
        log = self._log.isChecked()
        steps, values = clean(loss.steps, loss.values)
        self._raw.setData(steps, _scaled(values, log), symbol="o" if len(steps) == 1 else None, symbolSize=5)
        smooth_steps, smoothed = clean(loss.steps, loss.smoothed)
        self._smooth.setData(smooth_steps, _scaled(smoothed, log))
        lines = [(line.value, line.label) for line in run.reference_lines("loss")]
        named = [(_level(value, log), f"{name} {figure(value, 2)}") for value, name in lines]
        self._loss.show_reference_lines(named, _level(float(smoothed[-1]), log) if len(smoothed) else math.nan)
        if "top1" in run.curves:
            self._draw_accuracy(run.curves["top1"])
        self._draw_others(log)
        self._marks = merged(run.marks)
        self._follow(steps, _scaled(values, log), [_level(value, log) for value, _ in lines])
        self._draw_marks()
        self._say()

    def _show_accuracy(self, *, on: bool) -> None:
        """Under the loss, whose steps then stand under both; or the loss has all the room, and its own steps."""
        self._accuracy.setVisible(on)
        axis = self._loss.getAxis("bottom")
        axis.setStyle(showValues=not on)
        axis.setHeight(BARE_AXIS_PX if on else None)

    def _draw_accuracy(self, top1: Curve) -> None:
        self._top1_raw.setData(*clean(top1.steps, top1.values))
        self._top1.setData(*clean(top1.steps, top1.smoothed))

    def _draw_others(self, log: bool) -> None:
        """The running averages of the other runs, thin, in their colours."""
        for overlay, key in zip(self._beside, ("loss", "top1"), strict=True):
            overlay.show(self.others, key, log=log and key == "loss")

    def _draw_marks(self) -> None:
        """From the lower to the upper edge of what can be seen."""
        steps = np.repeat([float(mark.step) for mark in self._marks], 2)
        for plot, line in zip((self._loss, self._accuracy), self._mark_lines, strict=True):
            line.setData(steps, np.tile(plot.getViewBox().viewRange()[1], len(self._marks)))

    def _follow(self, steps: np.ndarray, values: np.ndarray, levels: list[float]) -> None:
        if not len(steps):
            return
        recent = values if len(values) < 20 else np.concatenate([values[:1], values])
        levels = [level for level in levels if np.isfinite(level)]
        low, high = min([*levels, float(recent.min())]), max([*levels, float(np.quantile(recent, 0.999))])
        beside = max(overlay.last for overlay in self._beside)
        last = max(float(steps[-1]), min(beside, SHARE * float(steps[-1])))
        self._loss.follow((0.0, end_of_axis(last)), (low, high))
        self._fit_accuracy()

    def _fit_accuracy(self) -> None:
        """From none to all, with room above for half of a label, however low the plot is."""
        box = self._accuracy.getViewBox()
        height = max(box.height(), 2 * ABOVE_PX)
        box.setYRange(0, height / (height - ABOVE_PX), padding=0)
        self._accuracy.getAxis("left").setTicks([[(0, "0" if height > 3 * ABOVE_PX else ""), (1, "100 %")]])

    def _set_log(self, on: bool) -> None:
        axis = self._loss.getAxis("left")
        axis.setLogMode(on)
        self._loss.follow_again()
        self.mark_dirty()
        self.draw()

    def _zoomed(self, by_hand: bool) -> None:
        """The two plots share their steps: one zoomed or let go is both."""
        if by_hand:
            self._loss.follows = False
        else:
            for plot in (self._loss, self._accuracy):
                plot.follow_again()
            self.mark_dirty()

    def _hover(self, x: float, _y: float) -> None:
        self._hover_step = x
        self._say()

    def _step(self, right: int, _down: int) -> None:
        """By keys: a hundredth of what is shown, at least to the next figure."""
        loss = self.run.curves.get("loss")
        if loss is None or not len(loss):
            return
        first, last = float(loss.steps[0]), float(loss.steps[-1])
        low, high = self._loss.getViewBox().viewRange()[0]
        at = last if self._hover_step is None else self._hover_step
        self._hover(min(max(at + right * max(1.0, round((high - low) / 100)), first), last), 0.0)

    def _unhover(self) -> None:
        self._hover_step = None
        self._say()

    def _say(self) -> None:
        loss = self.run.curves.get("loss")
        if loss is None or not len(loss):
            self._readout.setText("")
            for line in self._here:
                line.hide()
            return
        pointed = self._hover_step is not None
        at = float(loss.steps[-1]) if self._hover_step is None else self._hover_step
        text = read_out(loss, self.run.curves.get("top1"), at)
        near = self._mark_near(self._hover_step)
        words = near or (f"at {text}" if pointed else text)
        width = self._readout.width() - 2
        self._readout.setText(self._readout.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width))
        for place in (self._readout, self._loss, self._accuracy):
            place.setToolTip(near)
        for line in self._here:
            line.setVisible(pointed)
            line.setValue(at)

    def _mark_near(self, x: float | None) -> str:
        if x is None or not self._marks:
            return ""
        mark = min(self._marks, key=lambda each: abs(each.step - x))
        width = self._loss.getViewBox().viewPixelSize()[0]
        if abs(mark.step - x) > 6 * width:
            return ""
        return f"{mark.text} at step {mark.step:,}" + (f" · {mark.warning}" if mark.warning else "")


class Overlay:
    """One thin line for each of several runs, in one plot."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._lines: list[pg.PlotDataItem] = []
        self.last = 0.0
        """the last step shown"""

    def show(self, runs: Sequence[RunModel], key: str, *, log: bool) -> None:
        """Draw the smoothed curve called ``key`` of each run that has one."""
        shown = [(run, run.curves[key]) for run in runs if key in run.curves]
        while len(self._lines) < len(shown):
            self._lines.append(self._plot.curve())
            self._lines[-1].setZValue(-1)  # under the run's own
        self.last = 0.0
        for line, (run, curve) in zip(self._lines, shown, strict=False):
            steps, values = clean(curve.steps, curve.smoothed)
            line.setPen(pen(theme().palette.run(run.colour), 1.2, 190))
            line.setData(steps, _scaled(values, log))
            self.last = max(self.last, float(steps[-1]) if len(steps) else 0.0)
        for line in self._lines[len(shown) :]:
            line.setData([], [])


def end_of_axis(last: float) -> float:
    """Where an axis ends that shows steps up to ``last``: a little beyond, and the same for many steps."""
    grown = math.ceil(math.log(max(1.005 * last / FIRST_END, 1.0), GROWTH))
    return FIRST_END * GROWTH**grown


def _scaled(values: np.ndarray, log: bool) -> np.ndarray:
    return np.log10(np.maximum(values, 1e-12)) if log else values


def _level(value: float, log: bool) -> float:
    return float(np.log10(max(value, 1e-12))) if log else value


def read_out(loss: Curve, top1: Curve | None, step: float) -> str:
    """The figures at a step in one line."""
    found = loss.at(step)
    if found is None:
        return ""
    at, value, smoothed = found
    text = f"step {int(at):,}   loss {figure(smoothed)} (raw {figure(value)})"
    accuracy = top1.at(step) if top1 is not None else None
    return text if accuracy is None else f"{text}   top-1 {accuracy[2]:.0%}"


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(LossPanel))
