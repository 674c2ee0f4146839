"""Names of classes on the map, each beside the points of its class if these lie close together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSizeF

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.name_places import places_beside, quantile
from sslviz.window.latent.points import Indices, Points
from sslviz.window.plotting.halo_texts import HaloText, HaloTexts, text_size
from sslviz.window.plotting.plots import Plot

COMPACT = 0.22
"""A class is compact, and its name is on the map, if its spread is below this share of twice the map's spread."""
MIN_MEMBERS = 5
"""Minimum number of points of a class whose name is on the map."""
MAX_NAMES = 100
"""Maximum number of names on the map: more would cover it, and finding their places would take too long."""
SAMPLED = 2_000
"""Places are computed from so many points of a larger map, or up to twice as many: from the same share of each class,
but from at least :data:`MIN_MEMBERS` of its points.

With all points, 50,000 would add 12 ms to every frame."""
Z = 3
"""Z value of the names: above the points, below the rings and a few selected points."""


class _Name(NamedTuple):
    text: str
    members: Indices
    """Indices of points of the class, see :data:`SAMPLED`."""
    direction: int
    """Side of the class at which the name is, see :func:`places_beside`."""
    edge: npt.NDArray[np.floating]
    """Position of the edge of the class at this side, relative to the median of the class, float[2]."""
    offset: QPointF
    """Position of the middle of the name relative to this edge, in pixels."""


class ClassNames:
    """Draws the names of compact classes, whose points lie close together on the map, see :func:`compact_classes`.

    A name is beside its class, where it covers few points; see :func:`places_beside`. While the points glide to new
    positions, the names move with their classes.
    """

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._view, self._cloud = plot.getViewBox(), cloud
        self.of: tuple[str, ...] = ()
        """Names of the classes, by label; empty if the points are coloured by a number."""
        self.free = QSizeF(0, 0)
        """Size of the area around each point that the names leave free, in pixels: that of the points' pictures."""
        self.item = HaloTexts()
        self.item.setZValue(Z)
        plot.addItem(self.item, ignoreBounds=True)
        self._labels = cloud.labels
        self._placed_of: tuple[str, ...] = ()
        self._names: dict[int, _Name] = {}

    def follow(self) -> None:
        """Move the names with their classes while the points glide; when the points have arrived, :meth:`place` them.

        If the labels of the points or the names have changed, they are placed at once.
        """
        if self._cloud.gliding and not self._outdated:
            self._draw()
        else:
            self.place()

    def update(self) -> None:
        """Place the names anew if the labels of the points or the names have changed."""
        if self._outdated:
            self.place()

    @property
    def _outdated(self) -> bool:
        return self._cloud.labels is not self._labels or self.of != self._placed_of

    def place(self) -> None:
        """Find the best place for the name of each compact class, and draw the names there."""
        if self._cloud.labels is not self._labels:
            self._labels, self._names = self._cloud.labels, {}
        self._placed_of = self.of
        self._names = self._placed() if self.of and len(self._cloud.xy) else {}
        self._draw()

    def _placed(self) -> dict[int, _Name]:
        xy, seen = self._cloud.xy, QRectF(self._view.viewRect())
        unit = np.array([seen.width() / self._view.width(), -seen.height() / self._view.height()])
        origin = np.array([seen.left(), seen.bottom()])  # the corner at the top left, since y is upwards
        pixels = ((xy - origin) / unit).astype(np.float32)
        members = compact_classes(xy, self._labels, len(self.of))
        places = places_beside(
            pixels[:: _stride(xy)],
            {label: pixels[indices] for label, indices in members.items()},
            {label: text_size(self.of[label]) + self.free for label in members},
            QRectF(0, 0, self._view.width(), self._view.height()),
            {label: name.direction for label, name in self._names.items()},
        )
        names = {}
        for label, (direction, edge, box) in places.items():
            distance = (np.array(edge.toTuple()) - quantile(pixels[members[label]], 0.5)) * unit
            names[label] = _Name(self.of[label], members[label], direction, distance, box.center() - edge)
        return names

    def _draw(self) -> None:
        xy = self._cloud.xy
        edges = [quantile(xy[name.members], 0.5) + name.edge for name in self._names.values()]
        self.item.show_texts(
            HaloText(name.text, QPointF(*edge.tolist()), name.offset)
            for name, edge in zip(self._names.values(), edges, strict=True)
        )


def compact_classes(xy: Points, labels: npt.NDArray[np.integer], classes: int) -> dict[int, Indices]:
    """Return the classes whose points lie close together: a dictionary from the label to indices of points, int[m].

    ``xy`` float32[n, 2] are the positions of n points; ``labels`` int[n] are their classes from 0 to ``classes`` - 1,
    negative if unknown.

    A class is included if it is one of the :data:`MAX_NAMES` largest, if it has at least :data:`MIN_MEMBERS` points,
    and if its spread is below ``2 * COMPACT`` times the spread of all points. The spread of a set of points is the
    median of their L1 distances to their median position. Only some points of a large map are used and returned, see
    :data:`SAMPLED`. The largest class comes first.
    """
    stride = _stride(xy)
    spread = _spread(xy[::stride])
    compact: dict[int, Indices] = {}
    counts = np.bincount(labels[labels >= 0], minlength=classes)[:classes]
    largest = np.argsort(-counts, kind="stable")[:MAX_NAMES]
    for label in largest[counts[largest] >= MIN_MEMBERS].tolist():
        indices = np.flatnonzero(labels == label)
        indices = indices[:: min(stride, len(indices) // MIN_MEMBERS)]
        if _spread(xy[indices]) < COMPACT * spread * 2:
            compact[label] = indices
    return compact


def _stride(xy: Points) -> int:
    return max(1, len(xy) // SAMPLED)


def _spread(xy: Points) -> float:
    return float(quantile(np.abs(xy - quantile(xy, 0.5)) @ np.ones((2, 1)), 0.5)[0])
