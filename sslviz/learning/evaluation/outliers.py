"""Finds outliers in a latent space: samples that are far from all others."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from sslviz.learning.evaluation.knn import exact_neighbours

NEAREST = 10
"""Number of nearest neighbours to which distances are averaged."""
SCORE = 3.5
"""Modified z-score above which a sample is an outlier (Iglewicz & Hoaglin 1993)."""
SCALE = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
TINY = 1e-6
"""Distances below this count as equal."""
LEAST = 4 * NEAREST
"""Number of samples that are needed."""


class Outliers(NamedTuple):
    """Outliers, the farthest first.

    ``samples``: int64[m]. ``distances``: float32[m], the mean cosine distance of each to its nearest neighbours.
    ``typical``: the median of this distance over all samples; NaN if there are too few samples or h is not finite.
    """

    samples: Tensor
    distances: Tensor
    typical: float


def outliers(h: Tensor) -> Outliers:
    """Find the outliers among the rows of h, float[n, D].

    The distance of a sample is the mean cosine distance to its ten nearest neighbours (Angiulli & Pizzuti 2002,
    https://doi.org/10.1007/3-540-45681-3_2; of networks' features, Sun et al. 2022, https://arxiv.org/abs/2204.06507).
    Such distances are skewed: the modified z-score, (x - median) / (1.4826 · MAD), is taken of their logarithms.
    """
    if len(h) < LEAST or not bool(h.isfinite().all()):
        return Outliers(torch.empty(0).long(), torch.empty(0), torch.nan)
    distances = exact_neighbours(h, NEAREST + 1)[1][:, 1:].mean(1).cpu()
    logarithms = distances.clamp(min=TINY).log()
    deviations = logarithms - logarithms.median()
    spread = SCALE * float(deviations.abs().median())
    far = (deviations > SCORE * max(spread, TINY)).nonzero()[:, 0]
    far = far[distances[far].argsort(descending=True, stable=True)]
    return Outliers(far, distances[far], float(distances.median()))
