"""Brushing between the map and the similarity matrix: samples selected in one of them are marked in both.

This works only for a matrix of the probe's samples, which are the first samples of the map; samples of a batch are not
on the map. Such a matrix has R rows and R columns, one for each sample or for each view of each sample. They can be
displayed in another order, which is the same for both.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from sslviz.core.panel_data import Similarity
from sslviz.window.latent.lasso import Corners
from sslviz.window.plotting.matrix_order import Order
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import theme

COVER_ALPHA = 170
"""Opacity of the cover over cells without a selected sample, out of 255."""


class SelectionCover:
    """Draws a half-transparent cover over all cells of a matrix outside the rows and columns of selected samples."""

    def __init__(self, plot: Plot) -> None:
        self.item = pg.ImageItem(axisOrder="row-major")
        self.item.setZValue(1)
        plot.addItem(self.item)

    def show(self, similarity: Similarity, order: Order, selection: tuple[int, ...]) -> None:
        """Cover all cells outside the rows and columns of selected samples; if no sample is selected, cover no cell.

        ``selection`` contains the indices of the selected samples of the map.
        """
        selected = selected_rows(similarity, order, selection)
        self.item.setVisible(bool(selected.any()))
        if not selected.any():
            return
        covered = ~(selected[:, None] | selected)
        surface = QColor(theme().palette.surface)
        image = np.empty((*covered.shape, 4), np.uint8)
        image[..., :3] = (surface.red(), surface.green(), surface.blue())
        image[..., 3] = np.where(covered, COVER_ALPHA, 0)
        self.item.setImage(image, autoLevels=False, levels=(0, 255))
        self.item.setRect(QRectF(0, 0, len(selected), len(selected)))


def selected_rows(similarity: Similarity, order: Order, selection: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Return whether each row of the matrix, in the order displayed, belongs to a selected sample, bool[R].

    ``selection`` contains the indices of the selected samples of the map. If the matrix is of a batch, all entries
    are False.
    """
    if similarity.source != "probe":
        return np.zeros(len(order.rows), bool)
    return np.isin(order.rows % max(similarity.labels.shape[0], 1), np.array(selection, np.intp))


def samples_in_region(similarity: Similarity, order: Order, corners: Corners) -> tuple[int, ...]:
    """Return the indices of the samples whose rows or columns overlap a region drawn on the matrix.

    The region is the bounding box of a polygon with ``corners`` float64[m, 2], in rows and columns of the matrix.
    """
    last = len(order.rows)
    low, high = np.clip(np.floor(corners.min(axis=0)), 0, last), np.clip(np.ceil(corners.max(axis=0)), 0, last)
    rows = {*range(int(low[0]), int(high[0])), *range(int(low[1]), int(high[1]))}
    samples = max(similarity.labels.shape[0], 1)
    return tuple(sorted({int(order.rows[row]) % samples for row in rows}))
