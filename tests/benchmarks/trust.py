"""How far neighbours on a map are neighbours in the embedding, without sorting all distances."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def trustworthiness(
    h: npt.NDArray[np.floating], xy: npt.NDArray[np.floating], rows: npt.NDArray[np.intp], k: int = 15
) -> float:
    """``1 - 2 / (m k (2n - 3k - 1)) Σ_i Σ_j max(0, r(i, j) - k)`` over m ``rows`` i and the k nearest j of each on
    the map.

    r(i, j) is the exact rank of j among the neighbours of i in ``h`` float[n, d], by Euclidean distance, from 1
    (Venna & Kaski 2001). All n rows give scikit-learn's figure; a thousand of 10,000 give it to about 0.001.
    """
    n, penalty = len(h), 0.0
    for row in rows:
        near = distances(xy, row)
        near[row] = np.inf  # nobody is a neighbour of itself
        neighbours = np.argpartition(near, k)[:k]
        far = distances(h, row)
        far[row] = np.inf
        ranks = 1 + (far[:, None] < far[neighbours]).sum(axis=0)
        penalty += float(np.maximum(ranks - k, 0).sum())
    return 1 - 2 * penalty / (len(rows) * k * (2 * n - 3 * k - 1))


def distances(points: npt.NDArray[np.floating], row: np.intp) -> npt.NDArray[np.float64]:
    """Squared distances of all points to one of them, float64[n]."""
    difference = points.astype(np.float64, copy=False) - points[row]
    return np.asarray(np.einsum("nd,nd->n", difference, difference))
