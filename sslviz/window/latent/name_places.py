"""Places for the names of classes on the map: beside the points of a class, where they cover few other points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSizeF

from sslviz.window.latent.points import Points

DIAGONAL = 0.5**0.5
DIRECTIONS = np.array(
    [(1, 0), (-1, 0), (0, -1), (0, 1)] + [(x * DIAGONAL, y * DIAGONAL) for x, y in ((1, -1), (1, 1), (-1, -1), (-1, 1))]
)
"""Directions from the middle of a class to its name, with y downwards as on the screen; the first are preferred."""
PREFERENCE = 0.5
"""Number of covered points for which a name is rather placed in the next direction."""
ACROSS = DIRECTIONS @ np.array([(0, 1), (-1, 0)])
"""For each direction the one at a right angle to it."""
STRIP_PX = 32.0
"""Width of the strip in which a class is measured in each direction, in pixels: two lines of text."""
EXTENT = 0.97
"""Share of the points of this strip that lie on this side of the name, in the direction of the name."""
GAP_PX, MARGIN_PX = 4.0, 3.0
"""Distances in pixels: of a name from the edge of its class; from a name to a point that still counts as covered."""
MAX_COVERED = 12
"""Maximum number of points that a name covers; if it would cover more at every place, the class has no name."""
WORSE, FEW = 1.2, 2
"""A name stays at its side of the class while it covers at most ``WORSE`` times as many points as at the best side, or
at most ``FEW`` more: otherwise it would jump between sides that are equally good."""


class NamePlace(NamedTuple):
    """The place of a name beside a class; positions are in pixels, with y downwards."""

    direction: int
    """Index of the side of the class in :data:`DIRECTIONS`."""
    edge: QPointF
    """Position at the edge of the class."""
    box: QRectF
    """The rectangle that the name fills."""


def places_beside(
    xy: Points, groups: Mapping[int, Points], sizes: Mapping[int, QSizeF], area: QRectF, before: Mapping[int, int]
) -> dict[int, NamePlace]:
    """Return a place for the name of each class, except where it would cover another name or too many points.

    All positions are in pixels, with y downwards; the keys of all mappings are the labels of the classes.

    Args:
        xy: positions of all points, which the names should not cover, float32[n, 2].
        groups: positions of the points of each class, float32[m, 2]; the names are placed in this order.
        sizes: size of each name.
        area: the visible part of the map: all names lie inside it.
        before: the last direction of each name that was placed before.
    """
    columns = np.ascontiguousarray(xy.T)
    places: dict[int, NamePlace] = {}
    for label, members in groups.items():
        candidates = _candidates(members, sizes[label])
        taken = [place.box for place in places.values()]
        free = [area.contains(box) and not any(map(box.intersects, taken)) for _, _, box in candidates]
        costs = np.where(free, _covered(columns, candidates) + PREFERENCE * np.arange(len(candidates)), np.inf)
        direction = _choice(costs, before.get(label))
        if costs[direction] <= MAX_COVERED:
            places[label] = candidates[direction]
    return places


def quantile(values: npt.NDArray[np.floating], share: float) -> npt.NDArray[np.floating]:
    """Return the quantile ``share`` of each column of ``values``, float[n, k]; it is one of the values, float[k].

    This takes a tenth of the time of :func:`numpy.quantile`, which matters as names are placed for every new map.
    """
    index = int(share * (len(values) - 1))
    return np.asarray(np.partition(values, index, axis=0)[index])


def _candidates(members: Points, size: QSizeF) -> list[NamePlace]:
    middle = quantile(members, 0.5)
    extents = _extents(members - middle)
    edges = middle + DIRECTIONS * extents[:, None]
    half = np.array([size.width() / 2, size.height() / 2])
    corners = edges + DIRECTIONS * GAP_PX + np.sign(DIRECTIONS) * half - half
    return [
        NamePlace(direction, QPointF(*edge), QRectF(QPointF(*corner), size))
        for direction, (edge, corner) in enumerate(zip(edges.tolist(), corners.tolist(), strict=True))
    ]


def _extents(members: Points) -> npt.NDArray[np.floating]:
    """Return how far a class reaches in each of the directions, float[8].

    ``members`` are relative to the middle of the class. Only those in a strip of the map count, since a class may be
    bent, and farther to the right above and below its middle than beside it.
    """
    in_strip = np.abs(members @ ACROSS.T) < STRIP_PX / 2
    counts = np.count_nonzero(in_strip, axis=0)
    along = np.sort(np.where(in_strip, members @ DIRECTIONS.T, -np.inf), axis=0)
    outliers = ((1 - EXTENT) * counts).astype(np.intp)
    return np.where(counts > 0, along[len(along) - 1 - outliers, np.arange(len(DIRECTIONS))], 0)


def _covered(columns: Points, places: list[NamePlace]) -> npt.NDArray[np.intp]:
    """Return how many points, float32[2, n], lie in the box of each of the m ``places``, or next to it, int[m]."""
    left, top, right, bottom = np.array([place.box.getCoords() for place in places], np.float32).T[..., None]
    left, top, right, bottom = left - MARGIN_PX, top - MARGIN_PX, right + MARGIN_PX, bottom + MARGIN_PX
    x, y = columns
    near = (x > left.min()) & (x < right.max()) & (y > top.min()) & (y < bottom.max())
    x, y = x[near], y[near]
    return np.asarray(np.count_nonzero((x > left) & (x < right) & (y > top) & (y < bottom), axis=1))


def _choice(costs: npt.NDArray[np.floating], before: int | None) -> int:
    best = int(np.argmin(costs))
    stays = before is not None and costs[before] <= max(WORSE * costs[best], costs[best] + FEW)
    return before if before is not None and stays else best
