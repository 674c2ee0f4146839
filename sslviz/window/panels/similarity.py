"""The panel with a similarity matrix and histograms of the similarities.

While a run trains, the matrix is that of the current batch or, if the user so chooses for a matrix of views, of 64
samples of the map, always the same. For a recorded run, it is the matrix that was recorded or, without one, that of 64
samples of the map.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtWidgets import QBoxLayout, QWidget

from sslviz.core.entries import name_of
from sslviz.core.messages import Notice
from sslviz.core.panel_data import Similarity
from sslviz.core.requests import SimilarityRequest
from sslviz.core.wire import Frozen
from sslviz.window.latent.lasso import Corners, Lasso
from sslviz.window.latent.matrix_brush import SelectionCover, samples_in_region
from sslviz.window.panel import Panel, panels
from sslviz.window.plotting.matrix_image import MatrixImage
from sslviz.window.plotting.matrix_order import Order, ordering
from sslviz.window.plotting.matrix_words import column_name, matrix_name, numbers_of, row_name
from sslviz.window.plotting.pair_histogram import PairHistogram
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.table import Table
from sslviz.window.runs.choices import Selected
from sslviz.window.runs.run_model import RunModel
from sslviz.window.samples.cell_card import CellCard
from sslviz.window.style.buttons import small_toggle
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.sizes import sized
from sslviz.window.style.step_slider import StepSlider
from sslviz.window.style.title_controls import offer

FIXED = "64 fixed"
"""Name of the choice for the matrix of a fixed set of samples of the map, in place of the current batch."""


@panels.register
class SimilarityPanel(Panel):
    """Shows the similarity matrix beside two histograms: similarities of the positive and of the negative pairs."""

    name: ClassVar[str] = "similarity"
    title: ClassVar[str] = "Similarity"
    help: ClassVar[str] = (
        "How similar every row is to every column. Views: cosines of z, first of all views a, then of all views b. "
        "Queries: cosines with the keys of the batch, then with the newest keys of the queue. Predictions: the cosine "
        "of each with every target, or its score with every candidate. Dimensions: their correlations or covariances "
        "over the batch. Prototypes, most used first: how often the student chooses one (column) for a view, where the "
        "teacher chooses one (row) for the other. Otherwise: cosines of the encoder's outputs h. The fine lines "
        "enclose the positive pairs, which training pulls together. Point at a cell, or go there with the arrow keys, "
        "to see which pair it is. With the 64 fixed samples, those selected on the map stand out, and dragging over "
        "cells selects their samples (once zoomed in, with Shift held down)."
    )
    message_types: ClassVar[tuple[type[Frozen], ...]] = (Similarity, Selected)
    needs: ClassVar[tuple[type[Frozen], ...]] = (Similarity,)
    stories: ClassVar[tuple[str, ...]] = ("shapes", "speech", "clips")
    min_interval_s = 0.5

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.histogram = Plot("Similarity matrix"), Plot()
        self.image, self.pairs = MatrixImage(self.matrix), PairHistogram(self.histogram)
        self.cover, self.lasso = SelectionCover(self.matrix), Lasso(self.matrix)
        self._cell_card = CellCard(self.matrix, self)
        self._shown: Similarity | None = None
        self._order = Order()
        self.source = _source_choice()
        self.ahead = StepSlider(
            "How many steps ahead the scores are for",
            "Show the scores of predictions this many steps ahead",
            "steps ahead",
            "k = {}",
        )
        self._requested_ahead = 1
        self.by_label = small_toggle("by label", "Order the samples by their label instead of as they came")
        self.mark_positives = small_toggle("positives", "Mark the positive pairs", checked=True)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(8, 0, 12, 6)
        self._layout.setSpacing(8)
        self._layout.addWidget(self.matrix, 1)
        self._layout.addWidget(self.histogram, 1)
        for control in self.title_widgets():
            control.hide()
        self._connect()
        self.apply_theme()

    def _connect(self) -> None:
        self.lasso.drawn.connect(self._select)
        self.matrix.getViewBox().sigRangeChanged.connect(self.mark_dirty)
        self.ahead.changed.connect(self._choose_ahead)
        self.source.currentIndexChanged.connect(self.request_changed)
        for toggle in (self.by_label, self.mark_positives):
            toggle.toggled.connect(self.mark_dirty)

    def title_widgets(self) -> tuple[QWidget, ...]:
        return (self.by_label, self.mark_positives, self.source, self.ahead)

    def request(self) -> SimilarityRequest:
        return SimilarityRequest(source=self.source.currentData(), step_ahead=self._requested_ahead)

    def apply_theme(self) -> None:
        for part in (self.matrix, self.image, self.histogram, self.pairs):
            part.apply_theme()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        wide = self.width() > 1.2 * self.height()
        self._layout.setDirection(QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom)
        self._layout.setStretch(0, 1 if wide else 3)
        self.matrix.follow_again()
        self.mark_dirty()

    def empty_text(self, run: RunModel) -> str:
        if run.similarity is not None:
            return ""
        return "The similarities within a batch appear here in a moment."

    def table(self) -> Table | None:
        """Return the matrix in the order displayed, with the name of each row and the label of its sample.

        A row is named by the number of its sample: in a batch, samples are counted from 1; samples of the map have
        their data set index. Samples that are files have their paths instead. If each sample has two views, "a" or "b"
        is appended: rows 1a and 1b are the first and the second view of sample 1. Rows of dimensions are counted from
        1, rows of prototypes have the names of these; neither have a label. Columns are named like rows, and those of a
        queue are counted from 1.
        """
        shown = self.run.similarity
        if shown is None:
            return None
        order = self._order_of(shown)
        numbers = numbers_of(shown, self.run.probe)
        names = [row_name(shown, row, numbers) for row in order.rows.tolist()]
        cells = np.asarray(shown.matrix.numpy())[np.ix_(order.rows, order.columns)]
        column_names = [column_name(shown, column, numbers) for column in order.columns.tolist()]
        columns = dict(zip(column_names, cells.T.tolist(), strict=True))
        if not shown.labels.shape[0]:
            return {"row": names, **columns}
        labels = shown.labels.numpy()[order.rows % shown.labels.shape[0]].tolist()
        return {"row": names, "label": [self._label_name(label) for label in labels], **columns}

    def _order_of(self, shown: Similarity) -> Order:
        labels = np.asarray(shown.labels.numpy())
        return ordering(labels, *shown.matrix.shape, by_label=self.by_label.isChecked())

    def _label_name(self, label: int) -> str:
        entries = self.run.prepared.labels if self.run.prepared is not None else ()
        names = entries[0].names if entries else ()
        return name_of(names, label) if names else str(label)

    def description(self, run: RunModel) -> str:
        """Return what the matrix compares."""
        return matrix_name(run.similarity) if run.similarity is not None else ""

    def refresh(self, run: RunModel) -> None:
        before, shown = self._shown, run.similarity
        self._shown = shown
        for plot in (self.matrix, self.histogram):
            plot.setVisible(shown is not None)
        self._offer_controls(shown)
        self._order = self._order_of(shown) if shown is not None else Order()
        self._cell_card.describe(run, shown, self._order)
        if shown is None:
            return
        if before is None or before.matrix.shape != shown.matrix.shape:  # else the view may lie outside
            self.matrix.follow_again()
        of_samples = shown.labels.shape[0] > 0
        selects = self.matrix.follows and of_samples  # otherwise a drag moves the view
        self.lasso.shape = "rectangle" if selects else None
        self.image.show(shown, self._order, mark_positives=of_samples and self.mark_positives.isChecked())
        self.cover.show(shown, self._order, run.selection.indices)
        self.pairs.show(shown)

    def _offer_controls(self, shown: Similarity | None) -> None:
        """Show those controls in the title bar that make sense for the present matrix, and hide the others.

        For instance, a matrix of scores of predictions has a control that chooses which later frame is predicted.
        """
        what = shown.what if shown is not None else ""
        of_samples = shown is not None and shown.labels.shape[0] > 0
        offer(self.by_label, offered=of_samples)
        offer(self.mark_positives, offered=of_samples and shown is not None and shown.shift is not None)
        offer(self.source, offered=what not in ("", "latents", "scores") and not self.run.recorded)
        offer(self.ahead, offered=shown is not None and shown.steps_ahead[1] > 0)
        if shown is not None and shown.steps_ahead[1]:
            self.ahead.set_steps(*shown.steps_ahead, self._requested_ahead)

    def _choose_ahead(self, steps: int) -> None:
        self._requested_ahead = steps
        self.request_changed.emit()

    def _select(self, corners: Corners) -> None:
        """Select the samples in an area of the matrix, or tell the user that samples of a batch cannot be selected."""
        if self._shown is None:
            return
        if self._shown.source != "probe":
            advice = f": choose “{FIXED}” to select samples here" if self.source.isVisible() else ""
            self.noticed.emit(Notice(level="info", text=f"The samples of a batch are not on the map{advice}."))
            return
        indices = samples_in_region(self._shown, self._order, corners)
        self.selected.emit(Selected(indices=indices, origin="drawn on the matrix"))


def _source_choice() -> ComboBox:
    choice = ComboBox()
    choice.addItem("batch", "batch")
    choice.addItem(FIXED, "probe")
    sized(choice.setMinimumWidth, 56)  # with Qt's default, the title bar would be wider than the smallest window
    choice.setAccessibleName("Which pairs the similarity matrix shows")
    choice.setToolTip("The current batch, or 64 samples of the map with two fixed views each")
    return choice


if __name__ == "__main__":
    from sslviz.window.demo.stories import run_alone

    raise SystemExit(run_alone(SimilarityPanel))
