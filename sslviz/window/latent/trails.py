"""Trails: lines through the positions that points had on the previous maps."""

from __future__ import annotations

from collections import deque

import numpy as np
import pyqtgraph as pg

from sslviz.core.panel_data import Probe
from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.points import NO_INDICES, Indices, Points
from sslviz.window.plotting.pens import pen
from sslviz.window.style.theme import theme

MAX_MAPS = 8
"""Maximum number of maps, the newest included, whose positions a trail connects."""
MAX_TRAILS = 16
"""Maximum number of trails: of more points, only every n-th has a trail, since too many lines would hide the map."""
ALPHA = 60
"""Opacity of the trails, out of 255: low, since the points matter more."""


class Trails:
    """Draws the trails of some points; while the points glide, the ends of the trails move with them."""

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._cloud = cloud
        self._maps: deque[tuple[int, Points]] = deque(maxlen=MAX_MAPS)
        """Step and positions, float32[n, 2], of each map, in the order of steps."""
        self._probe: Probe | None = None
        self._what = ""
        self.indices: Indices = NO_INDICES
        """Indices of the points that have a trail."""
        self._on = True
        self.curve = pg.PlotCurveItem(connect="finite")
        self.curve.setZValue(1)
        plot.addItem(self.curve, ignoreBounds=True)
        self.apply_theme()

    def remember(self, step: int, xy: Points, probe: Probe, what: str) -> None:
        """Keep the positions of the points on a new map, so that trails lead from the earlier maps to this one.

        ``what`` says what was laid out and by which method. Before this, forget all earlier maps if they show other
        samples than the new map, or if ``what`` is another one; otherwise forget only those of ``step`` itself and of
        later steps.
        """
        other_length = bool(self._maps) and len(self._maps[-1][1]) != len(xy)
        if probe is not self._probe or what != self._what or other_length:
            self._maps.clear()
            self._probe, self._what = probe, what
        while self._maps and self._maps[-1][0] >= step:
            self._maps.pop()
        self._maps.append((step, xy))

    def show(self, indices: Indices) -> None:
        """Draw the trails of the points ``indices``.

        Of more than :data:`MAX_TRAILS` points, only every second, third … one gets a trail, so that there are at most
        MAX_TRAILS trails.
        """
        self.indices = indices[:: max(1, -(-len(indices) // MAX_TRAILS))]
        self.follow()

    def switch(self, on: bool) -> None:
        """Show the trails if ``on``, else hide them."""
        self._on = on
        self.follow()

    def follow(self) -> None:
        """Draw the trails again, up to the present positions of the points."""
        xy, maps = self._cloud.xy, self._maps
        indices = self.indices[self.indices < len(xy)]
        if not self._on or not len(indices) or len(maps) < 2 or len(maps[-1][1]) != len(xy):
            self.curve.clear()
            return
        before = [positions[indices] for _, positions in list(maps)[:-1]]
        breaks = np.full((1, len(indices), 2), np.nan, np.float32)
        line = np.concatenate([np.stack(before), xy[indices][None], breaks]).transpose(1, 0, 2).reshape(-1, 2)
        self.curve.setData(line[:, 0], line[:, 1])

    def apply_theme(self) -> None:
        """Draw the trails thin and light, in the colour of text."""
        self.curve.setPen(pen(theme().palette.text, 1.0, ALPHA))
