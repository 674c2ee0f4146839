"""What crosses the pipe between the engine and its reducer."""

from __future__ import annotations

import math

from sslviz.core.wire import Array, Frozen

FEWEST = 5
"""The least points that can be laid out."""


class LayoutRequest(Frozen, frozen=True):
    """Lay out a neighbour graph, starting from ``initial``."""

    step: int
    generation: int
    indices: Array
    """int32[n, k], the neighbours of each point, nearest first, with or without the point itself"""
    distances: Array
    """float32[n, k], how far they are"""
    h: Array
    """float32[n, d], by which the layout is judged"""
    initial: Array
    """float32[n, 2], about ten units wide"""
    epochs: int
    """none: ``initial`` is the layout already, and judged only"""
    learning_rate: float
    min_dist: float = 0.1
    previous: bool = False
    """whether ``initial`` is a layout of the same points, which should move no more than the graph asks"""


class Warm(Frozen, frozen=True):
    """Imports and compilation are done: requests are answered at once from now on."""

    seconds: float


class LayoutAnswer(Frozen, frozen=True):
    """The layout, finite."""

    step: int
    generation: int
    xy: Array
    """float32[n, 2], in the units of ``initial``; turned or flipped against it only as far as the forces did"""
    seconds: float
    trustworthiness: float = math.nan
    agreement: float = math.nan
    """as in :mod:`sslviz.reduction.quality`"""


class LayoutFailed(Frozen, frozen=True):
    """Why a request could not be laid out; the worker lives on."""

    step: int
    generation: int
    text: str


Answer = Warm | LayoutAnswer | LayoutFailed
