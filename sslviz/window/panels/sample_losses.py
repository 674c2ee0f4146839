"""The panel with the distributions of two sets of losses: of all samples of the map, and of the selected samples."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import Losses, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import sample_columns
from sslviz.window.latent.lasso import Corners, Lasso
from sslviz.window.latent.sample_figures import sample_losses
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.loss_histogram import BINS, EMPTY, histogram_of
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.style.labels import readout
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

AXIS_WIDTH = 44
"""Width of the left axis, in pixels."""


@panels.register
class SampleLossesPanel(Panel):
    """Shows a histogram of the losses of the map's samples and, in front, one of the losses of the selected samples."""

    name: ClassVar[str] = "sample_losses"
    title: ClassVar[str] = "Sample losses"
    help: ClassVar[str] = (
        "How the losses of the map's samples are distributed under the settings in force, with the selected samples in "
        "front. Drag over a range, or click a bar, to select its samples everywhere; the arrow keys and Enter do the "
        "same."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Losses, Probe, Selected)
    of_training: ClassVar[bool] = True
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self.histogram = EMPTY
        self.pointed: int | None = None
        """Index of the bar that the mouse or the arrow keys point at; None if they point at no bar."""
        self.readout = readout()
        self.plot = Plot("Losses of the samples")
        sized(self.plot.getAxis("left").setWidth, AXIS_WIDTH)
        self._all, self._selected = (pg.PlotCurveItem([0, 1], [0], stepMode="center", fillLevel=0) for _ in range(2))
        self._pointed_bar = pg.LinearRegionItem(movable=False)
        self._pointed_bar.hide()
        for item in (self._pointed_bar, self._all, self._selected):
            self.plot.addItem(item, ignoreBounds=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        layout.addWidget(self.readout)
        layout.addWidget(self.plot, 1)
        self._connect()
        self.apply_theme()

    def _connect(self) -> None:
        Lasso(self.plot, "rectangle").drawn.connect(self._select_drawn)
        self.plot.hovered.connect(self._point_at)
        self.plot.left.connect(self._leave)
        self.plot.stepped.connect(self._step)
        self.plot.pressed.connect(self._press)
        self.plot.entered.connect(self._enter)
        self.plot.zoomed.connect(self.mark_dirty)

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Return the panel with made-up losses; one ninth of all samples, those of highest loss, are selected."""
        panel = super().demo(run)
        assert panel.run.probe is not None
        count = panel.run.probe.ids.shape[0]
        values = np.random.default_rng(5).gamma(4.0, 0.5, count).astype(np.float32)
        panel.run.take(Losses(step=1200, values=Array.of(values)))
        panel.run.take(Selected(indices=tuple(np.argsort(values)[-count // 9 :].tolist())))
        panel.draw()
        return panel

    def apply_theme(self) -> None:
        palette = theme().palette
        self.plot.apply_theme()
        self._all.setPen(pen(palette.reference))
        self._all.setBrush(_translucent(palette.reference))
        self._selected.setPen(None)  # an outline would run along the whole axis
        self._selected.setBrush(QColor(palette.accent))
        self._pointed_bar.setBrush(_translucent(palette.dim))
        for line in self._pointed_bar.lines:
            line.setPen(pen(palette.dim, 1.0, 0))

    def empty_text(self, run: RunModel) -> str:
        if known_losses(run) is not None:
            return ""
        if sample_losses(run) is not None:
            return "The losses are no finite numbers any more: the panel Diagnosis says what to try."
        if run.recorded:
            return "A recorded run does not hold the loss of each sample."
        return ENDED if run.out_of_reach else "The loss of each sample appears here in a moment."

    def refresh(self, run: RunModel) -> None:
        values = known_losses(run)
        self.plot.setVisible(values is not None)
        if values is not None:
            self.histogram = histogram_of(values, run.selection.indices)
            edges, counts, selected_counts = self.histogram
            self._all.setData(edges, counts)
            self._selected.setData(edges, selected_counts)
            self.plot.follow((float(edges[0]), float(edges[-1])), (0.0, float(counts.max())))
        self._write_readout()

    def table(self) -> Table | None:
        """Return one row for each sample, by descending loss: data set index, loss, and whether it is selected."""
        values, probe = known_losses(self.run), self.run.probe
        if values is None or probe is None:
            return None
        order = np.argsort(-values, kind="stable")
        selected = np.isin(order, np.array(self.run.selection.indices, np.intp))
        columns = sample_columns(probe, order.tolist())
        return {**columns, "loss": values[order].tolist(), "selected": selected.tolist()}

    # ------------------------------------------------------------------ actions of the user

    def _select_drawn(self, corners: Corners) -> None:
        self._leave()  # the readout should not stay at the bar where the drag began
        self._select(float(corners[:, 0].min()), float(corners[:, 0].max()))

    def _press(self, x: float, _y: float) -> None:
        self._point_at(x)
        self._enter()

    def _enter(self) -> None:
        if self.pointed is not None:
            self._select(*self.histogram.limits(self.pointed))

    def _select(self, low: float, high: float) -> None:
        """Select the samples with losses from ``low`` to ``high``.

        If ``high`` is the upper end of the histogram, samples with higher losses are selected as well.
        """
        values = known_losses(self.run)
        if values is None:
            return
        inside = (values >= low) & ((values <= high) | (high >= self.histogram.edges[-1]))
        origin = f"loss {low:.2f} to {high:.2f}"
        self.selected.emit(Selected(indices=tuple(np.flatnonzero(inside).tolist()), origin=origin))

    def _step(self, right: int, _down: int) -> None:
        self.pointed = 0 if self.pointed is None else min(max(self.pointed + right, 0), BINS - 1)
        self._write_readout()

    def _leave(self) -> None:
        self.pointed = None
        self._write_readout()

    def _point_at(self, x: float, _y: float = 0) -> None:
        self.pointed = self.histogram.bin_at(x)
        self._write_readout()

    def _write_readout(self) -> None:
        """Show a line of text about the bar that the user points at: its range of losses and its number of samples.

        If the user points at no bar, show the mean losses of the selected samples and of all samples.
        """
        values = known_losses(self.run)
        self._pointed_bar.setVisible(values is not None and self.pointed is not None)
        if values is None:
            self.readout.setText("")
        elif self.pointed is None:
            self.readout.setText(summary(self.run, values))
        else:
            low, high = self.histogram.limits(self.pointed)
            self._pointed_bar.setRegion((low, high))
            count = int(self.histogram.counts[self.pointed])
            beyond = " and more" if self.pointed == BINS - 1 else ""
            self.readout.setText(f"loss {low:.2f} to {high:.2f}{beyond}: {count:,} samples")


def known_losses(run: RunModel) -> Floats | None:
    """Return the losses of the map's samples, float64[n], with NaN in place of losses that are not finite.

    Return None if no loss is finite, or if there is not one loss for each sample of the map.
    """
    values, probe = sample_losses(run), run.probe
    if values is None or probe is None or len(values) != probe.ids.shape[0]:
        return None
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan) if finite.any() else None


def summary(run: RunModel, values: Floats) -> str:
    """Return a line of text: mean loss of the selected samples, mean loss of all samples, and training step of both.

    ``values``, float64[n], holds the losses of all samples. If no sample is selected, the first part is left out.
    """
    indices, step = list(run.selection.indices), run.losses.step if run.losses is not None else 0
    selected = f"{len(indices):,} selected {mean_text(values[indices])}   " if indices else ""
    return f"{selected}mean {mean_text(values)}   step {step:,}"


def mean_text(values: Floats) -> str:
    """Return the mean of the finite values with two decimals, or a dash if no value is finite."""
    finite = values[np.isfinite(values)]
    return f"{finite.mean():.2f}" if len(finite) else "–"


def _translucent(colour: str) -> QColor:
    result = QColor(colour)
    result.setAlpha(70)
    return result


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SampleLossesPanel))
