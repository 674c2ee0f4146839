"""Trails: lines through the positions that points had on the previous maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from sslviz.window.latent.cloud import FARTHEST, PointCloud
from sslviz.window.latent.points import NO_INDICES, Indices, Points
from sslviz.window.plotting.pens import pen
from sslviz.window.style.theme import theme

MAX_MAPS = 8
"""Maximum number of maps, the newest included, whose positions a trail connects."""
MAX_TRAILS = 16
"""Maximum number of trails: of more points, only every n-th has a trail, since too many lines would hide the map."""
ALPHA = 110
"""Opacity of the newest part of a trail, out of 255; older parts are more transparent, see :meth:`Trails.apply_theme`.
It is low, since the points matter more."""
REACH = 0.25
"""Maximum length of a trail, as a share of the shorter side of the view: on a zoomed map, whole trails would be long
lines across all other points."""


class Trails:
    """Draws the trails of some points; while the points glide, the ends of the trails move with them."""

    def __init__(self, plot: pg.PlotWidget, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self._before: Sequence[Points] = ()
        """Positions of the points on the maps before the one in view, float32[n, 2] each, in the order of steps."""
        self.indices: Indices = NO_INDICES
        """Indices of the points that have a trail."""
        self._on = True
        self.curves = [pg.PlotCurveItem(connect="pairs") for _ in range(MAX_MAPS - 1)]
        """One curve for each pair of consecutive maps, the newest pair first; it draws that part of all trails."""
        for curve in self.curves:
            curve.setZValue(1)
            plot.addItem(curve, ignoreBounds=True)
        plot.getViewBox().sigRangeChanged.connect(self.follow)
        self.apply_theme()

    def show(self, indices: Indices, before: Sequence[Points] = ()) -> None:
        """Draw the trails of the points ``indices`` from the maps ``before``, the earliest first, to the one in view.

        Of more than :data:`MAX_TRAILS` points, only every second, third … one gets a trail, so that there are at most
        MAX_TRAILS trails.
        """
        self._before = before
        self.indices = indices[:: max(1, -(-len(indices) // MAX_TRAILS))]
        self.follow()

    def switch(self, on: bool) -> None:
        """Show the trails if ``on``, else hide them."""
        self._on = on
        self.follow()

    def follow(self) -> None:
        """Draw the trails again, up to the present positions of the points, cut off at the length :data:`REACH`."""
        corners = self._corners()
        for age, curve in enumerate(self.curves):
            if age + 1 < len(corners):
                x, y = corners[age : age + 2].transpose(2, 1, 0).reshape(2, -1)
                curve.setData(x, y)
            elif curve.xData is not None:
                curve.clear()

    def apply_theme(self) -> None:
        """Draw the trails thin, in the colour of text, and the more transparent, the older."""
        for age, curve in enumerate(self.curves):
            curve.setPen(pen(theme().palette.text, 1.0, round(ALPHA * (1 - age / MAX_MAPS))))

    def _corners(self) -> npt.NDArray[np.float64]:
        """Return the corners of all trails, float64[m, n, 2], beginning at the points; m is 0 if there are none."""
        xy = self._cloud.xy
        indices = self.indices[self.indices < len(xy)]
        before = [positions[indices] for positions in reversed(self._before) if len(positions) == len(xy)]
        if not self._on or not len(indices) or not before:
            return np.empty((0, 0, 2))
        view = self._plot.getViewBox().viewRect()
        corners = np.stack([xy[indices], *before]).astype(np.float64)
        corners = np.where(np.abs(corners) < FARTHEST, corners, corners[0])
        return shortened(corners, REACH * min(view.width(), view.height()))


def shortened(corners: npt.NDArray[np.float64], length: float) -> npt.NDArray[np.float64]:
    """Return n lines through m ``corners``, float64[m, n, 2], cut off at a distance of ``length`` along each line.

    The result has the same shape: the corners beyond the cut are moved to it.
    """
    steps = np.diff(corners, axis=0)
    lengths = np.hypot(steps[..., 0], steps[..., 1])
    left = length - (np.cumsum(lengths, axis=0) - lengths)
    shares = np.clip(left / np.where(lengths > 0, lengths, 1), 0, 1)
    return np.concatenate([corners[:1], corners[0] + np.cumsum(shares[..., None] * steps, axis=0)])
