"""The samples a person has selected on the map: which they are, what they have in common, and a way to find more."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QInputDialog, QLineEdit, QVBoxLayout, QWidget

from sslviz.core.panel_data import Probe, SelectionFigures
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import column
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.bars import Bars
from sslviz.window.plotting.table import Table
from sslviz.window.runs.run_model import RunModel, Selected
from sslviz.window.samples.neighbour_strip import Gallery
from sslviz.window.samples.sample_cards import segments
from sslviz.window.samples.selection_summary import in_order, rows_of, search, search_origin, shares_of, summary
from sslviz.window.style.buttons import small_action
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.title_controls import hide_in_place, offer

HERE = "Draw around points of the latent map with Shift held down, click its legend, or search above."
LABELS_PX = 190
SHOWN = 400
"""pictures that are made at most, however large the panel"""


@panels.register
class SelectionPanel(Panel):
    """What do these have in common?"""

    name: ClassVar[str] = "selection"
    title: ClassVar[str] = "Selection"
    help: ClassVar[str] = (
        "The samples selected on the latent map: how their first label is spread, the share of its commonest class "
        "(purity), the mean cosine of their h, and the samples themselves, most typical first. Click one to keep it "
        "in view. Its menu saves them all as CSV."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (SelectionFigures, Probe, Selected)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "text")
    about_selection: ClassVar[bool] = True
    min_interval_s = 0.1

    def __init__(self) -> None:
        super().__init__()
        self._summary = label(role="small", numbers=True)
        self.search = QLineEdit()
        self.search.setMinimumWidth(120)
        self.search.setPlaceholderText("Find: a label, a text, a sample's number")
        self.search.setAccessibleName("Find samples")
        self.search.setToolTip("Selects the samples of the map with this label, text or number (Enter)")
        self.search.returnPressed.connect(self._search)
        self.bars, self.gallery = Bars(), Gallery()
        self.bars.setFixedWidth(LABELS_PX)
        self.bars.setToolTip("How many of the selected samples have which label")
        self.gallery.chosen.connect(self._view)
        self._keep = small_action("keep", "Keep this selection under a name, as long as the run is open")
        self._keep.clicked.connect(self._ask_name)
        self._clear = small_action("clear", "Select nothing")
        self._clear.clicked.connect(self._select_none)
        for button in (self._keep, self._clear):
            hide_in_place(button)
        self.kept = QComboBox()
        self.kept.setAccessibleName("Kept selections")
        self.kept.setPlaceholderText("kept")
        self.kept.setToolTip("Selections that were kept; choose one to have it again")
        self.kept.textActivated.connect(self._recall)
        self.kept.hide()
        self._seen = Selected(indices=())
        self._build()

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Those nearest to one sample are selected."""
        panel = super().demo(run)
        latent_map = panel.run.latent_map
        assert latent_map is not None
        xy = latent_map.xy.numpy()
        near = np.argsort(((xy - xy[0]) ** 2).sum(axis=1))[:240].astype(np.int32)
        panel.run.take(Selected(indices=tuple(near.tolist()), origin="drawn on the map"))
        typicality = np.linspace(0.95, 0.2, len(near), dtype=np.float32)
        figures = {"typical": Array.of(near), "typicality": Array.of(typicality)}
        panel.run.take(SelectionFigures(step=1200, mean_cosine=0.71, **figures))
        panel.draw()
        return panel

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.setSpacing(6)
        top = nested(layout, QHBoxLayout())
        top.addWidget(self.search, 1)
        top.addWidget(self._summary)
        below = nested(layout, QHBoxLayout(), 1)
        below.setSpacing(16)
        below.addWidget(self.bars)
        below.addWidget(self.gallery, 1)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.kept, self._keep, self._clear)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.mark_dirty()  # there is room for more, or for fewer

    def empty_text(self, run: RunModel) -> str:
        return "" if run.selection.indices else HERE

    def refresh(self, run: RunModel) -> None:
        chosen, probe = run.selection.indices, run.probe
        for button in (self._keep, self._clear):
            offer(button, offered=bool(chosen))
        self._offer_kept(run)
        if run.selection is not self._seen and run.selection.origin != search_origin(self.search.text()):
            self.search.clear()
        self._seen = run.selection
        self._summary.setText(summary(run))
        shown = in_order(run)[: min(self.gallery.most_in(self.size()), SHOWN)] if probe is not None else ()
        shares = shares_of(probe, chosen) if probe is not None and chosen else ()
        self.bars.setVisible(bool(shares))
        self.bars.show_rows(rows_of(shares))
        self.gallery.show_pieces(segments(probe, list(shown), [""] * len(shown)) if probe is not None else ())

    def _offer_kept(self, run: RunModel) -> None:
        names = list(run.kept)
        self.kept.setVisible(bool(names) and self.kept.parentWidget() is not None)
        if names != [self.kept.itemText(index) for index in range(self.kept.count())]:
            self.kept.clear()
            self.kept.addItems(names)
        self.kept.setCurrentIndex(names.index(run.selection.name) if run.selection.name in names else -1)

    def table(self) -> Table | None:
        """The selected samples with their labels and places on the map, most typical first."""
        probe, chosen = self.run.probe, list(in_order(self.run))
        if probe is None or not chosen:
            return None
        labels = {entry.name: column(probe, entry) for entry in probe.label_entries}
        found: dict[str, list[object]] = {"index": list(chosen), "sample": probe.ids.numpy()[chosen].tolist()}
        found |= {f"label {name}": [values[index] for index in chosen] for name, values in labels.items()}
        latent_map = self.run.latent_map
        if latent_map is not None and latent_map.xy.shape[0] == probe.ids.shape[0]:
            found["x"], found["y"] = latent_map.xy.numpy()[chosen].T.tolist()
        return found

    def samples(self) -> npt.NDArray[np.uint8] | None:
        """The selected ones, most typical first."""
        probe, chosen = self.run.probe, list(in_order(self.run))
        if probe is None or not chosen or not probe.pictures.shape[1]:
            return None
        return np.asarray(probe.pictures.numpy()[chosen, 0], np.uint8)

    # ------------------------------------------------------------------ what a person does

    def _search(self) -> None:
        if self.run.probe is None:
            return
        found = search(self.run.probe, self.search.text())
        if not found.indices and self.search.text().strip():
            self.said.emit(f"No sample of the map has {self.search.text().strip()} as label, text or number.", "info")
            return
        self.selected.emit(found)

    def _view(self, samples: tuple[int, ...]) -> None:
        self.pinned.emit(samples[0])

    def _select_none(self) -> None:
        self.selected.emit(Selected(indices=()))

    def _ask_name(self) -> None:
        proposed = self.run.selection.origin or f"selection {len(self.run.kept) + 1}"
        text, well = QInputDialog.getText(self, "Keep the selection", "Name", QLineEdit.EchoMode.Normal, proposed)
        if well and text.strip():
            chosen = self.run.selection
            name = " ".join(text.split())[:60]
            self.selected.emit(Selected(indices=chosen.indices, origin=chosen.origin, name=name))

    def _recall(self, name: str) -> None:
        self.selected.emit(self.run.kept[name])


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SelectionPanel))
