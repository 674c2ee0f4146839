"""The panel of the network's invariances: how similar a sample stays to its views as augmentations grow stronger."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from sslviz.core.panel_data import Invariance, Probe
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.plotting.strength_curve import Strengths, paint_strengths
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Pin
from sslviz.window.runs.run_model import ENDED, RunModel
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

EMPTY = "Click a point of the latent map to see here what the network has become invariant to, on that sample."
ENCODING = "Encoding its views …"
MIN_WIDTH, ROW_HEIGHT, GAP = 78, 70, 10
"""Minimum width of a curve, height in which it can be read, and gap between two columns, in pixels."""


@panels.register
class MicroscopePanel(Panel):
    """Plots how similar the pinned sample is to its augmented views, one plot for each augmentation.

    Horizontal is the strength of the augmentation; vertical is the cosine similarity of h of the sample and h of its
    view. The user pins a sample, for example, with a click on the map.
    """

    name: ClassVar[str] = "microscope"
    title: ClassVar[str] = "Microscope"
    help: ClassVar[str] = (
        "For the sample in view: the cosine similarity between its h and the h of its views, as each augmentation "
        "alone grows from zero to full strength. A line that stays at the top is an invariance. Dashed: when you took "
        "the sample into view. Vertical: the strength used in training now. Below: a view at each strength."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Invariance, Probe, Pin)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Invariance,)
    min_interval_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.step = label(role="small", numbers=True)
        self.curves = StrengthCurves()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 2, 12, 8)
        layout.addWidget(self.curves)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.step,)

    def empty_text(self, run: RunModel) -> str:
        if run.pinned is None:
            return EMPTY
        if self._result(run) is not None:
            return ""
        return ENDED if run.out_of_reach else ENCODING

    def refresh(self, run: RunModel) -> None:
        shown = self._result(run)
        self.step.setText(f"step {shown.step:,}" if shown is not None else "")
        self.curves.show_curves(strengths_of(shown, run.first_invariance) if shown is not None else (), run.colour)

    @staticmethod
    def _result(run: RunModel) -> Invariance | None:
        """Return the newest :class:`Invariance` from the engine, or None if it is not about the pinned sample."""
        result = run.invariance
        return result if result is not None and result.index == run.pinned else None

    def table(self) -> Table | None:
        """Return one row for each augmentation and each of its strengths, with a cosine similarity.

        It is the mean cosine similarity between h of the sample and h of its views with this augmentation and strength.
        """
        shown = self._result(self.run)
        if shown is None:
            return None
        strengths, cosines = shown.strengths.numpy(), shown.cosines.numpy()
        return {
            "augmentation": [key for key in shown.keys for _ in range(strengths.shape[1])],
            "strength": [float(value) for value in strengths.flatten()],
            "cosine": [float(value) for value in cosines.flatten()],
        }


class StrengthCurves(PaintedWidget):
    """Shows one small plot for each augmentation, in as many columns as fit.

    A plot shows the cosine similarity of a sample and its views over the strength of the augmentation.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[Strengths, ...] = ()
        self._colour = 0
        sized(self.setMinimumSize, 2 * MIN_WIDTH, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Cosine similarity of a sample and its views, over the strength of each augmentation")

    def show_curves(self, shown: tuple[Strengths, ...], colour: int) -> None:
        """Draw the curves ``shown`` in the colour of a run; ``colour`` is an index into the theme's colours of runs."""
        self.shown, self._colour = shown, colour
        self.setAccessibleName(
            "Cosine at full strength: " + ", ".join(f"{curve.label} {curve.cosines[-1]:.2f}" for curve in shown)
        )
        self.update()

    def boxes(self) -> list[QRectF]:
        """Return the rectangle of each augmentation's plot in the widget, in pixels."""
        if not self.shown:
            return []
        most = max(1, min(int((self.width() + GAP) // (MIN_WIDTH + GAP)), len(self.shown)))
        rows = max(int(self.height() // ROW_HEIGHT), math.ceil(len(self.shown) / most))
        columns = math.ceil(len(self.shown) / rows)
        width, height = (self.width() + GAP) / columns - GAP, (self.height() + GAP / 2) / rows - GAP / 2
        return [
            QRectF((n % columns) * (width + GAP), (n // columns) * (height + GAP / 2), width, height)
            for n in range(len(self.shown))
        ]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for curve, box in zip(self.shown, self.boxes(), strict=True):
            paint_strengths(painter, box, curve, theme().palette.run(self._colour))

    def tip_at(self, place: QPoint) -> tuple[str, QRect]:
        for curve, box in zip(self.shown, self.boxes(), strict=True):
            if box.contains(place):
                return description(curve), box.toAlignedRect()
        return super().tip_at(place)


def strengths_of(shown: Invariance, first: Invariance | None) -> tuple[Strengths, ...]:
    """Return what is drawn for each augmentation: cosine similarity over strength, now and when the sample was pinned.

    The present curves come from ``shown``, the newest result for the pinned sample; the earlier ones come from
    ``first``, the first result since it was pinned. The earlier curves are empty if ``first`` is None, is ``shown``
    itself, or has other augmentations.
    """
    full, in_force = shown.strengths.numpy()[:, -1], shown.in_force.numpy()
    comparable = first is not None and first is not shown and first.keys == shown.keys
    before = first.cosines.numpy() if first is not None and comparable else np.empty((len(full), 0), np.float32)
    return tuple(
        Strengths(
            shown.labels[n],
            shown.cosines.numpy()[n],
            before[n],
            float(in_force[n] / full[n]) if full[n] else math.nan,
            tuple(to_image(view) for view in shown.images.numpy()[n]),
        )
        for n in range(len(full))
    )


def description(curve: Strengths) -> str:
    """Return a line of text about one augmentation: the cosine similarity of h of the sample and h of its view.

    The augmentation has its full strength. The line has the present cosine and, if known, the cosine when the user
    pinned the sample.
    """
    before = f", {curve.before[-1]:.2f} when it was taken into view" if len(curve.before) else ""
    return f"{curve.label}: cosine {curve.cosines[-1]:.2f} at full strength{before}"


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(MicroscopePanel))
