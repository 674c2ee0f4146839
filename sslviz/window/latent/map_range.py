"""The visible range of the map, fitted to the points until the user zooms."""

from __future__ import annotations

import numpy as np

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import SteadyRange

QUANTILES = (0.002, 0.998)
"""Quantiles of the positions between which the range is fitted along each axis, so that outliers do not widen it."""
ROOM, PADDING = 0.04, 0.02
"""Free space at each side, as shares of the range: ``ROOM`` is for the map to grow into, ``PADDING`` is constant."""


class MapRange:
    """Fits the visible range of the plot to the positions to which the points glide.

    The range is widened when it does not contain the points, and shrunk only when it has become far too wide.
    """

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self._x, self._y = SteadyRange(ROOM), SteadyRange(ROOM)

    def fit(self) -> None:
        """Fit the visible range to the points, unless the user has zoomed or there are no points."""
        xy = self._cloud.target
        if not len(xy) or not self._plot.follows:
            return
        low, high = np.quantile(xy, QUANTILES, axis=0).tolist()
        x, y = self._x.fit(low[0], high[0]), self._y.fit(low[1], high[1])
        self._plot.getViewBox().setRange(xRange=x, yRange=y, padding=PADDING, disableAutoRange=False)
