"""Names of classes on the map, at the median position of each class whose points lie close together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtGui import QColor

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.points import Points
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import small_font, theme

NAME_PX = (48, 16)
"""Assumed size of a name, in pixels."""
COMPACT = 0.22
"""A class is compact, and its name is on the map, if its spread is below this share of twice the map's spread."""
MIN_MEMBERS = 5
"""Minimum number of points of a class whose name is on the map."""
MAX_NAMES = 100
"""Maximum number of names on the map: more would cover it, and to keep 1,000 apart takes 0.2 s."""
SAMPLED = 2_000
"""Medians are computed from so many points of a larger map, or up to twice as many: from the same share of each class,
but from at least :data:`MIN_MEMBERS` of its points.

With all points, 50,000 would add 12 ms to every frame."""
BACKGROUND_ALPHA = 190
"""Opacity of the background of a name, out of 255."""
Z = 3
"""Z value of the names: above the points, below the rings and a few selected points."""
Place = tuple[float, float]


class ClassNames:
    """Draws the names of compact classes, whose points lie close together on the map, see :func:`compact_classes`.

    While the points glide to new positions, the names move with their classes.
    """

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._plot, self._cloud = plot, cloud
        self.of: tuple[str, ...] = ()
        """Names of the classes, by label; empty if the points are coloured by a number."""
        self.items: list[pg.TextItem] = []

    def place(self) -> None:
        """Move the name of each compact class to the present median position of the class; hide all other names.

        A name that would overlap another is moved farther down, see :func:`apart`.
        """
        places = self._places() if self.of and len(self._cloud.xy) else {}
        while len(self.items) <= max(places, default=-1):
            self.items.append(self._item())
        fill = QColor(theme().palette.surface)
        fill.setAlpha(BACKGROUND_ALPHA)
        for label, item in enumerate(self.items):
            item.setVisible(label in places)
            if label in places:
                item.setText(self.of[label], color=theme().palette.text)
                item.fill = pg.mkBrush(fill)
                item.setPos(*places[label])

    def _places(self) -> dict[int, Place]:
        width, height = self._plot.getViewBox().viewPixelSize()
        medians = compact_classes(self._cloud.xy, self._cloud.labels, len(self.of))
        return apart(medians, NAME_PX[0] * width, NAME_PX[1] * height)

    def _item(self) -> pg.TextItem:
        item = pg.TextItem(anchor=(0.5, 0.5), color=theme().palette.text)
        item.setFont(small_font())
        item.setZValue(Z)
        self._plot.addItem(item, ignoreBounds=True)
        return item


def compact_classes(xy: Points, labels: npt.NDArray[np.integer], classes: int) -> dict[int, Place]:
    """Return the median position of each class whose points lie close together: a dictionary with the label as key.

    ``xy`` float32[n, 2] are the positions of n points; ``labels`` int[n] are their classes from 0 to ``classes`` - 1,
    negative if unknown.

    A class is included if it is one of the :data:`MAX_NAMES` largest, if it has at least :data:`MIN_MEMBERS` points,
    and if its spread is below ``2 * COMPACT`` times the spread of all points. The spread of a set of points is the
    median of their L1 distances to their median position. Only some points of a large map are used, see
    :data:`SAMPLED`.
    """
    stride = max(1, len(xy) // SAMPLED)
    spread = _spread(xy[::stride], np.median(xy[::stride], axis=0))
    medians: dict[int, Place] = {}
    counts = np.bincount(labels[labels >= 0], minlength=classes)[:classes]
    largest = np.argsort(-counts, kind="stable")[:MAX_NAMES]
    for label in largest[counts[largest] >= MIN_MEMBERS].tolist():
        indices = np.flatnonzero(labels == label)
        members = xy[indices[:: min(stride, len(indices) // MIN_MEMBERS)]]
        median = np.median(members, axis=0)
        if _spread(members, median) < COMPACT * spread * 2:
            medians[label] = (float(median[0]), float(median[1]))
    return medians


def _spread(xy: Points, median: npt.NDArray[np.floating]) -> float:
    return float(np.median(np.abs(xy - median).sum(axis=1)))


def apart(places: dict[int, Place], width: float, height: float) -> dict[int, Place]:
    """Return the positions of class names, after moving down every name that would overlap a name above it.

    ``places`` contains the wanted position of each name; its keys are labels, as in the result. All names have the same
    width and height, in map units.
    """
    moved: dict[int, Place] = {}
    for label, (x, y) in sorted(places.items(), key=lambda item: -item[1][1]):
        lowered = y
        for other_x, other_y in sorted(moved.values(), key=lambda place: -place[1]):
            if abs(x - other_x) < width and abs(lowered - other_y) < height:
                lowered = other_y - height
        moved[label] = (x, lowered)
    return moved
