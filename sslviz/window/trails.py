"""Where points of the map were on the maps before."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from sslviz.window.cloud import PointCloud, Points
from sslviz.window.plots import pen
from sslviz.window.theme import theme

MAPS = 8
"""how far back"""
MOST = 16
"""points with a trail; of more some stand for the rest, whose lines would hide the map"""
Indices = npt.NDArray[np.integer]
NONE: Indices = np.empty(0, np.intp)


class Trails:
    """Lines from where points were to where they are, over the last maps; they follow the cloud as it glides."""

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._cloud = cloud
        self._past: deque[Points] = deque(maxlen=MAPS)
        self._of: object = None
        self._indices: Indices = NONE
        self.on = True
        self.curve = pg.PlotCurveItem(connect="finite")
        self.curve.setZValue(1)
        plot.addItem(self.curve, ignoreBounds=True)
        self.apply_theme()

    def remember(self, xy: Points, of: object) -> None:
        """Another map, of these samples; of others all is forgotten."""
        if of is not self._of or (self._past and len(self._past[-1]) != len(xy)):
            self._past.clear()
            self._of = of
        if not self._past or self._past[-1] is not xy:
            self._past.append(xy)

    def show(self, indices: Indices) -> None:
        """Those of these points, of none no trails."""
        self._indices = indices[:: max(1, -(-len(indices) // MOST))]
        self.follow()

    def follow(self) -> None:
        """The points have moved."""
        there = self._indices[self._indices < len(self._cloud.xy)]
        if not self.on or not len(there) or len(self._past) < 2 or len(self._past[-1]) != len(self._cloud.xy):
            self.curve.clear()
            return
        stops = [past[there] for past in list(self._past)[:-1]]
        ends = np.full((1, len(there), 2), np.nan, np.float32)
        path = np.concatenate([np.stack(stops), self._cloud.xy[there][None], ends]).transpose(1, 0, 2).reshape(-1, 2)
        self.curve.setData(path[:, 0], path[:, 1])

    def apply_theme(self) -> None:
        """Thin and light: the points are what counts."""
        self.curve.setPen(pen(theme().palette.text, 1.0, 60))
