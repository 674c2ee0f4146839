"""UMAP's layout of a neighbour graph (McInnes et al. 2018, algorithm 5), and the only place that imports numba.

umap-learn's own counts in double precision what is kept in single, at half the speed, and takes seconds to import; the
tests hold this one to it.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache

import numba
import numpy as np
from scipy.optimize import curve_fit

from sslviz.reduction.graph import Floats, Graph, Ints, fuzzy_graph
from sslviz.reduction.requests import FEWEST

FURTHEST = 1e4
"""map units; what is asked for beyond this is pulled in, since the forces overflow far out"""

NEGATIVE_SAMPLES = 5
"""points that each use of an edge pushes away (section 3.2), as in umap-learn"""

FARTHEST_STEP = np.float32(4)
"""of one force along one axis, times the learning rate"""
SOFTENING = 1e-3
"""map units, squared: added where the push of a point on the same spot would be endless, as in umap-learn"""
SPREAD = 1.0
"""map units over which nearness falls to 1/e beyond min_dist"""

SMALLEST, LARGEST = np.array([2**-30, 2**30], dtype=np.float32)
"""squared distances whose forces are told apart"""
COARSE = 15
"""Bits of a float32 that its force does not depend on: 256 forces from one power of two to the next, each for squares
within a 500th of its own. To look a force up takes half the time of computing its power."""
FIRST = int(SMALLEST.view(np.int32)) >> COARSE
"""what is left of the smallest: the number of the first force"""


class LayoutError(Exception):
    """A graph that cannot be laid out; the text says why."""


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
    """UMAP's layout float32[n, 2] of the neighbours int32[n, k] and float32[n, k], from ``initial`` float32[n, 2],
    which of no epochs is the layout.

    The same input gives the same layout. Raises LayoutError where there are too few points or neighbours.
    """
    if epochs == 0:
        return np.nan_to_num(initial, nan=0, posinf=FURTHEST, neginf=-FURTHEST)
    if len(indices) < FEWEST:
        raise LayoutError(f"A map needs at least {FEWEST} points; {len(indices)} came.")
    graph = fuzzy_graph(indices, distances)
    if not len(graph.weights):
        raise LayoutError("No point has a neighbour at a finite distance.")
    xy = _start(initial, previous)
    descend(xy, graph, epochs=epochs, learning_rate=learning_rate, min_dist=min_dist)
    if not np.isfinite(xy).all():
        raise LayoutError("The layout ran off to infinity.")
    return xy


def _start(initial: Floats, previous: bool) -> Floats:
    """A finite copy. Points on one spot exert no force on each other, so a first layout is shaken a little."""
    xy = np.clip(np.nan_to_num(initial, nan=0, posinf=FURTHEST, neginf=-FURTHEST), -FURTHEST, FURTHEST)
    shake = 1e-4 if previous else 1e-2
    return np.ascontiguousarray(xy + np.random.default_rng(0).normal(scale=shake, size=xy.shape), dtype=np.float32)


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
    """Moves ``xy`` float32[n, 2] in place; the weight of an edge is how often it is used (section 3.2).

    An edge pulls both its ends, each use of it pushes the first of them away from ``negatives`` random points, and
    the learning rate falls to nothing over the epochs.
    """
    strongest = np.max(graph.weights)
    used = graph.weights >= strongest / epochs
    every = (strongest / graph.weights[used]).astype(np.float32)
    edges = graph.heads[used], graph.tails[used], every
    _descend(xy, *edges, *forces(min_dist), learning_rate, epochs, negatives, seed)


@lru_cache
def forces(min_dist: float) -> tuple[Floats, Floats]:
    """By squared distance, the pull of an edge and the push of a random point on each other, per map unit between them:
    the derivatives of the logarithms of their nearness and of its rest (appendix C), both float32[m].
    """
    last = int(LARGEST.view(np.int32)) >> COARSE
    ends = (np.arange(FIRST, last + 1, dtype=np.int32) << COARSE).view(np.float32).astype(np.float64)
    square = (ends[:-1] + ends[1:]) / 2
    a, b = curve(min_dist)
    rest = a * square**b + 1
    pull = -2 * a * b * square ** (b - 1) / rest
    push = 2 * b / ((SOFTENING + square) * rest)
    return pull.astype(np.float32), push.astype(np.float32)


@lru_cache
def curve(min_dist: float) -> tuple[float, float]:
    """a and b of the nearness 1 / (1 + a d^2b) of two points on the map: fitted to one that is 1 up to ``min_dist``
    and falls exponentially from there (definition 11).
    """
    distances = np.linspace(0, 3 * SPREAD, 300)
    wanted = np.exp(-np.maximum(distances - min_dist, 0) / SPREAD)
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distances, wanted)
    return float(a), float(b)


@numba.njit(fastmath=True, nogil=True)
def _descend(
    xy: Floats,
    heads: Ints,
    tails: Ints,
    every: Floats,
    pull: Floats,
    push: Floats,
    learning_rate: float,
    epochs: int,
    negatives: int,
    seed: int,
) -> None:
    """The loop of :func:`descend`. ``every`` float32[e]: epochs from one use of an edge to the next."""
    points, last = np.uint64(len(xy)), len(pull) - 1
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15)  # xorshift, Marsaglia 2003; never 0
    due = every.copy()
    for epoch in range(1, epochs):  # before the first nothing is due
        alpha = np.float32(learning_rate * (1 - (epoch - 1) / epochs))
        limit = FARTHEST_STEP * alpha
        for edge in range(len(heads)):
            if due[edge] > epoch:
                continue
            due[edge] += every[edge]
            head, other = heads[edge], tails[edge]
            dx, dy = xy[head, 0] - xy[other, 0], xy[head, 1] - xy[other, 1]
            force = pull[_row(dx * dx + dy * dy, last)] * alpha
            move_x, move_y = min(max(force * dx, -limit), limit), min(max(force * dy, -limit), limit)
            x, y = xy[head, 0] + move_x, xy[head, 1] + move_y
            xy[head, 0], xy[head, 1] = x, y  # at once, so that it does not push itself off its old place
            xy[other, 0] -= move_x
            xy[other, 1] -= move_y
            push_x, push_y = np.float32(0), np.float32(0)
            for _ in range(negatives):
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                random = np.int64(((state >> np.uint64(32)) * points) >> np.uint64(32))
                dx, dy = x - xy[random, 0], y - xy[random, 1]
                force = push[_row(dx * dx + dy * dy, last)] * alpha
                push_x += min(max(force * dx, -limit), limit)
                push_y += min(max(force * dy, -limit), limit)
            xy[head, 0], xy[head, 1] = x + push_x, y + push_y


@numba.njit()
def _row(square: np.float32, last: int) -> int:
    """Where the tables of :func:`forces` have a squared distance."""
    return min(max(int(np.float32(square).view(np.int32) >> COARSE) - FIRST, 0), last)


def warm_up() -> None:
    """Compile on a ring of ten points, or take what was compiled at an earlier start."""
    with contextlib.suppress(RuntimeError):  # nowhere to keep it
        _descend.enable_caching()
    around = np.arange(10, dtype=np.float32)
    ring = np.stack([(np.arange(10) + 1) % 10, (np.arange(10) + 2) % 10], axis=1).astype(np.int32)
    start = np.stack([around, around % 3], axis=1)
    layout(ring, np.ones((10, 2), dtype=np.float32), start, epochs=2, learning_rate=0.1)
