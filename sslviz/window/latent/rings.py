"""Rings on the map around the pinned sample and around its nearest neighbours in the latent space."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.points import NO_INDICES, Indices
from sslviz.window.plotting.pens import pen
from sslviz.window.style.theme import theme

PINNED_PX, NEIGHBOUR_PX = 19, 9
"""Diameters in pixels; a neighbour's ring is as large as a point of a small map, so that it covers few other points."""
PINNED_WIDTH, NEIGHBOUR_WIDTH = 2.4, 1.0
"""Widths of the lines, in pixels."""
Z = 5
"""Z value of the rings: above all points and the names of classes."""


class Rings:
    """Draws rings around the pinned sample and its neighbours; while the points glide, the rings move with them."""

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._cloud = cloud
        self.pinned: int | None = None
        self.neighbours: Indices = NO_INDICES
        self.neighbour_item, self.pinned_item = (
            pg.ScatterPlotItem(size=size, symbol="o", brush=pg.mkBrush(0, 0, 0, 0))
            for size in (NEIGHBOUR_PX, PINNED_PX)
        )
        for item in (self.neighbour_item, self.pinned_item):
            item.setZValue(Z)
            plot.addItem(item, ignoreBounds=True)
        self.apply_theme()

    def show(self, pinned: int | None, neighbours: Indices) -> None:
        """Draw a ring around the sample ``pinned``, if any, and a ring around each of its ``neighbours``."""
        self.pinned, self.neighbours = pinned, neighbours
        self.follow()

    def follow(self) -> None:
        """Move the rings to the present positions of their points."""
        pinned = NO_INDICES if self.pinned is None else np.array([self.pinned])
        self._put(self.neighbour_item, self.neighbours)
        self._put(self.pinned_item, pinned)

    def _put(self, item: pg.ScatterPlotItem, indices: Indices) -> None:
        xy = self._cloud.xy[indices[indices < len(self._cloud.xy)]]
        if len(xy) or len(item.data):
            item.setData(x=xy[:, 0], y=xy[:, 1])

    def apply_theme(self) -> None:
        """Draw the rings in the colour of text, so that they stand out from every class."""
        self.neighbour_item.setPen(pen(theme().palette.text, NEIGHBOUR_WIDTH))
        self.pinned_item.setPen(pen(theme().palette.text, PINNED_WIDTH))
