"""UMAP's fuzzy graph from exact nearest neighbours (McInnes et al. 2018, section 3.1), in numpy and scipy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

BISECTIONS = 24
"""Number of bisection steps that find sigma.

In a range of e^14, 24 steps find sigma to a millionth, which gives the memberships in the precision of float32."""
SMALLEST_SIGMA = 1e-3
"""Lower bound of sigma; the upper bound is 1 / ``SMALLEST_SIGMA``. The unit is the mean of d_ij - rho_i over all
neighbours at finite distance, see :func:`memberships`.

Without the lower bound, the neighbours of a point that has duplicates would lose all their weight."""


class Graph(NamedTuple):
    """A weighted graph of points with e edges; two connected points have an edge in each direction.

    ``heads`` int32[e] and ``tails`` int32[e] are the indices of the two points of each edge; ``weights`` float32[e] lie
    in 0…1.
    """

    heads: Ints
    tails: Ints
    weights: Floats


def fuzzy_graph(indices: Ints, distances: Floats) -> Graph:
    """Return UMAP's graph of n points: the fuzzy union of the neighbourhoods of all points.

    ``indices`` int32[n, k] are the neighbours of each point, ``distances`` float32[n, k] their distances. A neighbour
    is left out if it is the point itself, if its index is not in 0…n - 1, or if its distance is not finite.
    """
    n, k = indices.shape
    rows = np.repeat(np.arange(n, dtype=np.int32), k).reshape(n, k)
    valid = (indices != rows) & (indices >= 0) & (indices < n) & np.isfinite(distances)
    weights = memberships(np.where(valid, np.maximum(distances, 0), np.inf))
    directed = scipy.sparse.csr_matrix((weights[valid], (rows[valid], indices[valid])), shape=(n, n))
    directed.data = np.minimum(directed.data, 1)  # a neighbour that is listed twice was summed
    union = (directed + directed.T - directed.multiply(directed.T)).tocoo()
    return Graph(union.row.astype(np.int32), union.col.astype(np.int32), union.data.astype(np.float32))


def memberships(distances: Floats) -> Floats:
    """Return UMAP's membership strengths v_ij = exp(-max(0, d_ij - rho_i) / sigma_i), float32[n, k].

    v_ij is how strongly neighbour j belongs to the neighbourhood of point i; it is 0 at an infinite distance.

    - d_ij: the distance from point i to its neighbour j, in ``distances`` float32[n, k];
    - rho_i: the smallest distance above 0 from point i to a neighbour;
    - sigma_i: the solution of sum_j v_ij = log2(k_i + 1), where k_i is the number of neighbours at finite distance;
      if it lies beyond the bounds of :data:`SMALLEST_SIGMA`, the bound is taken.
    """
    nearest = np.where(distances > 0, distances, np.inf).min(axis=1, initial=np.inf)
    rho = np.where(np.isfinite(nearest), nearest, 0)[:, None]
    beyond = np.maximum(distances - rho, 0)
    finite = np.isfinite(beyond)
    mean = np.float32(beyond.sum(where=finite, dtype=np.float64) / max(int(finite.sum()), 1))
    beyond = np.asarray(beyond / (mean or np.float32(1)), dtype=np.float32)
    target: Floats = np.log2(np.isfinite(distances).sum(axis=1, dtype=np.float32) + 1)[:, None]
    return np.asarray(np.exp(-beyond / _sigmas(beyond, target)))


def _sigmas(beyond: Floats, target: Floats) -> Floats:
    """Find by bisection sigma_i for each row i so that the sum of exp(-beyond_ij / sigma_i) over j is ``target``_i.

    ``beyond`` float32[n, k] is max(0, d_ij - rho_i) of :func:`memberships`, divided by the mean of its finite entries.
    ``target`` float32[n, 1] is log2(k_i + 1). The result is float32[n, 1], in the unit of ``beyond``.
    """
    low, high = (np.full_like(target, np.log(end)) for end in (SMALLEST_SIGMA, 1 / SMALLEST_SIGMA))
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        too_wide = np.exp(-beyond / np.exp(middle)).sum(axis=1, keepdims=True) > target
        low, high = np.where(too_wide, low, middle), np.where(too_wide, middle, high)
    return np.asarray(np.exp((low + high) / 2))
