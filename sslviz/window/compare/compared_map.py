"""One map of the comparison, with the heading of its run."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.core.percentage import percent
from sslviz.window.compare.heading import Heading
from sslviz.window.latent.colours import Colours
from sslviz.window.latent.common_samples import Onto
from sslviz.window.latent.map_absence import why_no_map
from sslviz.window.latent.map_canvas import MapCanvas
from sslviz.window.latent.pointer import SamplePointer
from sslviz.window.latent.selecting import MapSelection
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.overlays import Hint
from sslviz.window.style.sizes import sized

LEAST_PX = 120
"""Minimum width and height of the map, in pixels."""


class ComparedMap(QWidget):
    """Shows the map of :attr:`run`; what the user does in it is told by signals, so that it is done in all maps."""

    pinned = Signal(object)
    """int: the user pins this sample."""
    selected = Signal(object)
    """Selected: the user selects samples."""
    pointed = Signal(object)
    """int or None: the user points at this sample."""

    def __init__(self, area: QWidget, run: RunModel) -> None:
        """Create a map of ``run``; cards about samples appear over ``area``, which contains all maps."""
        super().__init__()
        self.run = run
        self.heading = Heading()
        self.canvas = MapCanvas(self)
        self.pointer = SamplePointer(area, self.canvas, run)
        self.selecting = MapSelection(self, self.canvas.cloud, run)
        self._hint = Hint(self.canvas.plot)
        sized(self.canvas.plot.setMinimumSize, LEAST_PX, LEAST_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addWidget(self.canvas.plot, 1)
        self.canvas.lasso.drawn.connect(self.selecting.select_inside)
        self.pointer.toggled.connect(self.selecting.toggle)
        self.pointer.pinned.connect(self.pinned)
        self.pointer.pointed.connect(self.pointed)
        self.selecting.selected.connect(self.selected)

    def show_run(self, run: RunModel) -> None:
        """Show ``run`` from now on."""
        if run is not self.run:
            self.pointer.hide()
        self.run = self.pointer.run = self.selecting.run = run
        self.canvas.show_run(run)

    def show_map(self, title: str, colours: Colours, onto: Onto | None) -> None:
        """Draw the map of the run, aligned with ``onto`` if there is one, under this title."""
        self.selecting.colours = colours
        self.canvas.show(self.run, colours, onto)
        self.canvas.plot.setAccessibleName(f"Map of {title}")
        self.heading.say(title, ", ".join(_figures(self.run)), self.run.colour, _tip(self.run))
        absence = why_no_map(self.run)
        self._hint.say(absence and (self.run.why_empty or absence))

    def apply_theme(self) -> None:
        """Draw in the colours of the current theme."""
        self.canvas.apply_theme()


def _figures(run: RunModel) -> Iterator[str]:
    """Yield of which step the map is, what it shows instead of h by UMAP, and how good the neighbours are."""
    shown, knn = run.latent_map, run.health_curves.get("knn")
    if shown is not None and shown.space != "latent":
        yield "raw inputs"
    elif shown is not None:
        yield f"step {shown.step:,}"
        if shown.method == "pca":
            yield "PCA"
    if knn is not None and len(knn):
        yield f"k-NN {percent(float(knn.values[-1]))}"


def _tip(run: RunModel) -> str:
    """Return the whole title, the state and the folder of a run."""
    return "\n".join(filter(None, (run.title, *run.title_parts[1:], run.state or "", run.name)))
