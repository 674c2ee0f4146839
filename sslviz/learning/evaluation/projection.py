"""Projection of wide embeddings to fewer dimensions, so that neighbours and clusters can be computed in little time."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

MAX_DIM, PROJECTED_DIM = 512, 256
"""Number of dimensions from which embeddings are projected, and number of dimensions after the projection."""
BASIS_ROWS = 1000
"""Maximum number of embeddings from which the directions are computed."""
TINY = 1e-6
"""Eigenvalues below this count as zero; the largest possible one is :data:`BASIS_ROWS`."""


def projected(h: Tensor, max_dim: int = MAX_DIM, dim: int = PROJECTED_DIM) -> Tensor:
    """Return h, float[n, d], as float32[n, d] or, if d is above ``max_dim``, projected to float32[n, min(n, dim)].

    The rows are projected on ``dim`` directions, or on n directions if there are fewer rows. The directions are
    chosen so that the cosines between rows change as little as possible. To find them, the first 1,000 rows are divided
    by their norms but not centred. The directions are those right singular vectors of the matrix of these rows that
    have the largest singular values. The rows of h should be in random order, so that the first 1,000 represent all of
    them.

    Measured with 10,000 rows of 2,048 dimensions, of which 60 carry the signal: of the 15 nearest neighbours of a row,
    86 % are the same after the projection, and finding all neighbours takes 0.4 s instead of 4 s (2 cores).
    """
    h = h.float()
    if h.shape[1] <= max_dim:
        return h
    rows = normalize(h[:BASIS_ROWS], dim=1)
    eigenvalues, left = torch.linalg.eigh(rows @ rows.T)  # in ascending order
    kept = eigenvalues[-dim:].clamp(min=TINY)
    directions: Tensor = rows.T @ (left[:, -dim:] / kept.sqrt())
    return h @ directions
