"""The panel with the selected samples, the distribution of their labels, and a search field that selects samples."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QLineEdit, QVBoxLayout, QWidget

from sslviz.core.messages import Notice
from sslviz.core.panel_data import Probe, SelectionFigures
from sslviz.core.wire import Array, Frozen
from sslviz.window.latent.labels import label_column, sample_columns
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.bars import Bars
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.gallery import Gallery
from sslviz.window.samples.sample_cards import sample_cards
from sslviz.window.samples.search import search, search_origin
from sslviz.window.samples.selection_summary import bar_rows, class_counts, most_typical_first, summary
from sslviz.window.style.buttons import small_action
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.sizes import sized
from sslviz.window.style.title_controls import hide_in_place, offer

EMPTY = "Draw around points with the lasso below the latent map, click its legend, or search above."
BARS_WIDTH = 190
"""Width of the bars of the labels, in pixels."""
MAX_IMAGES = 400
"""Maximum number of images in the gallery, however large the panel is."""
MAX_NAME = 60
"""Maximum length of the name of a kept selection, in characters."""


@panels.register
class SelectionPanel(Panel):
    """Shows the labels of the selected samples, their mean cosine similarity and their images."""

    name: ClassVar[str] = "selection"
    title: ClassVar[str] = "Selection"
    help: ClassVar[str] = (
        "The samples selected on the latent map: the distribution of their first label, the share of its most common "
        "class (purity), the mean cosine similarity of their h, and the samples themselves, most typical first. Click "
        "one to keep it in view. The menu of this panel saves them all as CSV."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (SelectionFigures, Probe, Selected)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "clips", "text")
    about_selection: ClassVar[bool] = True
    selects: ClassVar[bool] = True
    min_interval_s = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.summary = label(role="small", numbers=True)
        self.search = _search_field()
        self.search.returnPressed.connect(self._search)
        self.bars, self.gallery = Bars(), Gallery()
        sized(self.bars.setFixedWidth, BARS_WIDTH)
        self.bars.setToolTip("How many of the selected samples have each label")
        self.gallery.chosen.connect(self._pin)
        self.gallery.revealed.connect(self.revealed)
        self.keep = small_action("keep", "Keep this selection under a name, for as long as the run is open")
        self.keep.clicked.connect(self._ask_name)
        self.clear = small_action("clear", "Select nothing")
        self.clear.clicked.connect(self._select_none)
        self.leave = small_action("leave out", "Leave these pictures out of the next run")
        self.leave.clicked.connect(self._leave_out)
        self.save = small_action("label", "Name these pictures, and save the name as their label in a CSV file")
        self.save.clicked.connect(self.labels_saved)
        self.probe = small_action("few labels", "Show how well a probe on the labels of these samples tells the others")
        self.probe.clicked.connect(self._open_few_labels)
        for button in (self.keep, self.probe, self.clear, self.leave, self.save):
            hide_in_place(button)
        self.kept = _kept_choice()
        self.kept.textActivated.connect(self._recall)
        self._shown_selection = Selected(indices=())
        self._build()

    @classmethod
    def demo(cls, run: RunModel) -> Self:
        """Return the panel with a selection: the 240 samples that are nearest to the first sample on the map."""
        panel = super().demo(run)
        latent_map = panel.run.latent_map
        assert latent_map is not None
        xy = latent_map.xy.numpy()
        nearest = np.argsort(((xy - xy[0]) ** 2).sum(axis=1))[:240].astype(np.int32)
        panel.run.take(Selected(indices=tuple(nearest.tolist()), origin="drawn on the map"))
        typicality = np.linspace(0.95, 0.2, len(nearest), dtype=np.float32)
        figures = {"typical": Array.of(nearest), "typicality": Array.of(typicality)}
        panel.run.take(SelectionFigures(step=1200, mean_cosine=0.71, **figures))
        panel.draw()
        return panel

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 0, 12, 8)
        layout.setSpacing(6)
        top = nested(layout, QHBoxLayout())
        top.addWidget(self.search, 1)
        top.addWidget(self.summary)
        below = nested(layout, QHBoxLayout(), 1)
        below.setSpacing(16)
        below.addWidget(self.bars)
        below.addWidget(self.gallery, 1)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.kept, self.probe, self.save, self.leave, self.keep, self.clear)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.mark_dirty()  # the number of images that fit has changed

    def empty_text(self, run: RunModel) -> str:
        return "" if run.selection.indices else EMPTY

    def refresh(self, run: RunModel) -> None:
        indices, probe = run.selection.indices, run.probe
        for button in (self.keep, self.probe, self.clear):
            offer(button, offered=bool(indices))
        for button in (self.leave, self.save):
            offer(button, offered=bool(self.selected_files))
        self._offer_kept(run)
        if run.selection is not self._shown_selection and run.selection.origin != search_origin(self.search.text()):
            self.search.clear()
        self._shown_selection = run.selection
        self.summary.setText(summary(run))
        shown = (
            most_typical_first(run)[: min(self.gallery.max_cards(self.size()), MAX_IMAGES)] if probe is not None else ()
        )
        classes = class_counts(probe, indices) if probe is not None and indices else ()
        self.bars.setVisible(bool(classes))
        self.bars.show_rows(bar_rows(classes))
        self.gallery.show_cards(sample_cards(probe, list(shown), [""] * len(shown)) if probe is not None else ())

    def _offer_kept(self, run: RunModel) -> None:
        names = list(run.kept)
        self.kept.setVisible(bool(names) and self.kept.parentWidget() is not None)
        if names != [self.kept.itemText(index) for index in range(self.kept.count())]:
            self.kept.clear()
            self.kept.addItems(names)
        self.kept.setCurrentIndex(names.index(run.selection.name) if run.selection.name in names else -1)

    def table(self) -> Table | None:
        """Return one row for each selected sample: its indices on the map and in the data, labels, position.

        The most typical samples come first: those whose h is most similar to the mean direction of h of the selection.
        Until the engine has ranked the samples, they are in the order of the map's indices.
        """
        probe, indices = self.run.probe, list(most_typical_first(self.run))
        if probe is None or not indices:
            return None
        labels = {entry.name: label_column(probe, entry) for entry in probe.label_entries}
        table: dict[str, list[object]] = {"index": list(indices), **sample_columns(probe, indices)}
        table |= {f"label {name}": [values[index] for index in indices] for name, values in labels.items()}
        latent_map = self.run.latent_map
        if latent_map is not None and latent_map.xy.shape[0] == probe.ids.shape[0]:
            table["x"], table["y"] = latent_map.xy.numpy()[indices].T.tolist()
        return table

    def samples(self) -> npt.NDArray[np.uint8] | None:
        """Return images of the selected samples, uint8[n, H, W, 3], most typical first as in :meth:`table`.

        Return None if no sample is selected, or if the samples have no images.
        """
        probe, indices = self.run.probe, list(most_typical_first(self.run))
        if probe is None or not indices or not probe.images.shape[1]:
            return None
        return np.asarray(probe.images.numpy()[indices, 0], np.uint8)

    # ------------------------------------------------------------------ actions of the user

    def _search(self) -> None:
        if self.run.probe is None:
            return
        result, text = search(self.run.probe, self.search.text()), self.search.text().strip()
        if not result.indices and text:
            self.noticed.emit(
                Notice(level="info", text=f"No sample of the map has {text} as label, text, file or number.")
            )
            return
        self.selected.emit(result)

    def _pin(self, samples: tuple[int, ...]) -> None:
        self.pinned.emit(samples[0])

    def _open_few_labels(self) -> None:
        self.opened.emit("few_labels")

    def _leave_out(self) -> None:
        self.left_out.emit(self.run.selection.indices)

    def _select_none(self) -> None:
        self.selected.emit(Selected(indices=()))

    def _ask_name(self) -> None:
        proposed = self.run.selection.origin or f"selection {len(self.run.kept) + 1}"
        text, accepted = QInputDialog.getText(self, "Keep the selection", "Name", QLineEdit.EchoMode.Normal, proposed)
        if accepted and text.strip():
            selection = self.run.selection
            name = " ".join(text.split())[:MAX_NAME]
            self.selected.emit(Selected(indices=selection.indices, origin=selection.origin, name=name))

    def _recall(self, name: str) -> None:
        self.selected.emit(self.run.kept[name])


def _search_field() -> QLineEdit:
    field = QLineEdit()
    sized(field.setMinimumWidth, 120)
    field.setPlaceholderText("Find: a label, a text, a file, a sample's number")
    field.setAccessibleName("Find samples")
    field.setProperty(ON_SCREEN_ONLY, True)
    field.setToolTip("Selects the samples of the map with this label, text, file or number (Enter)")
    return field


def _kept_choice() -> ComboBox:
    choice = ComboBox()
    choice.setAccessibleName("Kept selections")
    choice.setPlaceholderText("kept")
    choice.setToolTip("Selections that were kept; choose one to select its samples again")
    choice.hide()
    return choice


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SelectionPanel))
