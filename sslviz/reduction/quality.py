"""How far a map can be trusted: which of the latent space's neighbourhoods it keeps."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.reduction.alignment import neighbour_overlap

K = 15
ROWS = 500
"""judged of a larger map, which costs the reducer 19 ms of 2,000 points; others would give .001 more or less"""
BLOCK = 250
"""rows whose distances to all points are held at once"""

Points = npt.NDArray[np.floating]
Rows = npt.NDArray[np.intp]


class Quality(NamedTuple):
    """Both 0…1, NaN where there are too few points to tell."""

    trustworthiness: float = math.nan
    agreement: float = math.nan


def judged(h: Points, indices: npt.NDArray[np.int32], xy: Points) -> Quality:
    """How well ``xy`` float[n, 2] shows ``h`` float[n, d], of which ``indices`` int32[n, k] are neighbours by cosine.

    Rows of h that are not finite are left out.
    """
    usable = np.isfinite(h).all(axis=1)
    unit = h[usable] / np.maximum(np.linalg.norm(h[usable], axis=1, keepdims=True), 1e-12)
    trusted = trustworthiness(unit, xy[usable], _some(len(unit)))
    return Quality(trusted, agreement(indices, xy) if usable.all() else math.nan)


def trustworthiness(h: Points, xy: Points, rows: Rows, k: int = K) -> float:
    """``1 - 2 / (m k (2n - 3k - 1)) Σ_i Σ_j max(0, r(i, j) - k)`` over m ``rows`` i and the k nearest j of each on
    the map.

    r(i, j) is the exact rank of j among the neighbours of i in ``h`` float[n, d], by Euclidean distance, from 1
    (Venna & Kaski 2001). All n rows give scikit-learn's figure. NaN where n is not above 2 k, as it is defined below.
    """
    n = len(h)
    if n <= 2 * k or not len(rows):
        return math.nan
    nearest = _nearest_on_map(xy, rows, k)
    squares, penalty = np.einsum("nd,nd->n", h, h), 0.0
    for start in range(0, len(rows), BLOCK):
        some, near = rows[start : start + BLOCK], nearest[start : start + BLOCK]
        far = squares - 2 * (h[some] @ h.T)  # less the row's own square, which orders nothing
        far[np.arange(len(some)), some] = np.inf  # nobody is a neighbour of itself
        for own, mapped in zip(far, near, strict=True):  # counted within a row, which is twice as quick
            penalty += sum(max(1 + int(np.count_nonzero(own < own[j])) - k, 0) for j in mapped)
    return 1 - 2 * penalty / (len(rows) * k * (2 * n - 3 * k - 1))


def agreement(indices: npt.NDArray[np.int32], xy: Points) -> float:
    """The share of each point's neighbours int32[n, k] that are among its k nearest on the map, at most :data:`ROWS`
    points asked. The point itself, where it is the first of its neighbours, does not count.
    """
    if indices.size and (indices[:, 0] == np.arange(len(indices))).all():
        indices = indices[:, 1:]
    if not indices.size:
        return math.nan
    rows = _some(len(indices))
    return neighbour_overlap(indices[rows], _nearest_on_map(xy, rows, indices.shape[1]))


def _some(count: int) -> Rows:
    """At most :data:`ROWS` of so many, always the same: intp[m]."""
    return np.random.default_rng(0).permutation(count)[:ROWS]


def _nearest_on_map(xy: Points, rows: Rows, k: int) -> Rows:
    """The k nearest other points of each row, nearest first: intp[m, k]."""
    from scipy.spatial import cKDTree  # the reducer's process has it already, the engine does not need it

    _, found = cKDTree(xy).query(xy[rows], k + 1)
    own = found == rows[:, None]
    own[~own.any(axis=1), -1] = True  # of more than k points on one spot it may not have found itself
    return np.asarray(found[~own].reshape(len(rows), k))
