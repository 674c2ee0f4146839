"""The quality of a map: how well it preserves the neighbourhoods of the latent space."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.reduction.alignment import neighbour_overlap

K = 15
"""Number of nearest neighbours that trustworthiness considers."""
MAX_ROWS = 500
"""Maximum number of points that are evaluated.

Evaluating 500 of 2,000 points takes 19 ms; another choice of the 500 points changes the result by about .001."""
BLOCK = 250
"""Number of points whose distances to all other points are in memory at the same time."""

Points = npt.NDArray[np.floating]
Rows = npt.NDArray[np.intp]


class Quality(NamedTuple):
    """Quality of a map: its :func:`trustworthiness` and its :func:`agreement` with the latent space.

    Both figures lie in 0…1. A figure is NaN if it was not computed, for example because there are too few points.
    """

    trustworthiness: float = math.nan
    agreement: float = math.nan


def quality_of(h: Points, indices: npt.NDArray[np.int32], xy: Points) -> Quality:
    """Return the quality of the map ``xy`` float[n, 2] of the embeddings ``h`` float[n, d].

    ``indices`` int32[n, k] are the nearest neighbours in h by cosine similarity. The trustworthiness is computed
    without the rows of h that are not finite; if there are such rows, the agreement is NaN.
    """
    finite = np.isfinite(h).all(axis=1)
    unit = h[finite] / np.maximum(np.linalg.norm(h[finite], axis=1, keepdims=True), 1e-12)
    rows = _evaluated_rows(len(unit))
    trusted = trustworthiness(unit, xy[finite], rows)
    return Quality(trusted, agreement(indices, xy) if finite.all() else math.nan)


def trustworthiness(h: Points, xy: Points, rows: Rows, k: int = K) -> float:
    """Return the trustworthiness of the map ``xy`` float[n, 2] of ``h`` float[n, d] (Venna & Kaski 2001).

    The result is ``1 - 2 / (m k (2n - 3k - 1)) Σ_i Σ_j max(0, r(i, j) - k)``, summed over the m points i in ``rows``
    intp[m] and over the k nearest neighbours j of point i on the map. The rank r(i, j), counted from 1, is the exact
    position of j when all other points are ordered by their Euclidean distance from i in h. With all n rows, the result
    equals that of scikit-learn's ``trustworthiness``. It is NaN unless n > 2 k.
    """
    n = len(h)
    if n <= 2 * k or not len(rows):
        return math.nan
    nearest = _nearest_on_map(xy, rows, k)
    squares, penalty = np.einsum("nd,nd->n", h, h), 0.0
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        distances = squares - 2 * (h[block] @ h.T)  # without the row's own square, which does not change the order
        distances[np.arange(len(block)), block] = np.inf  # no point is its own neighbour
        for row, mapped in zip(distances, nearest[start : start + BLOCK], strict=True):  # twice as fast as all at once
            penalty += sum(max(1 + int(np.count_nonzero(row < row[j])) - k, 0) for j in mapped)
    return 1 - 2 * penalty / (len(rows) * k * (2 * n - 3 * k - 1))


def agreement(indices: npt.NDArray[np.int32], xy: Points) -> float:
    """Return the share of the nearest neighbours in the latent space that are also nearest neighbours on the map.

    ``indices`` int32[n, k] are the k nearest neighbours of each point in the latent space. They are compared with the k
    nearest points on the map ``xy``, float[n, 2]. At most :data:`MAX_ROWS` points are evaluated. If every point is its
    own first neighbour in ``indices``, the first column is ignored.
    """
    if indices.size and (indices[:, 0] == np.arange(len(indices))).all():
        indices = indices[:, 1:]
    if not indices.size:
        return math.nan
    rows = _evaluated_rows(len(indices))
    return neighbour_overlap(indices[rows], _nearest_on_map(xy, rows, indices.shape[1]))


def _evaluated_rows(count: int) -> Rows:
    """Return the indices of the points to evaluate in a map of ``count`` points, intp[min(count, MAX_ROWS)].

    The indices are drawn at random without repetition. The same ``count`` always gives the same indices.
    """
    return np.random.default_rng(0).permutation(count)[:MAX_ROWS]


def _nearest_on_map(xy: Points, rows: Rows, k: int) -> Rows:
    """Return the k nearest neighbours on the map of each point in ``rows`` intp[m], as intp[m, k].

    The neighbours are sorted from the nearest to the farthest; the point itself is not among them.
    """
    from scipy.spatial import cKDTree  # the reducer's process has it already, the engine does not need it

    _, neighbours = cKDTree(xy).query(xy[rows], k + 1)
    own = neighbours == rows[:, None]
    own[~own.any(axis=1), -1] = True  # if more than k points lie on one spot, a point may be missing from its own list
    return np.asarray(neighbours[~own].reshape(len(rows), k))
