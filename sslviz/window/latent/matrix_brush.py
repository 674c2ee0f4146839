"""Between the map's samples and the similarity matrix of fixed samples, which are the first of the map's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from sslviz.core.panel_data import Similarity
from sslviz.window.latent.lasso import Corners
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import theme

VEIL = 170
"""alpha of what covers cells that are of no selected sample"""
Order = npt.NDArray[np.intp]


class Veil:
    """Covers the cells of a matrix whose row and column are both of samples that are not selected."""

    def __init__(self, plot: Plot) -> None:
        self.item = pg.ImageItem(axisOrder="row-major")
        self.item.setZValue(1)
        plot.addItem(self.item)

    def show(self, shown: Similarity, order: Order, selection: tuple[int, ...]) -> None:
        """``order`` is that of the rows as they are shown; nothing is covered where none of them is selected."""
        selected = chosen_rows(shown, order, selection)
        self.item.setVisible(bool(selected.any()))
        if not selected.any():
            return
        covered = ~(selected[:, None] | selected)
        surface = QColor(theme().palette.surface)
        image = np.empty((*covered.shape, 4), np.uint8)
        image[..., :3] = (surface.red(), surface.green(), surface.blue())
        image[..., 3] = np.where(covered, VEIL, 0)
        self.item.setImage(image, autoLevels=False, levels=(0, 255))
        self.item.setRect(QRectF(0, 0, len(order), len(order)))


def chosen_rows(shown: Similarity, order: Order, selection: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which of the rows as they are shown are of selected samples of the map, bool[R]; none of a batch."""
    if shown.source != "probe":
        return np.zeros(len(order), bool)
    return np.isin(order % max(shown.labels.shape[0], 1), np.array(selection, np.intp))


def samples_in(shown: Similarity, order: Order, corners: Corners) -> tuple[int, ...]:
    """The map's samples whose rows or columns, as they are shown, a line with these corners reaches over."""
    last = len(order)
    low, high = np.clip(np.floor(corners.min(axis=0)), 0, last), np.clip(np.ceil(corners.max(axis=0)), 0, last)
    reached = {*range(int(low[0]), int(high[0])), *range(int(low[1]), int(high[1]))}
    samples = max(shown.labels.shape[0], 1)
    return tuple(sorted({int(order[row]) % samples for row in reached}))
