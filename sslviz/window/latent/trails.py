"""Where points of the map were on the maps before."""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from sslviz.window.latent.cloud import PointCloud, Points
from sslviz.window.plotting.plots import pen
from sslviz.window.style.theme import theme

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
        self._past: deque[tuple[int, Points]] = deque(maxlen=MAPS)
        """steps rising"""
        self._of: object = None
        self._method = ""
        self._indices: Indices = NONE
        self.on = True
        self.curve = pg.PlotCurveItem(connect="finite")
        self.curve.setZValue(1)
        plot.addItem(self.curve, ignoreBounds=True)
        self.apply_theme()

    def remember(self, step: int, xy: Points, of: object, method: str) -> None:
        """Another map, of these samples. What is no earlier one of the same samples and method is forgotten."""
        if of is not self._of or method != self._method or (self._past and len(self._past[-1][1]) != len(xy)):
            self._past.clear()
            self._of, self._method = of, method
        while self._past and self._past[-1][0] >= step:
            self._past.pop()
        self._past.append((step, xy))

    def show(self, indices: Indices) -> None:
        """Those of these points, of none no trails."""
        self._indices = indices[:: max(1, -(-len(indices) // MOST))]
        self.follow()

    def follow(self) -> None:
        """The points have moved."""
        there = self._indices[self._indices < len(self._cloud.xy)]
        if not self.on or not len(there) or len(self._past) < 2 or len(self._past[-1][1]) != len(self._cloud.xy):
            self.curve.clear()
            return
        stops = [past[there] for _, past in list(self._past)[:-1]]
        ends = np.full((1, len(there), 2), np.nan, np.float32)
        path = np.concatenate([np.stack(stops), self._cloud.xy[there][None], ends]).transpose(1, 0, 2).reshape(-1, 2)
        self.curve.setData(path[:, 0], path[:, 1])

    def apply_theme(self) -> None:
        """Thin and light: the points are what counts."""
        self.curve.setPen(pen(theme().palette.text, 1.0, 60))
