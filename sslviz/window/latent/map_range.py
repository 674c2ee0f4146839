"""The part of the map that is visible until a person zooms."""

from __future__ import annotations

import numpy as np

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import SteadyRange

QUANTILES = (0.002, 0.998)
"""Quantiles of the positions to which the range is fitted along each axis, so that no outlier shrinks the rest."""
ROOM, PADDING = 0.04, 0.02
"""Free space at each side as a share of the range: to be used up by growth, and always."""


class MapRange:
    """Fits the view to the positions at which the points will arrive; it shrinks only when it is far too wide."""

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self._x, self._y = SteadyRange(ROOM), SteadyRange(ROOM)

    def fit(self) -> None:
        """Fit the view, unless a person has zoomed."""
        xy = self._cloud.target
        if not len(xy) or not self._plot.follows:
            return
        low, high = np.quantile(xy, QUANTILES, axis=0).tolist()
        x, y = self._x.fit(low[0], high[0]), self._y.fit(low[1], high[1])
        self._plot.getViewBox().setRange(xRange=x, yRange=y, padding=PADDING, disableAutoRange=False)
