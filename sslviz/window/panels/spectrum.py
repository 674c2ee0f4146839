"""The panel with the singular values of the current and of the untrained network's embeddings, largest first."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from sslviz.core.panel_data import Spectrum
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.curve_items import CursorLine, OtherCurves, drawn
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats
from sslviz.window.plotting.table import Table
from sslviz.window.runs.comparison import Compared
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.labels import readout
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

MIN_VALUE, MAX_VALUE = 1e-6, 1e6
"""Range in which singular values are drawn; smaller ones, of directions without variance, stand at the lower edge."""
DASHED = Qt.PenStyle.DashLine
AXIS_PX = 44
"""Width of the vertical axis, in pixels."""


@panels.register
class SpectrumPanel(Panel):
    """Plots the singular values of z / ‖z‖ on a logarithmic axis; a sudden drop means a dimensional collapse.

    The mean of z / ‖z‖ is subtracted first, and the singular values of n samples are divided by √n. Where there is no
    z, h takes its place.
    """

    name: ClassVar[str] = "spectrum"
    title: ClassVar[str] = "Spectrum"
    help: ClassVar[str] = (
        "How far z / ‖z‖ reaches in each of its principal directions, the farthest first, on a logarithmic axis: "
        "directions behind a cliff are not used (dimensional collapse). Dashed: the untrained network. Thin: other "
        "runs. Point at a direction, or go there with the arrow keys, for its figures."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Spectrum, Compared)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Spectrum,)
    min_interval_s = 0.4

    def __init__(self) -> None:
        super().__init__()
        self._direction: int | None = None
        """The direction that the mouse or the arrow keys point at, counted from 0, or None."""
        self.readout = readout()
        self.plot = Plot("Singular values of z")
        self.plot.getAxis("left").setLogMode(True)
        sized(self.plot.getAxis("left").setWidth, AXIS_PX)
        self.plot.leave_room_above()
        self._untrained, self._now = self.plot.curve(), self.plot.curve()
        self.curves_of_others, self.cursor_line = OtherCurves(self.plot), CursorLine(self.plot)
        self.plot.hovered.connect(self._hover)
        self.plot.left.connect(self._leave)
        self.plot.stepped.connect(self._step)
        self.plot.zoomed.connect(self.mark_dirty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 0, 10, 4)
        layout.setSpacing(0)
        layout.addWidget(self.readout)
        layout.addWidget(self.plot, 1)
        self.apply_theme()

    def apply_theme(self) -> None:
        self.plot.apply_theme()
        self.cursor_line.apply_theme()

    @property
    def values(self) -> Floats:
        """log10 of the singular values for the current network, clipped as in :func:`log10_values`."""
        return drawn(self._now)[1]

    @property
    def untrained(self) -> Floats:
        """log10 of the singular values for the untrained network, clipped as in :func:`log10_values`."""
        return drawn(self._untrained)[1]

    def empty_text(self, run: RunModel) -> str:
        return "" if run.spectrum is not None else "The spectrum of the embeddings appears here in a moment."

    def description(self, run: RunModel) -> str:
        return "of h" if run.spectrum is not None and run.spectrum.of == "h" else ""

    def refresh(self, run: RunModel) -> None:
        shown, palette = run.spectrum, theme().palette
        self.plot.setVisible(shown is not None)
        if shown is None:
            self._update_readout()
            return
        now, untrained = log10_values(shown.values.numpy()), log10_values(untrained_values(shown))
        self._now.setData(directions(now), now, pen=pen(palette.run(run.colour), 2.0))
        self._untrained.setData(directions(untrained), untrained, pen=pen(palette.reference, 1.2, 200, DASHED))
        self._draw_others()
        if len(now):
            values = np.concatenate([now, untrained])
            self.plot.follow((0.0, len(now) + 1.0), (float(values.min()), float(values.max())))
        self._update_readout()

    def _draw_others(self) -> None:
        known = [(other.spectrum, other.colour) for other in self.drawn_others if other.spectrum is not None]
        curves = [(log10_values(spectrum.values.numpy()), colour) for spectrum, colour in known]
        self.curves_of_others.show([(directions(values), values, colour) for values, colour in curves])

    def table(self) -> Table | None:
        """Return one row for each principal direction: the singular values for the current and untrained network."""
        shown = self.run.spectrum
        if shown is None:
            return None
        values = shown.values.numpy().tolist()
        untrained = {} if shown.untrained is None else {"untrained": shown.untrained.numpy().tolist()}
        return {"direction": list(range(1, len(values) + 1)), "singular_value": values, **untrained}

    # ------------------------------------------------------------------ figures of the direction pointed at

    def _hover(self, x: float, _y: float) -> None:
        self._point_at(round(x) - 1)

    def _step(self, right: int, _down: int) -> None:
        self._point_at(0 if self._direction is None else self._direction + right)

    def _point_at(self, direction: int) -> None:
        shown = self.run.spectrum
        if shown is not None and shown.values.shape[0]:
            self._direction = min(max(direction, 0), shown.values.shape[0] - 1)
            self._update_readout()

    def _leave(self) -> None:
        self._direction = None
        self._update_readout()

    def _update_readout(self) -> None:
        shown, index = self.run.spectrum, self._direction
        step = f"step {shown.step:,}" if shown is not None and self.run.learns else ""
        if shown is None:
            self.readout.setText("")
            self.cursor_line.show_at(None)
        elif index is None or index >= shown.values.shape[0]:
            dashed = "dashed: untrained" if shown.untrained is not None else ""
            self.readout.setText("   ".join(filter(None, (dashed, step))))
            self.cursor_line.show_at(None)
        else:
            before = [f"(untrained {value:.2g})" for value in untrained_values(shown)[index : index + 1]]
            texts = [f"{float(shown.values.numpy()[index]):.2g}", *before]
            self.readout.setText("   ".join(filter(None, (f"direction {index + 1}", " ".join(texts), step))))
            self.cursor_line.show_at(index + 1)


def untrained_values(shown: Spectrum) -> np.ndarray:
    """Return the singular values of the untrained network, float32[n]; none if nothing is trained."""
    return np.zeros(0, np.float32) if shown.untrained is None else shown.untrained.numpy()


def log10_values(values: np.ndarray) -> Floats:
    """Clip singular values to the range from ``MIN_VALUE`` to ``MAX_VALUE``, and return log10 of the clipped values.

    NaN counts as zero, and thus as ``MIN_VALUE``.
    """
    result: Floats = np.log10(np.clip(np.nan_to_num(np.asarray(values, float), nan=0.0), MIN_VALUE, MAX_VALUE))
    return result


def directions(values: Floats) -> Floats:
    """Return the x coordinates of n singular values in the plot: the numbers 1 to n, float64[n]."""
    return np.arange(1.0, len(values) + 1)


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SpectrumPanel))
