"""Names of classes on the map, at the middles of those that have gathered, none over another."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor

from sslviz.window.latent.cloud import PointCloud, Points
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import small_font, theme

NAME_PX = (48, 16)
"""about the size of a class's name"""
GATHERED = 0.22
"""A class is named on the map once its median distance to its middle is below this share of the whole map's."""
ENOUGH = 2_000
"""points to tell where a class lies; all of 50,000 would cost every frame 12 ms"""


class ClassNames:
    """``of``: what the cloud's labels are called, none where they are no classes."""

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self.of: tuple[str, ...] = ()
        self.items: list[pg.TextItem] = []

    def place(self) -> None:
        """Where the points are now."""
        cloud = self._cloud
        if not self.of or not len(cloud.xy):
            for item in self.items:
                item.hide()
            return
        while len(self.items) < len(self.of):
            self.items.append(self._item())
        some = slice(None, None, max(1, len(cloud.xy) // ENOUGH))
        middles = gathered(cloud.xy[some], cloud.labels[some], len(self.of))
        middles = apart(middles, *self._size())
        fill = QColor(theme().palette.surface)
        fill.setAlpha(190)
        for index, item in enumerate(self.items):
            item.setVisible(index in middles)
            if index in middles:
                item.setText(self.of[index], color=theme().palette.text)
                item.fill = pg.mkBrush(fill)
                item.setPos(*middles[index])

    def _item(self) -> pg.TextItem:
        item = pg.TextItem(anchor=(0.5, 0.5), color=theme().palette.text)
        item.setFont(small_font())
        item.setZValue(3)  # over points, under the rings and the few that are selected
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def _size(self) -> tuple[float, float]:
        """Width and height of a name on the map, in the map's units."""
        across, down = self._plot.getViewBox().viewPixelSize()
        return NAME_PX[0] * across, NAME_PX[1] * down


def gathered(xy: Points, labels: np.ndarray, classes: int) -> dict[int, tuple[float, float]]:
    """The middles (medians) of those classes that lie close together, by label."""
    spread = float(np.median(np.abs(xy - np.median(xy, axis=0)).sum(axis=1)))
    middles = {}
    for index in range(classes):
        members = xy[labels == index]
        if len(members) < 5:
            continue
        middle = np.median(members, axis=0)
        if float(np.median(np.abs(members - middle).sum(axis=1))) < GATHERED * spread * 2:
            middles[index] = (float(middle[0]), float(middle[1]))
    return middles


def apart(middles: dict[int, tuple[float, float]], width: float, height: float) -> dict[int, tuple[float, float]]:
    """The same places, names pushed down from those above where they would cover each other."""
    placed: dict[int, tuple[float, float]] = {}
    for index, (x, y) in sorted(middles.items(), key=lambda item: -item[1][1]):
        at = y
        for other_x, other_y in sorted(placed.values(), key=lambda place: -place[1]):
            if abs(x - other_x) < width and abs(at - other_y) < height:
                at = other_y - height
        placed[index] = (x, at)
    return placed
