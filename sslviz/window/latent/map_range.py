"""The visible range of the map: fitted to the points, unless the user has zoomed this run's map of this layout."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QRectF

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.ranges import SteadyRange
from sslviz.window.runs.run_model import RunModel

QUANTILES = (0.002, 0.998)
"""Quantiles of the positions between which the range is fitted along each axis, so that outliers do not widen it."""
ROOM, PADDING = 0.04, 0.02
"""Free space at each side, as shares of the range: ``ROOM`` is for the map to grow into, ``PADDING`` is constant."""
FILLED = 0.92
"""Minimum span of the points along each axis over that when the range was made; if they span less, it is shrunk."""
Zooms = dict[str, QRectF]
"""The ranges to which the user has zoomed the maps of one run, by the layout of the map."""


class MapRange:
    """Fits the visible range of the plot to the positions to which the points glide.

    The range is widened when it does not contain the points, and shrunk when the points fill too little of it. It stays
    as it is while the map is zoomed. A zoom belongs to a run and to a layout, that is, what is laid out and by which
    method: the map of another run or of another layout is fitted, and the zoom is restored when the user returns to the
    zoomed map.
    """

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self._x, self._y = SteadyRange(ROOM, FILLED), SteadyRange(ROOM, FILLED)
        self._of_runs: WeakKeyDictionary[RunModel, Zooms] = WeakKeyDictionary()
        self._zooms: Zooms = {}
        self._layout = ""
        """Layout of the map in view; empty until :meth:`fit` is called for a map of the run."""
        plot.zoomed.connect(self._keep_zoom)

    def show_run(self, run: RunModel) -> None:
        """Prepare for the maps of ``run``; if another run was in view before, show all of the next map."""
        zooms = self._of_runs.setdefault(run, {})
        if zooms is not self._zooms:
            self._zooms, self._layout = zooms, ""
            self._fit_anew()

    def fit(self, layout: str) -> None:
        """Fit the visible range to the points of a map of this ``layout``, unless the user has zoomed such a map."""
        if layout != self._layout:
            self._layout = layout
            self._restore(self._zooms.get(layout))
        self.follow()

    def follow(self) -> None:
        """Fit the visible range again: while the points glide, to all of their way, so that none leaves the view."""
        xy = self._cloud.target
        if not self._layout or not len(xy) or not self._plot.follows:
            return
        if self._cloud.gliding:
            xy = np.concatenate([self._cloud.xy, xy])
        low, high = np.quantile(xy, QUANTILES, axis=0).tolist()
        x, y = self._x.fit(low[0], high[0]), self._y.fit(low[1], high[1])
        self._plot.getViewBox().setRange(xRange=x, yRange=y, padding=PADDING, disableAutoRange=False)

    def _restore(self, zoom: QRectF | None) -> None:
        if zoom is None:
            self._fit_anew()
        else:
            self._plot.zoom_to(zoom)

    def _fit_anew(self) -> None:
        self._plot.follow_again()
        self._x.reset()
        self._y.reset()

    def _keep_zoom(self, zoomed: bool) -> None:
        if not self._layout:
            return
        if zoomed:
            self._zooms[self._layout] = self._plot.getViewBox().viewRect()
        else:
            self._zooms.pop(self._layout, None)
            self._fit_anew()
