"""The cells of a similarity matrix as an image, with lines around its positive pairs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF

from sslviz.core.panel_data import Similarity
from sslviz.window.plotting.matrix_order import Order, stride
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import Floats
from sslviz.window.style.palette import diverging_map
from sslviz.window.style.theme import theme


class MatrixImage:
    """Draws a similarity matrix into a plot, with row 0 at the top; a cell is one unit wide and high on the axes."""

    def __init__(self, plot: Plot) -> None:
        self._plot = plot
        self._image = pg.ImageItem(axisOrder="row-major")
        self._positives = pg.PlotCurveItem(connect="pairs")
        plot.getViewBox().setAspectLocked(True)
        plot.getViewBox().invertY(True)
        for axis in ("left", "bottom"):
            plot.hideAxis(axis)
        plot.addItem(self._image)
        plot.addItem(self._positives)

    @property
    def levels(self) -> npt.NDArray[np.uint8]:
        """The m rows and n columns of cells that are drawn, uint8[m, n].

        0 stands for the similarity ``-Similarity.limit``, 255 for ``Similarity.limit``.
        """
        return np.asarray(self._image.image)

    @property
    def positive_lines(self) -> Floats | None:
        """The n lines around the positive pairs as (x0, y0, x1, y1), float64[n, 4]; None while they are hidden."""
        if not self._positives.isVisible():
            return None
        return np.stack(self._positives.getData(), axis=1).reshape(-1, 4)

    def apply_theme(self) -> None:
        """Use the colours of the current theme."""
        palette = theme().palette
        self._image.setLookupTable(diverging_map(palette))
        self._positives.setPen(pen(palette.text, 1.0, 130))

    def show(self, shown: Similarity, order: Order, *, mark_positives: bool) -> None:
        """Draw the matrix; show the whole matrix unless the user has zoomed.

        ``order`` is the order in which its rows and columns are drawn. ``mark_positives`` says whether lines around the
        positive pairs are drawn.
        """
        rows, columns = shown.matrix.shape
        view = self._plot.getViewBox()
        if self._plot.follows:
            view.setRange(xRange=(0, columns), yRange=(0, rows), padding=0.01, disableAutoRange=False)
        left, right = view.viewRange()[0]
        step = stride((right - left) / max(view.width(), 1.0), shown.shift)
        drawn = levels_of(shown, order.every(step))
        if drawn.size:
            self._image.setImage(drawn, autoLevels=False, levels=(0, 255))
            self._image.setRect(QRectF(0, 0, drawn.shape[1] * step, drawn.shape[0] * step))
        else:
            self._image.clear()  # pyqtgraph divides by the size
        self._positives.setVisible(mark_positives and shown.shift is not None)
        self._positives.setData(*lines_around_positives(rows, columns, shown.shift).T)


def levels_of(shown: Similarity, order: Order) -> npt.NDArray[np.uint8]:
    """Return the rows and columns in ``order``, of which there may be fewer than of the matrix, as uint8[m, n].

    Similarities from ``-shown.limit`` to ``shown.limit`` become grey levels from 0 to 255. Similarities outside of this
    range are clipped, and NaN counts as similarity 0.
    """
    limit = shown.limit
    cells = np.nan_to_num(np.asarray(shown.matrix.numpy(), float), nan=0.0, posinf=limit, neginf=-limit)
    ordered = np.clip(cells[np.ix_(order.rows, order.columns)], -limit, limit)
    return np.asarray(np.clip((ordered / limit + 1) * 127.5, 0, 255), np.uint8)


def lines_around_positives(rows: int, columns: int, shift: int | None) -> Floats:
    """Return the lines that enclose the positive pairs of a matrix, which has at least as many columns as rows.

    The positive of row i of the matrix is in column (i + ``shift``) % ``columns``. The positives thus lie on one or two
    diagonals. Each diagonal has one line on either side, at a distance of ``rows`` / 64 cells, but at least one cell.
    The result for n lines is float64[2n, 2]: each line has two consecutive rows, which are the (x, y) of its two ends.
    If ``shift`` is None, there are no positives and no lines.
    """
    room = max(1.0, rows / 64)
    first = min(rows, columns - (shift or 0))
    diagonals = [] if shift is None else [(0, shift, first), (first, 0, rows - first)]
    lines = [
        (column + side, row, column + length + side, row + length)
        for row, column, length in diagonals
        for side in (-room, room)
        if length
    ]
    return np.asarray(np.clip(np.array(lines, float).reshape(-1, 2), 0, (columns, rows)))
