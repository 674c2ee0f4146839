"""The messages to and from the processes that compute layouts: the reducer's worker, and the one for umap-learn."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from sslviz.core.wire import Array, Frozen

MIN_POINTS = 5
"""Minimum number of points that can be laid out."""
MAX_H_BYTES = 40 * 2**20
"""Maximum size of the embeddings in a request, in bytes: 10,000 × 2,048 as float16, and room in the frame beside."""


class LayoutRequest(Frozen, frozen=True):
    """Asks the worker for a layout of a neighbour graph; the optimisation starts from the layout ``initial``."""

    number: int
    """Identifies the request; the answer repeats it."""
    indices: Array
    """int32[n, k], the k nearest neighbours of each point, nearest first, with or without the point itself."""
    distances: Array
    """float32[n, k], the distance of each point to its neighbours in ``indices``."""
    h: Array
    """The embeddings as :func:`compact` returns them, from which the quality of the layout is computed."""
    initial: Array
    """float32[n, 2], the initial layout, about ten units wide."""
    epochs: int
    """Number of epochs; with 0 the layout is ``initial``, and only its quality is computed."""
    learning_rate: float
    min_dist: float = 0.1
    previous: bool = False
    """Whether ``initial`` is an earlier layout of the same points; it then receives less random jitter."""


class Warm(Frozen, frozen=True):
    """Reports that the worker has finished imports and compilation, and handles requests at once from now on."""

    seconds: float
    """Duration of imports and compilation."""


class LayoutAnswer(Frozen, frozen=True):
    """The answer to a :class:`LayoutRequest` or an :class:`ExactRequest`: the layout ``xy`` and its quality."""

    number: int
    """Number of the request; 0 for an :class:`ExactRequest`."""
    xy: Array
    """float32[n, 2], finite and not aligned with an earlier layout."""
    seconds: float
    """Duration of computing the layout and its quality."""
    trustworthiness: float = math.nan
    agreement: float = math.nan
    """Quality of the layout; both figures are defined in :mod:`sslviz.reduction.quality`."""
    library: str = ""
    """Library that computed an exact layout, with its version."""


class LayoutFailed(Frozen, frozen=True):
    """Reports why there is no layout for a request. The reducer's worker keeps running after this message."""

    number: int | None
    """Number of the request; None if the request or its answer could not be read, or if umap-learn was asked."""
    text: str


class Embeddings(Frozen, frozen=True):
    """Some rows of embeddings, sent before the :class:`ExactRequest` that asks for their layout.

    The rows are sent in order and in several messages, since the size of one message is limited.
    """

    h: Array
    """float32[m, d]"""


class ExactRequest(Frozen, frozen=True):
    """Requests one layout by umap-learn of all :class:`Embeddings` that were sent before.

    The process that receives the request ends after it has answered.
    """

    indices: Array
    """int32[n, k], the k nearest neighbours of each point by cosine, for the quality of the map."""
    neighbours: int
    """UMAP's ``n_neighbors``."""
    min_dist: float


class LayoutProgress(Frozen, frozen=True):
    """Reports the progress of a layout by umap-learn.

    ``text`` names the present phase; ``fraction`` is the completed share of the epochs, None in all other phases.
    """

    text: str
    fraction: float | None = None


Answer = Warm | LayoutAnswer | LayoutFailed | LayoutProgress


def compact(h: npt.NDArray[np.floating]) -> Array:
    """Return embeddings ``h`` float[n, d] as an array of at most :data:`MAX_H_BYTES`, which fits into one message.

    - If float32[n, d] is small enough, the values are not changed.
    - If it is too large, the rows are divided by their Euclidean norms and stored as float16[n, d].
    - If float16[n, d] is too large as well, the rows are also projected to fewer than d random orthogonal directions,
      which keeps their cosines approximately.
    """
    rows, width = h.shape
    if rows * width * 4 <= MAX_H_BYTES:
        return Array.of(np.asarray(h, np.float32))
    kept = max(MAX_H_BYTES // (2 * rows), 1)
    with np.errstate(invalid="ignore"):  # rows that are not finite become NaN
        unit = np.asarray(h, np.float32)
        unit = unit / np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
        if kept < width:
            directions = np.random.default_rng(0).standard_normal((width, kept), np.float32)
            unit = unit @ np.linalg.qr(directions)[0]
        return Array.of(unit.astype(np.float16))
