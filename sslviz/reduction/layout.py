"""UMAP's layout of a neighbour graph (McInnes et al. 2018, algorithm 5). The only module that imports numba.

The implementation in umap-learn takes seconds to import, and is half as fast, because it computes in double precision
although it stores single precision. The tests compare the layouts of both implementations. If the user asks for it,
umap-learn lays out a single map, see :mod:`sslviz.reduction.exact`.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache

import numba
import numpy as np
from scipy.optimize import curve_fit

from sslviz.reduction.graph import Floats, Graph, Ints, fuzzy_graph
from sslviz.reduction.requests import MIN_POINTS

MAX_COORDINATE = 1e4
"""Maximum coordinate of an initial layout, in map units; larger ones are clipped, since the forces would overflow."""

NEGATIVE_SAMPLES = 5
"""Number of random points that repel a point per use of an edge (negative samples, section 3.2); as in umap-learn."""

MAX_STEP = np.float32(4)
"""Maximum step that one force causes along one axis, in map units at a learning rate of 1; as in umap-learn."""
SOFTENING = 1e-3
"""Added to the squared distance of repelling points, in squared map units, to avoid a division by zero, as in
umap-learn."""
SPREAD = 1.0
"""UMAP's ``spread``: the similarity on the map falls to 1/e over this distance beyond min_dist, in map units."""

MIN_SQUARE, MAX_SQUARE = np.array([2**-30, 2**30], dtype=np.float32)
"""Range of squared distances in the tables of forces; the first and last entry also hold below and above it."""
IGNORED_BITS = 15
"""Number of low bits of a squared distance (float32) that are ignored when its force is looked up.

The table then has 256 entries from one power of two to the next, so that a squared distance is rounded by at most one
part in 500. Looking a force up takes half the time of computing it, since the formula needs a power."""
FIRST_ENTRY = int(MIN_SQUARE.view(np.int32)) >> IGNORED_BITS
"""High bits of the smallest squared distance, subtracted from those of others to get an index into the table."""


class LayoutError(Exception):
    """Raised for a graph that cannot be laid out; the message says why."""


def layout(
    indices: Ints,
    distances: Floats,
    initial: Floats,
    *,
    epochs: int,
    learning_rate: float,
    min_dist: float = 0.1,
    previous: bool = False,
) -> Floats:
    """Compute UMAP's layout of a k-nearest-neighbour graph. The same input gives the same layout.

    Args:
        indices: int32[n, k], the k nearest neighbours of each point.
        distances: float32[n, k], the distance of each point to its neighbours in ``indices``.
        initial: float32[n, 2], the initial layout.
        epochs: number of epochs; with 0, ``initial`` is returned, with zeros in place of NaN, and ±1e4 in place of
            infinite coordinates.
        learning_rate: initial learning rate, which falls to zero over the epochs.
        min_dist: UMAP's ``min_dist``, in map units.
        previous: whether ``initial`` is an earlier layout of the same points; it then receives less random jitter.

    Returns:
        float32[n, 2], finite.

    Raises:
        LayoutError: there are too few points, no point has a neighbour at a finite distance, or the layout diverged.
    """
    if epochs == 0:
        return np.nan_to_num(initial, nan=0, posinf=MAX_COORDINATE, neginf=-MAX_COORDINATE)
    if len(indices) < MIN_POINTS:
        raise LayoutError(f"A map needs at least {MIN_POINTS} points; {len(indices)} came.")
    graph = fuzzy_graph(indices, distances)
    if not len(graph.weights):
        raise LayoutError("No point has a neighbour at a finite distance.")
    xy = _start(initial, previous)
    descend(xy, graph, epochs=epochs, learning_rate=learning_rate, min_dist=min_dist)
    if not np.isfinite(xy).all():
        raise LayoutError("The layout ran off to infinity.")
    return xy


def _start(initial: Floats, previous: bool) -> Floats:
    """Return a finite copy of ``initial`` with random jitter, so that points at the same position can separate."""
    xy = np.clip(
        np.nan_to_num(initial, nan=0, posinf=MAX_COORDINATE, neginf=-MAX_COORDINATE), -MAX_COORDINATE, MAX_COORDINATE
    )
    jitter = 1e-4 if previous else 1e-2
    return np.ascontiguousarray(xy + np.random.default_rng(0).normal(scale=jitter, size=xy.shape), dtype=np.float32)


def descend(
    xy: Floats,
    graph: Graph,
    *,
    epochs: int,
    learning_rate: float,
    min_dist: float = 0.1,
    negatives: int = NEGATIVE_SAMPLES,
    seed: int = 1,
) -> None:
    """Optimise the layout ``xy`` float32[n, 2] in place by stochastic gradient descent.

    See McInnes et al. 2018, section 3.2. The number of epochs in which an edge is used is proportional to the weight of
    the edge; the weakest edges, which would not be used at all, are left out. Each use of an edge moves its two ends
    towards each other. It also moves one of them, the end in ``graph.heads``, away from ``negatives`` random points.
    The learning rate falls linearly to zero over the epochs.
    """
    largest = np.max(graph.weights)
    used = graph.weights >= largest / epochs
    intervals = (largest / graph.weights[used]).astype(np.float32)
    edges = graph.heads[used], graph.tails[used], intervals
    _descend(xy, *edges, *forces(min_dist), learning_rate, epochs, negatives, seed)


@lru_cache
def forces(min_dist: float) -> tuple[Floats, Floats]:
    """Return the attractive and the repulsive force between two points on the map, as two tables float32[m].

    A table has an entry for each of m squared distances of the two points, see :func:`table_index`. The entry times the
    difference of the two points along an axis is the force along this axis. The forces are the gradients of log(phi)
    and log(1 - phi), where phi is the similarity of the two points on the map, see :func:`curve` (McInnes et al. 2018,
    appendix C).
    """
    last = int(MAX_SQUARE.view(np.int32)) >> IGNORED_BITS
    edges = (np.arange(FIRST_ENTRY, last + 1, dtype=np.int32) << IGNORED_BITS).view(np.float32).astype(np.float64)
    square = (edges[:-1] + edges[1:]) / 2
    a, b = curve(min_dist)
    denominator = a * square**b + 1
    attraction = -2 * a * b * square ** (b - 1) / denominator
    repulsion = 2 * b / ((SOFTENING + square) * denominator)
    return attraction.astype(np.float32), repulsion.astype(np.float32)


@lru_cache
def curve(min_dist: float) -> tuple[float, float]:
    """Return a and b of the similarity phi(d) = 1 / (1 + a d^(2b)) of two points at distance d on the map.

    The parameters a and b are fitted to a curve that is 1 up to ``min_dist`` and falls exponentially from there
    (McInnes et al. 2018, definition 11).
    """
    distances = np.linspace(0, 3 * SPREAD, 300)
    target = np.exp(-np.maximum(distances - min_dist, 0) / SPREAD)
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distances, target)
    return float(a), float(b)


@numba.njit(fastmath=True, nogil=True)
def _descend(
    xy: Floats,
    heads: Ints,
    tails: Ints,
    intervals: Floats,
    attraction: Floats,
    repulsion: Floats,
    learning_rate: float,
    epochs: int,
    negatives: int,
    seed: int,
) -> None:
    """Run the epochs of :func:`descend` on a graph of e edges.

    ``intervals`` float32[e]: the number of epochs between two uses of each edge. ``attraction`` and ``repulsion``: the
    tables of :func:`forces`.
    """
    points, last = np.uint64(len(xy)), len(attraction) - 1
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)  # xorshift, Marsaglia 2003; never 0
    next_use = intervals.copy()
    for epoch in range(1, epochs):  # no edge is used in epoch 0
        alpha = np.float32(learning_rate * (1 - (epoch - 1) / epochs))
        limit = MAX_STEP * alpha
        for edge in range(len(heads)):
            if next_use[edge] > epoch:
                continue
            next_use[edge] += intervals[edge]
            head, tail = heads[edge], tails[edge]
            dx, dy = xy[head, 0] - xy[tail, 0], xy[head, 1] - xy[tail, 1]
            force = attraction[table_index(dx * dx + dy * dy, last)] * alpha
            move_x, move_y = min(max(force * dx, -limit), limit), min(max(force * dy, -limit), limit)
            x, y = xy[head, 0] + move_x, xy[head, 1] + move_y
            xy[head, 0], xy[head, 1] = x, y  # now, so that the point is not repelled from its own old place
            xy[tail, 0] -= move_x
            xy[tail, 1] -= move_y
            push_x, push_y = np.float32(0), np.float32(0)
            for _ in range(negatives):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                random = np.int64(((state >> np.uint64(32)) * points) >> np.uint64(32))
                dx, dy = x - xy[random, 0], y - xy[random, 1]
                force = repulsion[table_index(dx * dx + dy * dy, last)] * alpha
                push_x += min(max(force * dx, -limit), limit)
                push_y += min(max(force * dy, -limit), limit)
            xy[head, 0], xy[head, 1] = x + push_x, y + push_y


@numba.njit()
def table_index(square: np.float32, last: int) -> int:
    """Return the index of a squared distance in the tables of :func:`forces`, whose last index is ``last``."""
    return min(max(int(np.float32(square).view(np.int32) >> IGNORED_BITS) - FIRST_ENTRY, 0), last)


def warm_up() -> None:
    """Compile the layout code by laying out ten points, or load the code that an earlier start has compiled."""
    with contextlib.suppress(RuntimeError):  # there is no folder for compiled code
        _descend.enable_caching()
    numbers = np.arange(10, dtype=np.float32)
    ring = np.stack([(np.arange(10) + 1) % 10, (np.arange(10) + 2) % 10], axis=1).astype(np.int32)
    start = np.stack([numbers, numbers % 3], axis=1)
    layout(ring, np.ones((10, 2), dtype=np.float32), start, epochs=2, learning_rate=0.1)
