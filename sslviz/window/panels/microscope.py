"""What the network has become invariant to: the sample in view under each augmentation, from nothing to full."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from sslviz.core.panel_data import Invariance, Probe
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.plotting.strength_curve import Strengths, paint_strengths
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import ENDED, Pin, RunModel
from sslviz.window.style.labels import label
from sslviz.window.style.theme import theme

HERE = "Click a point of the latent map: what the network has become invariant to is shown here on that sample."
LEAST, ROW, GAP = 78, 70, 10
"""px: the least width of a curve, the height in which it can be read, and between two"""


@panels.register
class MicroscopePanel(Panel):
    """A slider makes an invariance; here is whether it is one already."""

    name: ClassVar[str] = "microscope"
    title: ClassVar[str] = "Microscope"
    help: ClassVar[str] = (
        "Of the sample in view: the cosine of its h with that of its views, as each augmentation alone grows from "
        "nothing to full. A line that stays at the top is an invariance. Dashed: when you took the sample into view. "
        "Vertical: the strength it is trained with now. Below, a view at each strength."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Invariance, Probe, Pin)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Invariance,)
    min_interval_s = 0.2

    def __init__(self) -> None:
        super().__init__()
        self._step = label(role="small", numbers=True)
        self.curves = StrengthCurves()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 2, 12, 8)
        layout.addWidget(self.curves)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._step,)

    def empty_text(self, run: RunModel) -> str:
        if run.pinned is None:
            return HERE
        if self._shown(run) is not None:
            return ""
        return ENDED if run.ended else "Encoding its views …"

    def refresh(self, run: RunModel) -> None:
        shown = self._shown(run)
        self._step.setText(f"step {shown.step:,}" if shown is not None else "")
        self.curves.show_curves(strengths_of(shown, run.invariance_then) if shown is not None else (), run.colour)

    @staticmethod
    def _shown(run: RunModel) -> Invariance | None:
        """What came, where it is of the sample in view."""
        found = run.invariance
        return found if found is not None and found.index == run.pinned else None

    def table(self) -> Table | None:
        """One row for each augmentation and strength."""
        shown = self._shown(self.run)
        if shown is None:
            return None
        strengths, cosines = shown.strengths.numpy(), shown.cosines.numpy()
        return {
            "augmentation": [key for key in shown.keys for _ in range(strengths.shape[1])],
            "strength": [float(value) for value in strengths.flatten()],
            "cosine": [float(value) for value in cosines.flatten()],
        }


class StrengthCurves(PaintedWidget):
    """All curves in as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[Strengths, ...] = ()
        self._colour = 0
        self.setMinimumSize(QSize(2 * LEAST, 80))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Cosine of a sample with its views, over the strength of each augmentation")

    def show_curves(self, shown: tuple[Strengths, ...], colour: int) -> None:
        """In one of the runs' colours."""
        self.shown, self._colour = shown, colour
        self.setAccessibleName(
            "Cosine at full strength: " + ", ".join(f"{each.label} {each.cosines[-1]:.2f}" for each in shown)
        )
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where each curve is."""
        if not self.shown:
            return []
        room = max(1, min(int((self.width() + GAP) // (LEAST + GAP)), len(self.shown)))
        rows = max(int(self.height() // ROW), math.ceil(len(self.shown) / room))
        columns = math.ceil(len(self.shown) / rows)
        width, height = (self.width() + GAP) / columns - GAP, (self.height() + GAP / 2) / rows - GAP / 2
        return [
            QRectF((n % columns) * (width + GAP), (n // columns) * (height + GAP / 2), width, height)
            for n in range(len(self.shown))
        ]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for each, box in zip(self.shown, self.boxes(), strict=True):
            paint_strengths(painter, box, each, theme().palette.run(self._colour))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = [each for each, box in zip(self.shown, self.boxes(), strict=True) if box.contains(event.pos())]
            QToolTip.showText(event.globalPos(), told(at[0]) if at else self.toolTip(), self)
            return True
        return super().event(event)


def strengths_of(shown: Invariance, then: Invariance | None) -> tuple[Strengths, ...]:
    """Each augmentation as it is drawn, beside what it was."""
    full, here = shown.strengths.numpy()[:, -1], shown.in_force.numpy()
    known = then is not None and then is not shown and then.keys == shown.keys
    before = then.cosines.numpy() if known and then is not None else np.empty((len(full), 0), np.float32)
    return tuple(
        Strengths(
            shown.labels[n],
            shown.cosines.numpy()[n],
            before[n],
            float(here[n] / full[n]) if full[n] else math.nan,
            tuple(to_image(view) for view in shown.images.numpy()[n]),
        )
        for n in range(len(full))
    )


def told(each: Strengths) -> str:
    """Its figures in a sentence."""
    then = f", {each.before[-1]:.2f} when it was taken into view" if len(each.before) else ""
    return f"{each.label}: cosine {each.cosines[-1]:.2f} at full strength{then}"


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(MicroscopePanel))
