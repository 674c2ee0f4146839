"""Statistics of the embeddings on the unit sphere: alignment, uniformity, standard deviation, rank, spectrum.

All functions compute in float32 and return no NaN for constant embeddings.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.learning.losses.moments import batch_std

CHUNK = 2048
"""Number of rows of a similarity matrix that are held in memory at once."""


def alignment(z_a: Tensor, z_b: Tensor) -> float:
    """Return the mean of ||u - u'||² over positive pairs, where u and u' are L2-normalised embeddings; 0 is best.

    The embeddings of pair i are row i of ``z_a`` and row i of ``z_b``, both float[n, D].

    Wang & Isola 2020, https://arxiv.org/abs/2005.10242, section 4.1.2 with α = 2.
    """
    a, b = normalize(z_a.float(), dim=1), normalize(z_b.float(), dim=1)
    return float((a - b).square().sum(1).mean())


def uniformity(z: Tensor) -> float:
    """Return ln E exp(-2 ||u_i - u_j||²) over all pairs of different rows of u = z/||z||; NaN for fewer than two rows.

    ``z``: float[n, D], one view per sample. The uniformity is 0 for collapsed embeddings and about -3.88 for uniformly
    distributed embeddings in 64 dimensions (Wang & Isola 2020, section 4.1.2 with t = 2).
    """
    unit = normalize(z.float(), dim=1)
    count = len(unit)
    if count < 2:
        return math.nan
    total = 0.0
    for rows in torch.split(unit, CHUNK):
        squared = (rows.square().sum(1)[:, None] + unit.square().sum(1) - 2 * rows @ unit.T).clamp_(min=0)
        total += float((-2 * squared).exp().double().sum())
    return math.log(max((total - count) / (count * (count - 1)), 1e-30))


def std_of_l2_normalized(z: Tensor) -> float:
    """Return the standard deviation of z/||z|| over the rows of ``z``, float[n, D], averaged over the D dimensions."""
    return float(batch_std(z))


def effective_rank(z: Tensor) -> float:
    """Return the effective rank of the embeddings ``z``, float[n, D], as defined by RankMe.

    The effective rank is exp(-Σ p ln p). The p are the singular values of ``z``, divided by the sum of all singular
    values (Garrido et al. 2023, https://arxiv.org/abs/2210.02885, eq. 1).
    """
    sigma = torch.linalg.svdvals(z.float())
    p = sigma / sigma.sum().clamp(min=1e-12) + 1e-7
    return float((-(p * p.log()).sum()).exp())


def spectrum(z: Tensor) -> Tensor:
    """Return the singular values of the normalised and then centred embeddings, largest first.

    ``z``: float[n, D], n embeddings. Each row is divided by its norm, then the mean row is subtracted. The result,
    float32[min(n, D)], is the singular values of this matrix divided by √n.

    A value near 0 means that the embeddings do not vary in one direction (dimensional collapse). Jing et al. 2021,
    https://arxiv.org/abs/2110.09348, plot the squares of these values in figure 2.
    """
    unit = normalize(z.float(), dim=1)
    values: Tensor = torch.linalg.svdvals(unit - unit.mean(0)) / math.sqrt(max(len(unit), 1))
    return values


def common_direction(h: Tensor) -> tuple[float, Tensor, Tensor]:
    """Measure how far the rows of h, float[n, D], point in one common direction.

    The mean direction is the normalised sum of the L2-normalised rows.

    Returns:
        Three values: the mean cosine over all pairs of different rows, NaN for fewer than two rows; the indices of the
        rows, int64[n], sorted by the cosine of each row with the mean direction, highest first; these cosines,
        float32[n], in the same order.
    """
    unit = normalize(h.float(), dim=1)
    total, count = unit.sum(0), len(unit)
    typicality, order = (unit @ normalize(total, dim=0)).sort(descending=True, stable=True)
    if count < 2:
        return math.nan, order, typicality
    squares = float((unit * unit).sum())  # equals count, unless there are rows of zeros
    return (float(total @ total) - squares) / (count * (count - 1)), order, typicality
