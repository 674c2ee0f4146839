"""How well each step ahead is told from other candidates: accuracy and loss by step, against chance."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from sslviz.core.pictures import StepsAhead
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plots import Plot, clean, pen
from sslviz.window.run_model import RunModel
from sslviz.window.table import Table
from sslviz.window.theme import theme
from sslviz.window.widgets import label

AXIS = 36
"""px of the axes at the left"""
MOST_TICKS = 12


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
    kinds: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead,)
    needs: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead,)
    stories: ClassVar[tuple[str, ...]] = ("speech",)
    min_interval_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.accuracy, self.loss = Plot("Accuracy and loss over steps ahead"), Plot()
        self._readout = label(role="small", numbers=True)
        self._curves = {plot: plot.curve() for plot in (self.accuracy, self.loss)}
        self._beside: dict[Plot, list[pg.PlotDataItem]] = {plot: [] for plot in self._curves}
        self._here = {plot: pg.InfiniteLine(angle=90, movable=False) for plot in self._curves}
        self._pointed: int | None = None
        """which of the steps, by place"""
        self._build()
        self.apply_theme()

    def _build(self) -> None:
        self._pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._pair.setSpacing(8)
        self._captions = label("accuracy, %", role="small"), label("loss, nats", role="small")
        for plot, caption in zip(self._curves, self._captions, strict=True):
            column = QVBoxLayout()
            column.setSpacing(0)
            caption.setContentsMargins(AXIS + 4, 0, 0, 0)
            column.addWidget(caption)
            column.addWidget(plot, 1)
            self._pair.addLayout(column, 1)
            plot.getAxis("left").setWidth(AXIS)
            plot.setMouseEnabled(x=False, y=False)
            plot.setMinimumHeight(40)
            plot.addItem(self._here[plot], ignoreBounds=True)
            plot.hovered.connect(self._hover)
            plot.left.connect(self._unhover)
            plot.zoomed.connect(self.mark_dirty)
        self.accuracy.stepped.connect(self._step)
        self.accuracy.getAxis("left").setScale(100)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 12, 4)
        layout.setSpacing(0)
        self._readout.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._readout.setMinimumWidth(1)
        layout.addWidget(self._readout)
        layout.addLayout(self._pair, 1)

    def apply_theme(self) -> None:
        palette = theme().palette
        for plot in self._curves:
            plot.apply_theme()
            self._here[plot].setPen(pen(palette.dim, 1.0, 120))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
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
        shown = run.steps_ahead
        for widget in (*self._curves, *self._captions):
            widget.setVisible(shown is not None)
        if shown is None:
            self._say()
            return
        self._draw(self.accuracy, shown.chance, least=0.0)
        self._draw(self.loss, shown.chance_loss)
        ticks = [[(step, f"{step:g}") for step in _ticks(shown)]]
        for plot in self._curves:
            plot.getAxis("bottom").setTicks(ticks)
        self._say()

    def _draw(self, plot: Plot, chance: float, least: float = np.inf) -> None:
        """One of the two figures: this run's, the others', luck, and a range that holds them all."""
        run, palette = self.run, theme().palette
        x, y = self._figures(plot, run)
        colour = palette.run(run.colour)
        dress = {"symbol": "o", "symbolSize": 6, "symbolBrush": colour, "symbolPen": None, "antialias": True}
        self._curves[plot].setData(x, y, pen=pen(colour, 2.0), **dress)
        others = [other for other in self.others if other.steps_ahead is not None]
        lines = self._beside[plot]
        while len(lines) < len(others):
            lines.append(plot.curve())
        for line in lines[len(others) :]:
            line.setData([], [])
        everything = [*y.tolist(), *([chance] if np.isfinite(chance) else [])]
        for line, other in zip(lines, others, strict=False):
            other_x, other_y = self._figures(plot, other)
            line.setData(other_x, other_y, pen=pen(palette.run(other.colour), 1.2, 190), antialias=True)
            everything += other_y.tolist()
        plot.show_reference_lines([(chance, "chance")])
        if len(x):
            ends = float(x.min()) - 0.4, float(x.max()) + 0.4
            plot.follow(ends, (min([least, *everything]), max(everything)))

    def _figures(self, plot: Plot, run: RunModel) -> tuple[np.ndarray, np.ndarray]:
        shown = run.steps_ahead
        if shown is None:
            return np.empty(0), np.empty(0)
        return clean(shown.ahead.numpy(), (shown.accuracy if plot is self.accuracy else shown.loss).numpy())

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
        if shown is None or at is None or at >= shown.ahead.shape[0]:
            self._readout.setText("" if shown is None else f"step {shown.step:,}")
        else:
            self._readout.setText(read_out(shown, at))
        pointed = shown is not None and at is not None and at < shown.ahead.shape[0]
        for line in self._here.values():
            line.setVisible(pointed)
            if pointed and shown is not None and at is not None:
                line.setValue(float(shown.ahead.numpy()[at]))


def read_out(shown: StepsAhead, at: int) -> str:
    """The figures of one step ahead in one line."""
    ahead, accuracy, loss = (float(each.numpy()[at]) for each in (shown.ahead, shown.accuracy, shown.loss))
    return f"k = {ahead:.0f}   accuracy {accuracy:.1%}   loss {loss:.2f} nats   step {shown.step:,}".replace("%", " %")


def _ticks(shown: StepsAhead) -> list[float]:
    ahead = np.unique(np.asarray(shown.ahead.numpy(), float))
    return ahead[:: max(1, -(-len(ahead) // MOST_TICKS))].tolist()


if __name__ == "__main__":
    from sslviz.window.demo import run_alone

    raise SystemExit(run_alone(StepsAheadPanel))
