"""The panel with up to eight samples and their views, which are made with the present settings.

While a run trains, one column after the other gets new views: training sees new ones at every step.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from sslviz.core.messages import Notice
from sslviz.core.panel_data import Probe, Views
from sslviz.core.wire import Frozen
from sslviz.window.panel import Panel, panels
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.view_grid import ViewGrid
from sslviz.window.style.buttons import small_action, small_button, small_toggle
from sslviz.window.style.title_controls import offer

COLUMN_MS = 1000
"""While a run trains, a sample gets new views at this interval, in milliseconds."""
NO_IMAGES = np.empty((0, 0), np.uint8)
NO_MAP = "Samples can be kept in view and selected once the run has a latent map."
NOT_ON_MAP = "The latent map shows only some of the samples, and this is not one of them."


@panels.register
class ViewsPanel(Panel):
    """Shows one sample in each column; which images of it are in the rows, depends on the objective.

    Usually the sample itself is at the top, and the inputs of the network made from it are below: two augmented views
    or, for objectives that mask, the sample with parts masked out. For the prediction of the next frame, the rows are
    the corrupted input frames and, at the bottom, the frame to predict.
    """

    name: ClassVar[str] = "views"
    title: ClassVar[str] = "Views"
    help: ClassVar[str] = (
        "Each column is one sample and what the network is given of it: two random views, whose embeddings training "
        "pulls together, or the sample with parts masked out. Drag a slider and watch what it does, also before "
        "training. If samples are selected, the first of them are shown. Click a sample to keep it in view, or drag "
        "over several to select them everywhere; point at one to see the name of its file. In a low panel, clips lie "
        "across, and the arrow keys go to the others."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Views, Selected, Probe)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Views,)
    min_interval_s = 0.03

    def __init__(self) -> None:
        super().__init__()
        self.grid = ViewGrid()
        self.grid.chosen.connect(self._pin)
        self.grid.added.connect(self._toggle)
        self.grid.dragged.connect(self._select)
        self.grid.turned.connect(self.mark_dirty)
        self.deselect = small_action("", "These samples are selected: click to select none, and see any samples again")
        self.deselect.clicked.connect(self._select_none)
        self.deselect.hide()
        self.draw_button = small_button("shuffle", "Draw other random views of these samples")
        self.draw_button.clicked.connect(self._draw_all)
        self.moving = small_toggle(
            "new views",
            "While a run trains, draw new views of one sample each second: training sees new ones at every step.",
            checked=True,
        )
        self._shown: Views | None = None
        self._asked = False
        """Whether the panel itself has asked for new views, which have not come yet."""
        self._coming: list[int] = []
        """Columns in which the grid does not show the images of ``_shown`` yet."""
        self.timer = QTimer(self)
        self.timer.setInterval(COLUMN_MS)
        self.timer.timeout.connect(self._renew_one)
        self.timer.start()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 12, 8)
        layout.addWidget(self.grid)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.deselect, self.moving, self.draw_button)

    def switches(self) -> dict[str, QAbstractButton]:
        return {"new_views": self.moving}

    def show_run(self, run: RunModel, others: tuple[RunModel, ...] = ()) -> None:
        if run is not self.run:  # the views of the other run are replaced at once, not column by column
            self._shown, self._asked, self._coming = None, False, []
        super().show_run(run, others)

    def refresh(self, run: RunModel) -> None:
        self._show(run.views)
        indices, selection = on_map(run), set(run.selection.indices)
        selected = frozenset(column for column, index in enumerate(indices) if index in selection)
        all_selected = 0 < len(selected) == len(indices)
        self.grid.frame(frozenset() if all_selected else selected)
        self.deselect.setText(f"{len(indices)} of {len(selection):,} selected")
        offer(self.deselect, offered=all_selected)

    def description(self, run: RunModel) -> str:
        """Return which samples are shown if there is not enough room for all, such as "1 to 4 of 8"."""
        shown = self.grid.shown
        return f"{shown.start + 1} to {shown.stop} of {self.grid.columns}" if len(shown) < self.grid.columns else ""

    def empty_text(self, run: RunModel) -> str:
        return "" if run.views is not None else "Eight samples and their views appear as soon as the engine is ready."

    def _show(self, views: Views | None) -> None:
        """Show views at once or, if the panel itself has asked for them, one column after the other."""
        if views is not None and views is self._shown:
            return
        if views is not None and self._asked and self._is_redraw(views):
            self._coming = list(self.grid.shown)
        else:
            self._coming = []
            images, rows = (views.images.numpy(), views.rows) if views is not None else (NO_IMAGES, ())
            self.grid.show_images(images, rows, views.files if views is not None else ())
        self._shown, self._asked = views, False

    def _is_redraw(self, views: Views) -> bool:
        """Return whether views differ from those that are shown only by the random draw."""
        before = self._shown
        return self.run.views_redrawn and before is not None and before.images.shape == views.images.shape

    def _renew_one(self) -> None:
        """While the run trains, show new views of one more sample, and ask for others after the last one."""
        if self.run.state != "training" or not self.moving.isChecked() or not self.can_be_seen():
            return
        if self._coming and self._shown is not None:
            column = self._coming.pop(0)
            self.grid.show_column(column, self._shown.images.numpy()[:, column])
        elif self._shown is not None and not self._asked:
            self._asked = True
            self.new_views_requested.emit()

    # ------------------------------------------------------------------ actions of the user

    def _draw_all(self) -> None:
        self._asked = False
        self.new_views_requested.emit()

    def _pin(self, column: int) -> None:
        for index in self._indices(column, column):
            self.pinned.emit(index)

    def _toggle(self, column: int) -> None:
        """Add the sample of a column to the selection, or remove it if it is already selected."""
        index = self._indices(column, column)
        if index:
            indices = set(self.run.selection.indices) ^ set(index)
            self.selected.emit(Selected(indices=tuple(sorted(indices)), origin="chosen among the views"))

    def _select(self, first: int, last: int) -> None:
        indices = self._indices(first, last)
        if indices:
            self.selected.emit(Selected(indices=indices, origin="chosen among the views"))

    def _select_none(self) -> None:
        self.selected.emit(Selected(indices=()))

    def _indices(self, first: int, last: int) -> tuple[int, ...]:
        """Return the map indices of the samples in columns ``first`` to ``last``, skipping samples not on the map.

        If no sample is left, tell the user why.
        """
        indices = tuple(sorted(index for index in on_map(self.run)[first : last + 1] if index is not None))
        if not indices:
            self.noticed.emit(Notice(level="info", text=NOT_ON_MAP if self.run.probe is not None else NO_MAP))
        return indices


def on_map(run: RunModel) -> list[int | None]:
    """Return for each column of the panel the index of its sample on the map, or None if the sample is not on the map.

    If a sample has several segments on the map, the index is that of its first segment. The list is empty if the engine
    has not sent the samples of the map yet, or if it is unknown which samples the panel shows.
    """
    if run.views is None or run.probe is None or not run.views.samples:
        return []
    ids = run.probe.ids.numpy()
    matches = [np.flatnonzero(ids == number) for number in run.views.samples]
    return [int(indices[0]) if len(indices) else None for indices in matches]


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(ViewsPanel))
