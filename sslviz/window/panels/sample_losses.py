"""What each sample of the map costs now: how the losses are spread, and those of the selected samples among them."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import Losses, Probe
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.colouring import losses
from sslviz.window.latent.lasso import Corners, Lasso
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.plots import Floats, Plot, pen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import ENDED, RunModel, Selected
from sslviz.window.style.labels import readout
from sslviz.window.style.theme import theme

BINS = 40
AXIS = 44


@panels.register
class SampleLossesPanel(Panel):
    """Which are the hard ones?"""

    name: ClassVar[str] = "sample_losses"
    title: ClassVar[str] = "Sample losses"
    help: ClassVar[str] = (
        "How many samples of the map cost how much under the settings in force. In front: the selected ones. Drag "
        "over a range, or click a bar, to select its samples everywhere; the arrow keys and Enter do the same."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Losses, Probe, Selected)
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.3

    def __init__(self) -> None:
        super().__init__()
        self._edges, self._counts = np.linspace(0.0, 1.0, BINS + 1), np.zeros(BINS)
        self._pointed: int | None = None
        self._readout = readout()
        self.plot = Plot("Losses of the samples")
        self.plot.getAxis("left").setWidth(AXIS)
        self._all, self._chosen = (pg.PlotCurveItem([0, 1], [0], stepMode="center", fillLevel=0) for _ in range(2))
        self._here = pg.LinearRegionItem(movable=False)
        self._here.hide()
        for item in (self._here, self._all, self._chosen):
            self.plot.addItem(item, ignoreBounds=True)
        Lasso(self.plot, "rectangle").drawn.connect(self._select_drawn)
        self.plot.hovered.connect(self._point_at)
        self.plot.left.connect(self._leave)
        self.plot.stepped.connect(self._step)
        self.plot.pressed.connect(self._press)
        self.plot.entered.connect(self._enter)
        self.plot.zoomed.connect(self.mark_dirty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        layout.addWidget(self.plot, 1)
        self.apply_theme()

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """The hardest are selected."""
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
        self._all.setBrush(_faint(palette.reference))
        self._chosen.setPen(None)  # a line would run along the whole axis
        self._chosen.setBrush(QColor(palette.accent))
        self._here.setBrush(_faint(palette.dim))
        for line in self._here.lines:
            line.setPen(pen(palette.dim, 1.0, 0))

    def empty_text(self, run: RunModel) -> str:
        if known(run) is not None:
            return ""
        if losses(run) is not None:
            return "No sample's loss is a finite number any more: the Diagnosis says what to try."
        if run.recorded:
            return "A recorded run does not hold what each sample costs."
        return ENDED if run.ended else "What each sample costs appears here once training has begun."

    def refresh(self, run: RunModel) -> None:
        values = known(run)
        self.plot.setVisible(values is not None)
        if values is None:
            self._say()
            return
        low, high = np.nanpercentile(values, [0, 99.5])
        self._edges = np.linspace(low, max(high, low + 1e-6), BINS + 1)
        self._counts = self._histogram(values)
        self._all.setData(self._edges, self._counts)
        self._chosen.setData(self._edges, self._histogram(values[list(run.selection.indices)]))
        self.plot.follow((float(self._edges[0]), float(self._edges[-1])), (0.0, float(self._counts.max())))
        self._say()

    def _histogram(self, values: Floats) -> Floats:
        """How many are in each bin, those beyond the last in it, those that are NaN in none."""
        return np.histogram(np.minimum(values, self._edges[-1]), self._edges)[0].astype(float)

    def table(self) -> Table | None:
        """One row a sample, the hardest first."""
        values, probe = known(self.run), self.run.probe
        if values is None or probe is None:
            return None
        order = np.argsort(-values, kind="stable")
        chosen = np.isin(order, np.array(self.run.selection.indices, np.intp))
        ids = probe.ids.numpy()[order].tolist()
        return {"sample": ids, "loss": values[order].tolist(), "selected": chosen.tolist()}

    # ------------------------------------------------------------------ what a person does

    def _select_drawn(self, corners: Corners) -> None:
        self._leave()  # the bar where the drag began is not what was chosen
        self._select(float(corners[:, 0].min()), float(corners[:, 0].max()))

    def _press(self, x: float, _y: float) -> None:
        self._point_at(x)
        self._enter()

    def _enter(self) -> None:
        if self._pointed is not None:
            self._select(*self._edges[self._pointed : self._pointed + 2].tolist())

    def _select(self, low: float, high: float) -> None:
        """Those that cost between so much and so much; the last bar stands for all beyond it too."""
        values = known(self.run)
        if values is None:
            return
        within = (values >= low) & ((values <= high) | (high >= self._edges[-1]))
        origin = f"loss {low:.2f} to {high:.2f}"
        self.selected.emit(Selected(indices=tuple(np.flatnonzero(within).tolist()), origin=origin))

    def _step(self, right: int, _down: int) -> None:
        at = 0 if self._pointed is None else min(max(self._pointed + right, 0), BINS - 1)
        self._point_at(float(self._edges[at : at + 2].mean()))

    def _leave(self) -> None:
        self._pointed = None
        self._say()

    def _point_at(self, x: float, _y: float = 0) -> None:
        self._pointed = int(np.clip(np.searchsorted(self._edges, x, side="right") - 1, 0, BINS - 1))
        self._say()

    def _say(self) -> None:
        values = known(self.run)
        self._here.setVisible(values is not None and self._pointed is not None)
        if values is None:
            self._readout.setText("")
        elif self._pointed is None:
            self._readout.setText(summary(self.run, values))
        else:
            low, high = self._edges[self._pointed : self._pointed + 2].tolist()
            self._here.setRegion((low, high))
            count = int(self._counts[self._pointed])
            beyond = " and more" if self._pointed == BINS - 1 else ""
            self._readout.setText(f"loss {low:.2f} to {high:.2f}{beyond}: {count:,} samples")


def known(run: RunModel) -> Floats | None:
    """float64[n], what each of the map's samples costs, NaN where that is not finite; None where it is of none."""
    values, probe = losses(run), run.probe
    if values is None or probe is None or len(values) != probe.ids.shape[0]:
        return None
    finite = np.isfinite(values)
    return np.where(finite, values, np.nan) if finite.any() else None


def summary(run: RunModel, values: npt.NDArray[np.float64]) -> str:
    """What all cost on average, and the selected ones."""
    chosen, step = list(run.selection.indices), run.losses.step if run.losses is not None else 0
    selected = f"{len(chosen):,} selected {mean(values[chosen])}   " if chosen else ""
    return f"{selected}mean {mean(values)}   step {step:,}"


def mean(values: npt.NDArray[np.float64]) -> str:
    """Of those that are known, with two decimals, or a dash."""
    there = values[np.isfinite(values)]
    return f"{there.mean():.2f}" if len(there) else "–"


def _faint(colour: str) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(70)
    return faint


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SampleLossesPanel))
