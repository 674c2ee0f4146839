"""Samples that lie together in the latent space."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

MOST, TRIES = 24, 4
"""clusters that can be told by colour and marker; how often the first ones are sought"""


def clusters(h: Tensor, count: int, centres: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """int64[n], the cluster of each of float[n, D] by k-means of h/‖h‖, and the centres float32[k, D].

    ``centres`` of before are begun with where they are as many, so that clusters keep their numbers as h moves; else
    k-means++ (Arthur & Vassilvitskii 2007) of a fixed seed, the best of :data:`TRIES`. Never more than there are
    samples, or than :data:`MOST`.
    """
    from sklearn.cluster import KMeans  # slow to import, and needed by few

    unit = normalize(h.float(), dim=1).cpu()
    count = max(1, min(count, MOST, len(torch.unique(unit, dim=0))))
    fits = centres is not None and centres.shape == (count, unit.shape[1])
    begin = centres.numpy() if centres is not None and fits else "k-means++"
    found = KMeans(count, init=begin, n_init=1 if fits else TRIES, random_state=0).fit(unit.numpy())
    return torch.from_numpy(found.labels_).long(), torch.from_numpy(found.cluster_centers_).float()
