"""Rings on the map: around the pinned sample, its nearest neighbours, and what is pointed at on another map."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.points import NO_INDICES, Indices, Points
from sslviz.window.plotting.pens import pen
from sslviz.window.style.theme import theme

PINNED_PX, POINTED_PX, NEIGHBOUR_PX = 19, 15, 9
"""Diameters in pixels; a neighbour's ring is as large as a point of a small map, so that it covers few other points."""
PINNED_WIDTH, NEIGHBOUR_WIDTH = 2.4, 1.0
"""Widths of the lines, in pixels."""
APART_PX = 6.0
"""Minimum distance between the middles of two neighbours' rings, in pixels: closer ones would add up to a patch."""
Z = 5
"""Z value of the rings: above all points and the names of classes."""


class Rings:
    """Draws rings around the pinned sample and its neighbours; while the points glide, the rings move with them.

    Another one is around the sample at whose point on another map the user points.
    Of neighbours that lie very close together, only some get a ring; the others get theirs when the user zooms in.
    """

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._view, self._cloud = plot.getViewBox(), cloud
        self.pinned: int | None = None
        self.pointed: int | None = None
        self.neighbours: Indices = NO_INDICES
        self.neighbour_item, self.pinned_item, self.pointed_item = (
            pg.ScatterPlotItem(symbol="o", brush=pg.mkBrush(0, 0, 0, 0)) for _ in range(3)
        )
        for item in (self.neighbour_item, self.pinned_item, self.pointed_item):
            item.setZValue(Z)
            plot.addItem(item, ignoreBounds=True)
        self._view.sigRangeChanged.connect(self.follow)
        self.apply_theme()

    def show(self, pinned: int | None, neighbours: Indices) -> None:
        """Draw a ring around the sample ``pinned``, if any, and a ring around each of its ``neighbours``."""
        self.pinned, self.neighbours = pinned, neighbours
        self.follow()

    def point_at(self, index: int | None) -> None:
        """Draw a ring around the sample that the user points at on another map; none if it is None."""
        self.pointed = index
        self._put(self.pointed_item, self._positions(_one(index)))

    def hide(self, hidden: bool) -> None:
        """Hide the rings of pinned samples and neighbours, also those that are shown later, or show them again."""
        for item in (self.neighbour_item, self.pinned_item):
            item.setVisible(not hidden)

    def follow(self) -> None:
        """Move the rings to the present positions of their points."""
        least = APART_PX * max(self._view.viewPixelSize())
        self._put(self.neighbour_item, standing_apart(self._positions(self.neighbours), least))
        self._put(self.pinned_item, self._positions(_one(self.pinned)))
        self._put(self.pointed_item, self._positions(_one(self.pointed)))

    def _positions(self, indices: Indices) -> Points:
        return self._cloud.xy[indices[indices < len(self._cloud.xy)]]

    def _put(self, item: pg.ScatterPlotItem, xy: Points) -> None:
        if len(xy) or len(item.data):
            item.setData(x=xy[:, 0], y=xy[:, 1])

    def apply_theme(self) -> None:
        """Draw the rings in the colour of text, so that they stand out from every class."""
        sizes = ((self.neighbour_item, NEIGHBOUR_PX), (self.pinned_item, PINNED_PX), (self.pointed_item, POINTED_PX))
        for item, size in sizes:
            item.setSize(size * theme().line_scale)
        self.neighbour_item.setPen(pen(theme().palette.text, NEIGHBOUR_WIDTH))
        self.pinned_item.setPen(pen(theme().palette.text, PINNED_WIDTH))
        self.pointed_item.setPen(pen(theme().palette.accent, PINNED_WIDTH))


def _one(index: int | None) -> Indices:
    return NO_INDICES if index is None else np.array([index])


def standing_apart(xy: Points, least: float) -> Points:
    """Return the first of the points ``xy``, float32[n, 2], and each further one at least so far from all before it."""
    kept: list[list[float]] = []
    for place in xy.tolist():
        if all(math.dist(place, other) >= least for other in kept):
            kept.append(place)
    return np.array(kept, np.float32).reshape(-1, 2)
