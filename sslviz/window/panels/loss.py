"""The panel with two plots: the loss, and below it a figure without which the loss means little.

This figure is the one that the objective declares; if it declares none, it is the top-1 accuracy if there is one. The
plot of the loss contains the loss, its running average and reference lines.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Mark, Prepared, References, Scalars
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.numbers import figure, written
from sslviz.window.plotting.ranges import Floats, clean, end_of_axis, widened
from sslviz.window.plotting.run_legend import RunLegend
from sslviz.window.plotting.run_plot import FigurePlot, RunPlot
from sslviz.window.plotting.table import Table, by_run, by_step
from sslviz.window.runs.comparison import Compared
from sslviz.window.runs.marks import merged
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_status import TOO_SHORT
from sslviz.window.style.buttons import small_toggle
from sslviz.window.style.labels import label, readout, verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

TOP1 = FigureEntry(key="top1", title="top-1", help="How often the loss ranks the positive first.", form="share")
"""The figure that is drawn below the loss if the objective declares none."""
NOTHING = "No loss was recorded: log(step, loss=…) draws it here."
UNSAVED = f"No loss of this run was saved: {TOO_SHORT}"
LOG, NO_LOG = "Logarithmic loss axis", "No logarithmic axis: some losses are zero or negative"
QUANTILE, FEW_VALUES = 0.999, 20
"""The loss axis ends near the quantile ``QUANTILE`` of the losses, so that single peaks do not flatten the curve, or
near the highest reference line if that is higher. From ``FEW_VALUES`` losses on, the first loss counts twice in this
quantile."""
NEGLIGIBLE = 1e-3
"""A reference line is labelled "≈ 0" if its value is less than this share of the highest loss."""
BARE_AXIS_PX, LABEL_PX = 6, 40
"""Height of an axis without labels, and width of the vertical axes, enough for the label "100 %", in pixels."""


@panels.register
class LossPanel(Panel):
    """Plots loss and one more figure over the steps, with marks at the steps where a setting was changed."""

    name: ClassVar[str] = "loss"
    title: ClassVar[str] = "Loss"
    help: ClassVar[str] = (
        "Faint: every step. Strong: its running average. Dashed: levels to compare it with, as of a network that has "
        "learned nothing, or of a guess that needs no learning. Vertical: a setting was changed. Thin: other runs, "
        "which the legend hides and shows. Point at a step, or go there with the arrow keys, for its figures. Wheel "
        "and drag zoom, a double click follows again."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Scalars, Mark, References, Prepared, Compared)
    of_training: ClassVar[bool] = True
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips")
    min_interval_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.loss, self.beside = RunPlot("Loss over steps"), FigurePlot()
        self.legend, self.caution = RunLegend(), label(role="caution", elided=True)
        self.note = label(role="small", elided=True)
        self.readout = readout()
        self.log = small_toggle("log", LOG)
        self._hovered_step: float | None = None
        self._build()
        self.apply_theme()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        self.legend.toggled.connect(self.run_toggled)
        self.legend.pointed.connect(self.draw)
        for line in (self.legend, self.caution, self.note, self.readout):
            layout.addWidget(line)
        layout.addWidget(self.loss, 5)
        layout.addWidget(self.beside, 2)
        for plot in (self.loss, self.beside):
            sized(plot.getAxis("left").setWidth, LABEL_PX)
            sized(plot.setMinimumHeight, 40)
            plot.hovered.connect(self._hover)
            plot.left.connect(self._leave)
            plot.zoomed.connect(self._zoomed)
        self.loss.leave_room_above()
        self.loss.stepped.connect(self._step)
        self.beside.setXLink(self.loss)
        self.beside.hide()
        self.log.toggled.connect(self.draw)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.log,)

    def apply_theme(self) -> None:
        for plot in (self.loss, self.beside):
            plot.set_colour(theme().palette.run(self.run.colour))

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        super().show_run(run, others)
        self.apply_theme()

    def empty_text(self, run: RunModel) -> str:
        if "loss" in run.curves:
            return ""
        if run.recorded:
            return NOTHING if run.by_script else UNSAVED
        if run.state in ("preparing", "training"):
            return "Waiting for the first step …"
        return "The loss appears here in a moment."

    def table(self) -> Table | None:
        """Return loss and figure below it of all runs that are drawn, raw and smoothed, and the changes of settings.

        There is one row for each step at which the curves of a run have a point or at which a setting was changed. In a
        short run these are all steps. In a long run the curves keep only some of their points; the file
        ``metrics.jsonl`` of the run has all steps.
        """
        return by_run([(run.title, table_of(run)) for run in (self.run, *self.drawn_others)])

    # ----------------------------------------------------------------- drawing

    def refresh(self, run: RunModel) -> None:
        loss, entry = run.curves.get("loss"), figure_beside(run)
        beside = run.curves.get(entry.key) if loss is not None else None
        self.loss.setVisible(loss is not None)
        self._show_beside(on=beside is not None)
        marks = merged(run.marks) if loss is not None else []
        self._show_runs(run)
        self._offer_log()
        pointed = self.legend.pointed_run
        if loss is not None:
            self.loss.show_curve(loss)
            self.loss.show_others(self.drawn_others, "loss", pointed)
            self._fit_loss(run)
        if beside is not None:
            self.beside.show_curve(beside)
            self.beside.show_others(self.drawn_others, entry.key, pointed)
            self.beside.fit(entry.form, run.reference_lines(entry.key))
        for plot in (self.loss, self.beside):
            plot.show_marks(marks)
            plot.time_line.show_at(run.cursor_step)
        self._update_readout()

    def _show_runs(self, run: RunModel) -> None:
        """List the runs that have a loss, if there are several, and say why their losses cannot be compared.

        If they can, or if there is only one, say how to read the loss.
        """
        others = [other for other in self.others if "loss" in other.curves]
        self.legend.show_runs([run, *others] if "loss" in run.curves else [])
        caution = run.loss_caution if any(other.drawn for other in others) else ""
        note = run.prepared.loss_note if run.prepared is not None and not caution else ""
        for line, text in ((self.caution, caution), (self.note, note)):
            line.setText(text)
            line.setToolTip(verbatim(text))
            line.setVisible(bool(text) and "loss" in run.curves)

    def _show_beside(self, *, on: bool) -> None:
        """Show or hide the plot below the loss; only the lowest visible plot has tick labels on the axis of steps."""
        self.beside.setVisible(on)
        axis = self.loss.getAxis("bottom")
        axis.setStyle(showValues=not on)
        axis.setHeight(BARE_AXIS_PX if on else None)

    def _fit_loss(self, run: RunModel) -> None:
        """Draw the reference lines; fit the view to all curves and the reference lines unless the user has zoomed."""
        curves = [points for points in (self.loss.values, *self.loss.others.points) if len(points[0])]
        levels = self._show_levels(run)
        if not curves:
            return
        lows, highs = zip(*(extent(values) for _, values in curves), strict=True)
        last_step = max(float(steps[-1]) for steps, _ in curves)
        first_step = 0.0 if last_step else -1.0  # so that the dot of the untrained network is whole
        losses = widened(min([*levels, *lows]), max([*levels, *highs]))
        self.loss.follow((first_step, end_of_axis(last_step)), losses)

    def _show_levels(self, run: RunModel) -> list[float]:
        """Draw the reference lines of the loss; return those of their heights that are on the vertical axis."""
        lines, highest = run.reference_lines("loss"), highest_loss(run)
        values = [0.0 if abs(line.value) < NEGLIGIBLE * highest else line.value for line in lines]
        texts = [figure(value, 2) if value == line.value else "≈ 0" for value, line in zip(values, lines, strict=True)]
        levels = self.loss.scaled(np.array(values, float)).tolist()
        labels = [f"{line.label} {text}" for line, text in zip(lines, texts, strict=True)]
        _, average = self.loss.average
        end = float(average[-1]) if len(average) else math.nan
        self.loss.show_reference_lines(list(zip(levels, labels, strict=True)), end)
        return [level for level in levels if math.isfinite(level)]

    def _offer_log(self) -> None:
        """Enable the button for a logarithmic axis only if all losses that are drawn are positive.

        The axis is linear while the button is disabled. The button keeps its state, so that an axis that was
        logarithmic becomes so again later.
        """
        curves = [run.curves["loss"] for run in (self.run, *self.drawn_others) if "loss" in run.curves]
        positive = not any((curve.values <= 0).any() for curve in curves)
        self.log.setEnabled(positive)
        self.log.setToolTip(LOG if positive else NO_LOG)
        self.loss.set_log(positive and self.log.isChecked())

    def _zoomed(self, by_hand: bool) -> None:
        """React to the beginning or the end of a zoom in either plot.

        ``by_hand`` is True if the user has moved or zoomed the view: the loss plot then keeps its view when new data
        arrive. It is False if the user has ended the zoom: both plots then fit their views to the data again.
        """
        if by_hand:
            self.loss.follows = False
        else:
            for plot in (self.loss, self.beside):
                plot.follow_again()
            self.mark_dirty()

    # ----------------------------------------------------------------- figures of the step pointed at

    def _hover(self, x: float, _y: float) -> None:
        self._hovered_step = x
        self._update_readout()

    def _leave(self) -> None:
        self._hovered_step = None
        self._update_readout()

    def _step(self, right: int, _down: int) -> None:
        """Move the cursor to the right (1) or left (-1) by a hundredth of the visible steps, at least by one step."""
        loss = self.run.curves.get("loss")
        if loss is None or not len(loss):
            return
        first, last = float(loss.steps[0]), float(loss.steps[-1])
        low, high = self.loss.getViewBox().viewRange()[0]
        step = last if self._hovered_step is None else self._hovered_step
        self._hover(min(max(step + right * max(1.0, round((high - low) / 100)), first), last), 0.0)

    def _update_readout(self) -> None:
        """Show as text the change of settings near the cursor or, if there is none, loss and figure at the cursor.

        Without a cursor, show loss and figure of the step at which the user looks back, or else the last ones.
        """
        loss = self.run.curves.get("loss")
        if loss is None or not len(loss):
            self.readout.setText("")
            self._show_cursor(None)
            return
        step = self._hovered_step
        shown = self.run.cursor_step if step is None else step
        text = describe_step(self.run, float(loss.steps[-1]) if shown is None else shown)
        mark = None if step is None else self.loss.mark_near(step)
        change = describe_mark(mark) if mark is not None else ""
        text = change or (text if shown is None else f"at {text}")
        width = self.readout.width() - 2
        self.readout.setText(self.readout.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width))
        entry = figure_beside(self.run)
        for place, about in ((self.readout, ""), (self.loss, ""), (self.beside, f"{entry.title}: {entry.help}")):
            place.setToolTip(verbatim(change or about))
        self._show_cursor(step)

    def _show_cursor(self, step: float | None) -> None:
        for plot in (self.loss, self.beside):
            plot.cursor_line.show_at(step)


def figure_beside(run: RunModel) -> FigureEntry:
    """Return the figure that is drawn below the loss of a run, if the run has a curve of it."""
    figures = run.prepared.figures if run.prepared is not None else ()
    return next((entry for entry in figures if entry.beside_loss), TOP1)


def highest_loss(run: RunModel) -> float:
    """Return the largest absolute value of the run's loss that can be drawn; 0 if there is none."""
    curve = run.curves.get("loss")
    values = clean(curve.steps, curve.values)[1] if curve is not None else np.empty(0)
    return float(np.abs(values).max(initial=0.0))


def extent(values: Floats) -> tuple[float, float]:
    """Return the lowest value of a curve, and the quantile :data:`QUANTILE` of its values."""
    counted = np.concatenate([values[:1], values]) if len(values) >= FEW_VALUES else values
    return float(values.min()), float(np.quantile(counted, QUANTILE))


def table_of(run: RunModel) -> Table | None:
    """Return the figures of one run and the changes of its settings by step; None before the first loss."""
    columns: dict[str, dict[float, object]] = {}
    names = ("loss", figure_beside(run).key)
    for name, curve in ((name, run.curves[name]) for name in names if name in run.curves):
        steps = curve.steps.tolist()
        columns[name] = dict(zip(steps, curve.values.tolist(), strict=True))
        columns[f"{name}_smoothed"] = dict(zip(steps, curve.smoothed.tolist(), strict=True))
    if not columns:
        return None
    changes: dict[float, object] = {}
    for mark in merged(run.marks):
        changes[mark.step] = f"{changes[mark.step]}; {mark.text}" if mark.step in changes else mark.text
    return by_step({**columns, "change": changes})


def describe_mark(mark: Mark) -> str:
    """Return a line of text about a mark: which settings were changed, and at which step.

    If the mark has a warning about the change, the line ends with it.
    """
    return f"{mark.text} at step {mark.step:,}" + (f" · {mark.warning}" if mark.warning else "")


def describe_step(run: RunModel, step: float) -> str:
    """Return a line of text about the point of the loss curve nearest to ``step``: step, smoothed loss and raw loss.

    At step 0, the text says that the network is untrained. The text ends with the smoothed figure below the loss near
    ``step``, if there is a curve of it.
    """
    entry = figure_beside(run)
    loss, beside = run.curves.get("loss"), run.curves.get(entry.key)
    figures = loss.at(step) if loss is not None else None
    if figures is None:
        return ""
    nearest, value, smoothed = figures
    if nearest:
        text = f"step {int(nearest):,}   loss {figure(smoothed)} (raw {figure(value)})"
    else:
        text = f"step 0, untrained   loss {figure(value)}"
    near = beside.at(step) if beside is not None else None
    if near is None:
        return text
    return f"{text}   {entry.title} " + (f"{near[2]:.0%}" if entry.form == "share" else written(near[2], entry.form))


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(LossPanel))
