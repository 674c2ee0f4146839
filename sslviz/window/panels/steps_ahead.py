"""How well each step ahead is told from other candidates: accuracy and loss by step, against chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from sslviz.core.panel_data import StepsAhead
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.plots import Floats, Plot, clean, pen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label, readout
from sslviz.window.style.ownership import nested
from sslviz.window.style.theme import theme

AXIS = 36
"""px of the axes at the left"""
MOST_TICKS, TICK_PX = 12, 6
"""of figures at the lower axis; px over the uppermost one at the left, half of which lies beyond its tick"""


@panels.register
class StepsAheadPanel(Panel):
    """The farther ahead, the harder: a curve that falls with k says that something is predicted at all."""

    name: ClassVar[str] = "steps_ahead"
    title: ClassVar[str] = "Steps ahead"
    help: ClassVar[str] = (
        "Of held-out sequences: how often the prediction of k steps ahead scores highest with what really came, among "
        "candidates drawn as in training, and the loss of that choice. Dashed: luck. Thin: other runs, as they were "
        "last seen. Point at a step, or go there with the arrow keys, for its figures."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead,)
    needs: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead,)
    stories: ClassVar[tuple[str, ...]] = ("speech",)
    min_interval_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.accuracy, self.loss = Half("accuracy"), Half("loss")
        self._halves = (self.accuracy, self.loss)
        self._readout = readout()
        self._pointed: int | None = None
        """which of the steps, by place"""
        self._build()
        self.apply_theme()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 12, 4)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        self._pair = nested(layout, QBoxLayout(QBoxLayout.Direction.LeftToRight), 1)
        self._pair.setSpacing(8)
        for half in self._halves:
            column = nested(self._pair, QVBoxLayout(), 1)
            column.setSpacing(0)
            column.addWidget(half.caption)
            column.addWidget(half.plot, 1)
            half.plot.hovered.connect(self._hover)
            half.plot.left.connect(self._unhover)
            half.plot.stepped.connect(self._step)
            half.plot.zoomed.connect(self.mark_dirty)

    def apply_theme(self) -> None:
        for half in self._halves:
            half.apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.3 * self.height()
        self._pair.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def empty_text(self, run: RunModel) -> str:
        if run.steps_ahead is not None:
            return ""
        return "How well each step ahead is told appears here once training has begun."

    def table(self) -> Table | None:
        """One row a step, luck beside it."""
        shown = self.run.steps_ahead
        if shown is None or not shown.ahead.shape[0]:
            return None
        ahead = [int(step) for step in shown.ahead.numpy()]
        return {
            "ahead": ahead,
            "accuracy": [float(value) for value in shown.accuracy.numpy()],
            "chance": [shown.chance] * len(ahead),
            "loss": [float(value) for value in shown.loss.numpy()],
            "chance_loss": [shown.chance_loss] * len(ahead),
        }

    def refresh(self, run: RunModel) -> None:
        for half in self._halves:
            half.draw(run, self.others)
        self._say()

    # ------------------------------------------------------------------ the read-out

    def _hover(self, x: float, _y: float) -> None:
        shown = self.run.steps_ahead
        if shown is not None and shown.ahead.shape[0]:
            self._pointed = int(np.argmin(np.abs(np.asarray(shown.ahead.numpy(), float) - x)))
            self._say()

    def _step(self, right: int, _down: int) -> None:
        """By keys, from step to step; the first press shows where one is."""
        shown = self.run.steps_ahead
        if shown is not None and shown.ahead.shape[0]:
            last = shown.ahead.shape[0] - 1
            self._pointed = 0 if self._pointed is None else min(max(self._pointed + right, 0), last)
            self._say()

    def _unhover(self) -> None:
        self._pointed = None
        self._say()

    def _say(self) -> None:
        shown, at = self.run.steps_ahead, self._pointed
        pointed = None
        if shown is not None and at is not None and at < shown.ahead.shape[0]:
            self._readout.setText(read_out(shown, at))
            pointed = float(shown.ahead.numpy()[at])
        else:
            self._readout.setText("" if shown is None else f"step {shown.step:,}")
        for half in self._halves:
            half.mark(pointed)


class Half:
    """One of the two figures over the steps ahead, of a run and thinly of others, against luck."""

    def __init__(self, which: Literal["accuracy", "loss"]) -> None:
        self._which = which
        accuracy = which == "accuracy"
        self.caption = label("accuracy, %" if accuracy else "loss, nats", role="small")
        self.caption.setContentsMargins(AXIS + 4, 0, 0, 0)
        self.plot = Plot("Accuracy and loss over steps ahead" if accuracy else "")
        self.plot.getAxis("left").setWidth(AXIS)
        self.plot.getAxis("left").setScale(100 if accuracy else 1)
        self.plot.getPlotItem().layout.setContentsMargins(0, TICK_PX, 0, 0)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMinimumHeight(40)
        self.curve = self.plot.curve()
        self.beside: list[pg.PlotDataItem] = []
        self.here = pg.InfiniteLine(angle=90, movable=False)
        self.plot.addItem(self.here, ignoreBounds=True)

    def apply_theme(self) -> None:
        """Take colours again; lines take theirs when they are drawn."""
        self.plot.apply_theme()
        self.here.setPen(pen(theme().palette.dim, 1.0, 120))

    def mark(self, ahead: float | None) -> None:
        """Point at a step ahead, or at none."""
        self.here.setVisible(ahead is not None)
        if ahead is not None:
            self.here.setValue(ahead)

    def draw(self, run: RunModel, others: Sequence[RunModel]) -> None:
        """Everything anew, in a range that holds it."""
        shown = run.steps_ahead
        self.caption.setVisible(shown is not None)
        self.plot.setVisible(shown is not None)
        if shown is None:
            return
        colour = theme().palette.run(run.colour)
        dots = {"symbol": "o", "symbolSize": 6, "symbolBrush": colour, "symbolPen": None}
        x, y = self._figures(shown)
        self.curve.setData(x, y, pen=pen(colour, 2.0), antialias=True, **dots)
        points = [(x, y), *self._draw_others(others)]
        chance = shown.chance if self._which == "accuracy" else shown.chance_loss
        self.plot.show_reference_lines([(chance, "chance")])
        self.plot.getAxis("bottom").setTicks([[(step, f"{step:g}") for step in ticks(shown)]])
        self._follow(points, chance)

    def _draw_others(self, others: Sequence[RunModel]) -> list[tuple[Floats, Floats]]:
        found = [(other.steps_ahead, other.colour) for other in others if other.steps_ahead is not None]
        while len(self.beside) < len(found):
            self.beside.append(self.plot.curve())
        for line in self.beside[len(found) :]:
            line.setData([], [])
        points = [self._figures(shown) for shown, _ in found]
        for line, (x, y), (_, colour) in zip(self.beside, points, found, strict=False):
            line.setData(x, y, pen=pen(theme().palette.run(colour), 1.2, 190), antialias=True)
        return points

    def _follow(self, points: list[tuple[Floats, Floats]], chance: float) -> None:
        x, y = (np.concatenate(values) for values in zip(*points, strict=True))
        if len(x):
            levels = [chance] if np.isfinite(chance) else []
            lowest = [0.0] if self._which == "accuracy" else []
            everything = [*y.tolist(), *levels, *lowest]
            self.plot.follow((float(x.min()) - 0.4, float(x.max()) + 0.4), (min(everything), max(everything)))

    def _figures(self, shown: StepsAhead) -> tuple[Floats, Floats]:
        values = shown.accuracy if self._which == "accuracy" else shown.loss
        return clean(shown.ahead.numpy(), values.numpy())


def read_out(shown: StepsAhead, at: int) -> str:
    """The figures of one step ahead in one line."""
    ahead, accuracy, loss = (float(each.numpy()[at]) for each in (shown.ahead, shown.accuracy, shown.loss))
    return f"k = {ahead:.0f}   accuracy {accuracy:.1%}   loss {loss:.2f} nats   step {shown.step:,}".replace("%", " %")


def ticks(shown: StepsAhead) -> list[float]:
    """Steps that are named at the axis, a dozen at most."""
    ahead: list[float] = np.unique(np.asarray(shown.ahead.numpy(), float)).tolist()
    return ahead[:: max(1, -(-len(ahead) // MOST_TICKS))]


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(StepsAheadPanel))
