"""The messages between the engine and the reducer's worker process."""

from __future__ import annotations

import math

from sslviz.core.wire import Array, Frozen

MIN_POINTS = 5
"""Minimum number of points that can be laid out."""


class LayoutRequest(Frozen, frozen=True):
    """Requests a layout of a neighbour graph from the worker; the optimisation starts from the layout ``initial``."""

    number: int
    """Identifies the request; the answer repeats it."""
    indices: Array
    """int32[n, k], the k nearest neighbours of each point, nearest first, with or without the point itself."""
    distances: Array
    """float32[n, k], the distance of each point to its neighbours in ``indices``."""
    h: Array
    """float32[n, d], the embeddings, from which the quality of the layout is computed."""
    initial: Array
    """float32[n, 2], the initial layout, about ten units wide."""
    epochs: int
    """Number of epochs; with 0 the layout is ``initial`` unchanged, and only its quality is computed."""
    learning_rate: float
    min_dist: float = 0.1
    previous: bool = False
    """Whether ``initial`` is an earlier layout of the same points; it then receives less random jitter."""


class Warm(Frozen, frozen=True):
    """Reports that the worker has finished imports and compilation, and handles requests at once from now on."""

    seconds: float
    """Duration of imports and compilation."""


class LayoutAnswer(Frozen, frozen=True):
    """The answer to a :class:`LayoutRequest`: the layout ``xy`` and its quality."""

    number: int
    xy: Array
    """float32[n, 2], finite, in the units of ``initial`` and not aligned with it."""
    seconds: float
    """Duration of computing the layout and its quality."""
    trustworthiness: float = math.nan
    agreement: float = math.nan
    """Quality of the layout; both figures are defined in :mod:`sslviz.reduction.quality`."""


class LayoutFailed(Frozen, frozen=True):
    """Reports why the graph of a request could not be laid out; the worker keeps running."""

    number: int
    text: str


Answer = Warm | LayoutAnswer | LayoutFailed
