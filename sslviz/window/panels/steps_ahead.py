"""The panel that shows how well contrastive predictive coding predicts each of the frames after a context.

Among several candidates, the network has to find the frame that really came; the panel shows the accuracy and the loss
of this choice. The k-th frame after the context is called k steps ahead; this has nothing to do with training steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from sslviz.core.panel_data import StepsAhead
from sslviz.core.percentage import percent
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.curve_items import CursorLine, OtherCurves, drawn
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats, clean, widened
from sslviz.window.plotting.table import Table
from sslviz.window.runs.comparison import Compared
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import label, readout
from sslviz.window.style.ownership import nested
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

AXIS_PX = 36
"""Width of the vertical axes, in pixels."""
MAX_TICKS = 12
"""Maximum number of labels at the horizontal axis."""


@panels.register
class StepsAheadPanel(Panel):
    """Plots the accuracy and the loss of the predictions over k, the number of steps ahead.

    Dashed lines are the accuracy and the loss of random guessing: where the accuracy is at its dashed line, the network
    predicts no better than by chance. Usually the accuracy falls with k, since later frames are harder to predict.
    """

    name: ClassVar[str] = "steps_ahead"
    title: ClassVar[str] = "Steps ahead"
    help: ClassVar[str] = (
        "Of held-out sequences: how often the prediction of k steps ahead scores highest with what really came, among "
        "candidates drawn as in training, and the loss of that choice. Dashed: luck. Thin: other runs, as they were "
        "last seen. Point at a step, or go there with the arrow keys, for its figures."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead, Compared)
    needs: ClassVar[tuple[type[Frozen], ...]] = (StepsAhead,)
    stories: ClassVar[tuple[str, ...]] = ("speech",)
    min_interval_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.accuracy, self.loss = StepsAheadPlot("accuracy"), StepsAheadPlot("loss")
        self._plots = (self.accuracy, self.loss)
        self.readout = readout()
        self._row: int | None = None
        """Index into ``StepsAhead.ahead`` of the step that the mouse or the arrow keys point at; None without one."""
        self._build()
        self.apply_theme()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 12, 4)
        layout.setSpacing(0)
        layout.addWidget(self.readout)
        self._pair = nested(layout, QBoxLayout(QBoxLayout.Direction.LeftToRight), 1)
        self._pair.setSpacing(8)
        for each in self._plots:
            column = nested(self._pair, QVBoxLayout(), 1)
            column.setSpacing(0)
            column.addWidget(each.caption)
            column.addWidget(each.plot, 1)
            each.plot.hovered.connect(self._hover)
            each.plot.left.connect(self._leave)
            each.plot.stepped.connect(self._step)
            each.plot.zoomed.connect(self.mark_dirty)

    def apply_theme(self) -> None:
        for each in self._plots:
            each.apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 1.3 * self.height()
        self._pair.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)

    def empty_text(self, run: RunModel) -> str:
        if run.steps_ahead is not None:
            return ""
        return "How well each step ahead is predicted appears here in a moment."

    def table(self) -> Table | None:
        """Return one row for each step ahead: accuracy and loss, each with the value of a random guess."""
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
        for each in self._plots:
            each.draw(run, self.drawn_others)
        self._update_readout()

    # ------------------------------------------------------------------ figures of the step ahead pointed at

    def _hover(self, x: float, _y: float) -> None:
        shown = self.run.steps_ahead
        if shown is not None and shown.ahead.shape[0]:
            self._row = int(np.argmin(np.abs(np.asarray(shown.ahead.numpy(), float) - x)))
            self._update_readout()

    def _step(self, right: int, _down: int) -> None:
        """React to an arrow key: move the cursor to the next point of the curves, where k is larger or smaller.

        ``right`` is 1 for a move to the right, to a larger k, and -1 for a move to the left. If the cursor is hidden,
        show it at the first point.
        """
        shown = self.run.steps_ahead
        if shown is not None and shown.ahead.shape[0]:
            last = shown.ahead.shape[0] - 1
            self._row = 0 if self._row is None else min(max(self._row + right, 0), last)
            self._update_readout()

    def _leave(self) -> None:
        self._row = None
        self._update_readout()

    def _update_readout(self) -> None:
        shown, row = self.run.steps_ahead, self._row
        ahead = None
        if shown is not None and row is not None and row < shown.ahead.shape[0]:
            self.readout.setText(describe(shown, row))
            ahead = float(shown.ahead.numpy()[row])
        else:
            self.readout.setText("" if shown is None else f"step {shown.step:,}")
        for each in self._plots:
            each.cursor_line.show_at(ahead)


class StepsAheadPlot:
    """Plots either the accuracy or the loss of the predictions over k, the number of steps ahead.

    There is a curve for the run, a thin curve for each other run, and a dashed line for random guessing.
    """

    def __init__(self, which: Literal["accuracy", "loss"]) -> None:
        self._which = which
        accuracy = which == "accuracy"
        self.caption = label("accuracy, %" if accuracy else "loss, nats", role="small")
        sized(self.caption.setContentsMargins, AXIS_PX + 4, 0, 0, 0)
        self.plot = Plot("Accuracy and loss over steps ahead" if accuracy else "")
        sized(self.plot.getAxis("left").setWidth, AXIS_PX)
        self.plot.getAxis("left").setScale(100 if accuracy else 1)
        self.plot.leave_room_above()
        self.plot.setMouseEnabled(x=False, y=False)
        sized(self.plot.setMinimumHeight, 40)
        self._curve = self.plot.curve()
        self.others, self.cursor_line = OtherCurves(self.plot), CursorLine(self.plot)
        self.tick_labels: list[str] = []
        """Labels of the horizontal axis."""

    @property
    def points(self) -> tuple[Floats, Floats]:
        """The run's curve of n points: the numbers k, float64[n], and the accuracies or losses, float64[n]."""
        return drawn(self._curve)

    def apply_theme(self) -> None:
        """Use the colours of the current theme for axes and cursor; the curves get theirs in :meth:`draw`."""
        self.plot.apply_theme()
        self.cursor_line.apply_theme()

    def draw(self, run: RunModel, others: Sequence[RunModel]) -> None:
        """Draw the curves of a run and of other runs, and the dashed line for random guessing; fit the view to them."""
        shown = run.steps_ahead
        self.caption.setVisible(shown is not None)
        self.plot.setVisible(shown is not None)
        if shown is None:
            return
        colour = theme().palette.run(run.colour)
        dots = {"symbol": "o", "symbolSize": 6 * theme().line_scale, "symbolBrush": colour, "symbolPen": None}
        self._curve.setData(*self._points(shown), pen=pen(colour, 2.0), antialias=True, **dots)
        known = [(other.steps_ahead, other.colour) for other in others if other.steps_ahead is not None]
        self.others.show([(*self._points(each), index) for each, index in known], antialias=True)
        chance = shown.chance if self._which == "accuracy" else shown.chance_loss
        self.plot.show_reference_lines([(chance, "chance")])
        ticks = [(step, f"{step:g}") for step in labelled_steps(shown)]
        self.tick_labels = [text for _, text in ticks]
        self.plot.getAxis("bottom").setTicks([ticks])
        self._fit(chance)

    def _fit(self, chance: float) -> None:
        x, y = (np.concatenate(values) for values in zip(self.points, *self.others.points, strict=True))
        if len(x):
            levels = [chance] if np.isfinite(chance) else []
            zero = [0.0] if self._which == "accuracy" else []
            values = [*y.tolist(), *levels, *zero]
            self.plot.follow((float(x.min()) - 0.4, float(x.max()) + 0.4), widened(min(values), max(values)))

    def _points(self, shown: StepsAhead) -> tuple[Floats, Floats]:
        values = shown.accuracy if self._which == "accuracy" else shown.loss
        return clean(shown.ahead.numpy(), values.numpy())


def describe(shown: StepsAhead, row: int) -> str:
    """Return a line of text with the accuracy and the loss of the predictions k steps ahead, and the training step.

    ``shown.ahead`` lists the numbers k that are displayed; ``row`` is the index of one of them.
    """
    ahead, accuracy, loss = (float(each.numpy()[row]) for each in (shown.ahead, shown.accuracy, shown.loss))
    return f"k = {ahead:.0f}   accuracy {percent(accuracy, 1)}   loss {loss:.2f} nats   step {shown.step:,}"


def labelled_steps(shown: StepsAhead) -> list[float]:
    """Return those numbers k that get a label on the horizontal axis: at most :data:`MAX_TICKS`, evenly spaced."""
    ahead: list[float] = np.unique(np.asarray(shown.ahead.numpy(), float)).tolist()
    return ahead[:: max(1, -(-len(ahead) // MAX_TICKS))]


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(StepsAheadPanel))
