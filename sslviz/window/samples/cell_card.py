"""The card that describes a cell of the similarity matrix: value, kind of pair, and the samples of row and column.

The kind of pair is "positive pair" or "negative pair", for example.
"""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPoint
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from sslviz.core.panel_data import Similarity
from sslviz.window.latent.labels import excerpt
from sslviz.window.plotting.images import to_pixmap
from sslviz.window.plotting.matrix_order import Order
from sslviz.window.plotting.matrix_words import cell_names, numbers_of, pair_kind
from sslviz.window.plotting.plots import Plot
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.hover_card import HoverCard

THUMBNAIL_PX = 64
"""Height of the two images on the card, in pixels."""
MAX_LINES = 2
"""Maximum number of lines of each text on the card."""


class CellCard:
    """A card that follows the mouse or the arrow keys over the similarity matrix and describes the cell there.

    The card shows the sample of the cell's row and the sample of its column.
    """

    def __init__(self, plot: Plot, panel: QWidget) -> None:
        self._plot, self._panel = plot, panel
        self._card = HoverCard(panel, images=2)
        self._row = self._column = 0
        self._run = RunModel()
        self._shown: Similarity | None = None
        self._order = Order()
        plot.hovered.connect(self._point_at)
        plot.left.connect(self._card.hide)
        plot.stepped.connect(self._step)

    def describe(self, run: RunModel, shown: Similarity | None, order: Order) -> None:
        """Set the matrix whose cells the card describes, and the order in which it is drawn; None for no matrix."""
        self._run, self._shown, self._order = run, shown, order

    def _step(self, right: int, down: int) -> None:
        """Show the card at a neighbouring cell; if the card is hidden, show it at its last cell instead."""
        if self._card.isVisible():
            self._column = min(max(self._column + right, 0), len(self._order.columns) - 1)
            self._row = min(max(self._row + down, 0), len(self._order.rows) - 1)
        self._point_at(self._column + 0.5, self._row + 0.5)

    def _point_at(self, x: float, y: float) -> None:
        """Show the card for the cell at a point of the plot; hide the card if the point is outside of the matrix."""
        shown, column, row = self._shown, int(x // 1), int(y // 1)
        if shown is None or not (0 <= column < len(self._order.columns) and 0 <= row < len(self._order.rows)):
            self._card.hide()
            return
        self._row, self._column = row, column
        pair = int(self._order.rows[row]), int(self._order.columns[column])
        at = self._plot.mapFromScene(self._plot.getViewBox().mapViewToScene(pg.Point(x, y)))
        place = QPoint(self._plot.mapTo(self._panel, at))
        self._card.show_at(place, thumbnails(shown, *pair), cell_text(self._run, shown, *pair))


def thumbnails(shown: Similarity, row: int, column: int) -> list[QPixmap]:
    """Return the images of the row's sample and of the column's sample; a null pixmap for each that has no image."""
    images = (shown.images, shown.column_images or shown.images)
    return [
        to_pixmap(array.numpy()[index], THUMBNAIL_PX) if index < array.shape[0] else QPixmap()
        for array, index in zip(images, (row, column), strict=True)
    ]


def cell_text(run: RunModel, shown: Similarity, row: int, column: int) -> str:
    """Return the text of the card: value, kind of pair, names of row and column, excerpts of the samples' texts."""
    value = float(shown.matrix.numpy()[row, column])
    kind, names = pair_kind(shown, row, column), cell_names(shown, row, column, numbers_of(shown, run.probe))
    if shown.what == "prototypes":  # their texts are in the names
        return "\n".join([f"{value:.3f}   {kind}", *names])
    texts = [excerpt(shown.texts[at], MAX_LINES) for at in dict.fromkeys((row, column)) if at < len(shown.texts)]
    return "\n".join([f"{value:+.3f}   {kind}", " · ".join(names), *texts])
