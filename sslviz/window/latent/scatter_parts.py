"""Points drawn by pyqtgraph scatter items; the points of one item have the same colour and symbol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtGui import QBrush, QColor, QPen

from sslviz.window.latent.points import Indices, Points
from sslviz.window.style.palette import BY_CLASS, PointStyles
from sslviz.window.style.theme import theme

Column = npt.NDArray[np.floating]
ALPHA = 225
"""Opacity of a point's fill, out of 255."""
OUTLINE_PX, SELECTED_OUTLINE_PX = 0.6, 1.2
SIZES = ((500, 2_000, 10_000, 50_000), (9, 7.5, 5, 3))
"""Numbers of points on the map, and the size of a point, in pixels, at each number; interpolated between them."""
CROWDED, SPARSE = 2.0, 1.6
"""Points whose :func:`crowding` is above ``CROWDED`` lose their thin outlines, of which there would be more to see than
of the points; below ``SPARSE`` they get them back."""


class Part(NamedTuple):
    """Points of one colour and symbol, and the scatter item that draws them."""

    label: int
    """Number of the points' class, or of their interval if the points are coloured by a number.

    If classes share the item because they look the same, it is the lowest number of a class that looks so.
    """
    members: Indices
    """Indices of the points among all points of the map."""
    item: pg.ScatterPlotItem
    bare: bool
    """Whether the points have no outlines, since they lie close together."""


class ScatterParts:
    """A layer of points, for instance all selected points, drawn by several scatter items.

    Each item with its points is a :class:`Part` in ``parts``. ``magnification`` multiplies the size of the points.
    """

    def __init__(self, plot: pg.PlotWidget, magnification: float = 1.0) -> None:
        self._plot, self._magnification = plot, magnification
        self._styles = BY_CLASS
        self._outlined = False
        self._count = 0
        """Number of points of the map."""
        self._pixel = 0.0
        self._hidden = False
        self.parts: tuple[Part, ...] = ()

    def show(
        self,
        xy: Points,
        members: Iterable[tuple[int, Indices]],
        styles: PointStyles,
        *,
        outlined: bool = False,
        z: float = 0,
    ) -> None:
        """Replace all parts by new ones.

        Args:
            xy: positions of all points of the map, float32[n, 2].
            members: for each part the label and the indices of its points, in the order in which the parts are painted.
            styles: the colours and symbols of the labels.
            outlined: whether points have an outline in the colour of text, instead of a thin outline in the
                background's colour.
            z: z value of the parts: they are painted above all items with a lower z value.
        """
        self.clear()
        self._styles, self._outlined, self._count = styles, outlined, len(xy)
        self.parts = tuple(self._part(xy, label, indices, z) for label, indices in members)

    def clear(self) -> None:
        """Remove all points and their scatter items from the plot."""
        for part in self.parts:
            self._plot.removeItem(part.item)
        self.parts = ()

    def move(self, xy: Points) -> None:
        """Move the points to other positions, float32[n, 2]; keep the scatter items, as creating them is slow."""
        for _, members, item, _ in self.parts:
            item.data["x"], item.data["y"] = xy[members, 0], xy[members, 1]
            item.bounds = [None, None]
            item.prepareGeometryChange()
            item.invalidate()

    def hide(self, hidden: bool) -> None:
        """Hide the points, also those that are shown later, or show them again."""
        self._hidden = hidden
        for part in self.parts:
            part.item.setVisible(not hidden)

    def adapt_outlines(self, pixel: float) -> None:
        """Remove the thin outlines of points that lie close together, part by part, and restore those of the others.

        ``pixel`` is the size of a pixel in the units of the map; it also counts for parts that are shown later.
        """
        self._pixel = pixel
        before, self.parts = self.parts, tuple(map(self._adapted, self.parts))
        for part, old in zip(self.parts, before, strict=True):
            if part.bare != old.bare:
                part.item.setPen(self._appearance(part.label, part.bare)[0])

    def apply_theme(self) -> None:
        """Colour all points as in the current theme."""
        size = self._size()
        for part in self.parts:
            pen, brush, _ = self._appearance(part.label, part.bare)
            part.item.setBrush(brush)
            part.item.setPen(pen)
            if part.item.opts["size"] != size:
                part.item.setSize(size)

    def _part(self, xy: Points, label: int, members: Indices, z: float) -> Part:
        size = self._size()
        x, y = xy[members].T
        bare = self._lie_close(x, y, size, CROWDED)
        pen, brush, symbol = self._appearance(label, bare)  # setting these later takes twice the time
        item = pg.ScatterPlotItem(x=x, y=y, symbol=symbol, size=size, pxMode=True, pen=pen, brush=brush)
        item.setZValue(z)
        item.setVisible(not self._hidden)
        self._plot.addItem(item, ignoreBounds=True)
        return Part(label, members, item, bare)

    def _size(self) -> float:
        return self._magnification * float(np.interp(self._count, *SIZES)) * theme().line_scale

    def _adapted(self, part: Part) -> Part:
        data, size = part.item.data, part.item.opts["size"]
        return part._replace(bare=self._lie_close(data["x"], data["y"], size, SPARSE if part.bare else CROWDED))

    def _lie_close(self, x: Column, y: Column, size: float, limit: float) -> bool:
        return not self._outlined and crowding(x, y, size * self._pixel) > limit

    def _appearance(self, label: int, bare: bool) -> tuple[QPen, QBrush, str]:
        palette = theme().palette
        colour, symbol = self._styles.of(label, palette)
        fill = QColor(colour)
        fill.setAlpha(ALPHA)
        outline, width = (palette.text, SELECTED_OUTLINE_PX) if self._outlined else (palette.surface, OUTLINE_PX)
        return pg.mkPen(None if bare else QColor(outline), width=width * theme().line_scale), QBrush(fill), symbol


def crowding(x: Column, y: Column, size: float) -> float:
    """Return how close points lie together: their number for each square of the side ``size`` that is not empty.

    The squares are those of a grid. The result is 1 if each point lies in a square of its own. ``x`` and ``y``,
    float[n], have the unit of ``size``. If ``size`` is 0, no points lie close together, and the result is 0.
    """
    if not len(x) or not size:
        return 0.0
    return len(x) / len(np.unique(np.floor(x / size) + 1j * np.floor(y / size)))
