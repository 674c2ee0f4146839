"""How many directions the embeddings use: their singular values, sorted, beside those of the untrained network."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import Spectrum
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.plots import Floats, Plot, pen
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import readout
from sslviz.window.style.theme import theme

LOWEST = 1e-6
"""what is smaller is shown as this: no direction at all"""
AXIS, TICK_PX = 44, 6


@panels.register
class SpectrumPanel(Panel):
    """A cliff in it is a dimensional collapse."""

    name: ClassVar[str] = "spectrum"
    title: ClassVar[str] = "Spectrum"
    help: ClassVar[str] = (
        "How far z / ‖z‖ reaches in each of its principal directions, the farthest first, on a logarithmic axis: "
        "directions behind a cliff are not used (dimensional collapse). Dashed: the untrained network. Thin: other "
        "runs. Point at a direction, or go there with the arrow keys, for its figures."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Spectrum,)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Spectrum,)
    min_interval_s = 0.4

    def __init__(self) -> None:
        super().__init__()
        self._pointed: int | None = None
        self._readout = readout()
        self.plot = Plot("Singular values of z")
        self.plot.getAxis("left").setLogMode(True)
        self.plot.getAxis("left").setWidth(AXIS)
        self.plot.getPlotItem().layout.setContentsMargins(0, TICK_PX, 0, 0)
        self._untrained, self._now = self.plot.curve(), self.plot.curve()
        self._others: list[pg.PlotDataItem] = []
        self._here = pg.InfiniteLine(angle=90, movable=False)
        self._here.hide()
        self.plot.addItem(self._here, ignoreBounds=True)
        self.plot.hovered.connect(self._hover)
        self.plot.left.connect(self._leave)
        self.plot.stepped.connect(self._step)
        self.plot.zoomed.connect(self.mark_dirty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        layout.addWidget(self._readout)
        layout.addWidget(self.plot, 1)
        self.apply_theme()

    def apply_theme(self) -> None:
        self.plot.apply_theme()
        self._here.setPen(pen(theme().palette.dim, 1.0, 120))

    def empty_text(self, run: RunModel) -> str:
        return "" if run.spectrum is not None else "The spectrum of the embeddings appears once training has begun."

    def refresh(self, run: RunModel) -> None:
        shown, palette = run.spectrum, theme().palette
        self.plot.setVisible(shown is not None)
        if shown is None:
            self._say()
            return
        now, untrained = height(shown.values.numpy()), height(shown.untrained.numpy())
        self._now.setData(places(now), now, pen=pen(palette.run(run.colour), 2.0))
        self._untrained.setData(places(untrained), untrained, pen=pen(palette.reference, 1.2, 200, DASHED))
        self._draw_others()
        if len(now):
            everything = np.concatenate([now, untrained])
            self.plot.follow((0.0, len(now) + 1.0), (float(everything.min()), float(everything.max())))
        self._say()

    def _draw_others(self) -> None:
        found = [(other.spectrum, other.colour) for other in self.others if other.spectrum is not None]
        while len(self._others) < len(found):
            self._others.append(self.plot.curve())
        for line in self._others[len(found) :]:
            line.setData([], [])
        for line, (shown, colour) in zip(self._others, found, strict=False):
            values = height(shown.values.numpy())
            line.setData(places(values), values, pen=pen(theme().palette.run(colour), 1.2, 190))

    def table(self) -> Table | None:
        """One row a direction."""
        shown = self.run.spectrum
        if shown is None:
            return None
        values, untrained = shown.values.numpy().tolist(), shown.untrained.numpy().tolist()
        return {"direction": list(range(1, len(values) + 1)), "singular_value": values, "untrained": untrained}

    # ------------------------------------------------------------------ the read-out

    def _hover(self, x: float, _y: float) -> None:
        self._point_at(round(x) - 1)

    def _step(self, right: int, _down: int) -> None:
        self._point_at(0 if self._pointed is None else self._pointed + right)

    def _point_at(self, direction: int) -> None:
        shown = self.run.spectrum
        if shown is not None and shown.values.shape[0]:
            self._pointed = min(max(direction, 0), shown.values.shape[0] - 1)
            self._say()

    def _leave(self) -> None:
        self._pointed = None
        self._say()

    def _say(self) -> None:
        shown, at = self.run.spectrum, self._pointed
        pointed = shown is not None and at is not None and at < shown.values.shape[0]
        self._here.setVisible(pointed)
        if shown is None:
            self._readout.setText("")
        elif pointed and at is not None:
            self._here.setValue(at + 1)
            value, before = float(shown.values.numpy()[at]), float(shown.untrained.numpy()[at])
            self._readout.setText(f"direction {at + 1}   {value:.2g} (untrained {before:.2g})   step {shown.step:,}")
        else:
            self._readout.setText(f"dashed: untrained   step {shown.step:,}")


DASHED = Qt.PenStyle.DashLine


def height(values: np.ndarray) -> Floats:
    """Where they stand on a logarithmic axis; what is no number counts as none."""
    found: Floats = np.log10(np.clip(np.nan_to_num(np.asarray(values, float), nan=0.0), LOWEST, 1e6))
    return found


def places(values: Floats) -> Floats:
    """The directions, counted from 1."""
    return np.arange(1.0, len(values) + 1)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SpectrumPanel))
