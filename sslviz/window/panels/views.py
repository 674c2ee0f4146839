"""Eight samples and what becomes of them before the network sees them, following the sliders at once."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from sslviz.core.panel_data import Probe, Views
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.runs.run_model import RunModel, Selected
from sslviz.window.samples.view_grid import ViewGrid
from sslviz.window.style.buttons import small_action, small_button
from sslviz.window.style.title_controls import offer

NO_MAP = "Samples can be kept in view and selected once a training has a latent map."
NOT_THERE = "The latent map shows some of the samples only, and this is none of them."


@panels.register
class ViewsPanel(Panel):
    """What the settings make of a sample: two views that the network is taught are the same, a picture with holes."""

    name: ClassVar[str] = "views"
    title: ClassVar[str] = "Views"
    help: ClassVar[str] = (
        "Each column is one sample and what becomes of it before the network sees it: two random views, which it "
        "learns to give the same place, or a sample of which parts are hidden. Drag a slider and watch what it does, "
        "also before training. Of a selection the first are shown; click a sample to keep it in view, or drag over "
        "some to select them everywhere."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Views, Selected, Probe)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Views,)
    min_interval_s = 0.03

    def __init__(self) -> None:
        super().__init__()
        self._grid = ViewGrid()
        self._grid.chosen.connect(self._view)
        self._grid.added.connect(self._add)
        self._grid.dragged.connect(self._select)
        self._of = small_action("", "These are of the selection: click to select nothing, and see any samples again")
        self._of.clicked.connect(self._select_none)
        self._of.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 8)
        layout.addWidget(self._grid)
        self._draw_again = small_button("shuffle", "Draw other random views of other samples")
        self._draw_again.clicked.connect(self.new_draw)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self._of, self._draw_again)

    @property
    def draw_button(self) -> QToolButton:
        """Draws the views anew."""
        return self._draw_again

    def refresh(self, run: RunModel) -> None:
        if run.views is not None:
            self._grid.show_images(run.views.images.numpy(), run.views.rows)
        there, selected = on_map(run), set(run.selection.indices)
        chosen = [column for column, index in enumerate(there) if index in selected]
        all_of_them = 0 < len(chosen) == len(there)
        self._grid.frame(frozenset() if all_of_them else frozenset(chosen))
        self._of.setText(f"{len(there)} of {len(selected):,} selected")
        offer(self._of, offered=all_of_them)

    def empty_text(self, run: RunModel) -> str:
        return "" if run.views is not None else "Eight samples and their views appear as soon as the engine is ready."

    # ------------------------------------------------------------------ what a person does

    def _view(self, column: int) -> None:
        for index in self._indices(column, column):
            self.pinned.emit(index)

    def _add(self, column: int) -> None:
        """To the selection, or out of it."""
        index = self._indices(column, column)
        if index:
            changed = set(self.run.selection.indices) ^ set(index)
            self.selected.emit(Selected(indices=tuple(sorted(changed)), origin="chosen among the views"))

    def _select(self, first: int, last: int) -> None:
        indices = self._indices(first, last)
        if indices:
            self.selected.emit(Selected(indices=indices, origin="chosen among the views"))

    def _select_none(self) -> None:
        self.selected.emit(Selected(indices=()))

    def _indices(self, first: int, last: int) -> tuple[int, ...]:
        """Which of the map's samples these columns show; where none of them is there, it says so."""
        found = tuple(sorted(index for index in on_map(self.run)[first : last + 1] if index is not None))
        if not found:
            self.said.emit(NOT_THERE if self.run.probe is not None else NO_MAP, "info")
        return found


def on_map(run: RunModel) -> list[int | None]:
    """Which of the map's samples each column shows, the first of several segments; None where it is not on the map."""
    if run.views is None or run.probe is None or not run.views.samples:
        return []
    ids = run.probe.ids.numpy()
    found = [np.flatnonzero(ids == number) for number in run.views.samples]
    return [int(places[0]) if len(places) else None for places in found]


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(ViewsPanel))
