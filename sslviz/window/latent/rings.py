"""Rings around some points of a cloud: the one a person keeps in view, and its neighbours in the latent space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import pen
from sslviz.window.style.theme import theme

PINNED_PX, NEIGHBOUR_PX = 19, 9
"""about a point wide, so that rings of neighbours that lie together do not cover them"""
Indices = npt.NDArray[np.integer]
NONE: Indices = np.empty(0, np.intp)


class Rings:
    """Follow their points wherever the cloud takes them."""

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._cloud = cloud
        self.pinned: int | None = None
        self.neighbours: Indices = NONE
        self._around = [
            pg.ScatterPlotItem(size=size, symbol="o", brush=pg.mkBrush(0, 0, 0, 0))
            for size in (NEIGHBOUR_PX, PINNED_PX)
        ]
        for item in self._around:
            item.setZValue(5)
            plot.addItem(item, ignoreBounds=True)
        self.apply_theme()

    def show(self, pinned: int | None, neighbours: Indices) -> None:
        """Put rings around these, none around what is not there."""
        self.pinned, self.neighbours = pinned, neighbours
        self.follow()

    def follow(self) -> None:
        """The points have moved."""
        count = len(self._cloud.xy)
        pinned = [self.pinned] if self.pinned is not None else []
        for item, indices in zip(self._around, (self.neighbours, np.array(pinned, np.intp)), strict=True):
            there = self._cloud.xy[indices[indices < count]]
            if len(there) or len(item.data):
                item.setData(x=there[:, 0], y=there[:, 1])

    def apply_theme(self) -> None:
        """In the colour of text, so that they stand out from every class."""
        for item, width in zip(self._around, (1.0, 2.4), strict=True):
            item.setPen(pen(theme().palette.text, width))
