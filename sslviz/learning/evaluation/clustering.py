"""Clusters of samples in the latent space, by k-means."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

MAX_CLUSTERS, INITIALISATIONS = 24, 4
"""Maximum number of clusters that colours and markers can distinguish; number of k-means++ initialisations."""


def clusters(h: Tensor, count: int, centres: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return the cluster of each row of h, int64[n], and the cluster centres, float32[k, D], by k-means of h/‖h‖.

    ``h``: float[n, D]. The number of clusters, k, is the smallest of three numbers: ``count``, :data:`MAX_CLUSTERS`,
    and the number of distinct rows of h/‖h‖.

    Both results are on the CPU. ``centres`` are None, or the cluster centres that an earlier call returned:

    - If ``centres`` has the shape [k, D], k-means starts from them. Thus clusters keep their numbers while h changes.
    - In all other cases, k-means runs :data:`INITIALISATIONS` times, each time from initial centres drawn by k-means++
      (Arthur & Vassilvitskii 2007) with a fixed seed, and the best result is returned.
    """
    from sklearn.cluster import KMeans  # slow to import, and rarely needed

    unit = normalize(h.float(), dim=1).cpu()
    count = max(1, min(count, MAX_CLUSTERS, len(torch.unique(unit, dim=0))))
    warm = centres is not None and centres.shape == (count, unit.shape[1])
    init = centres.numpy() if centres is not None and warm else "k-means++"
    result = KMeans(count, init=init, n_init=1 if warm else INITIALISATIONS, random_state=0).fit(unit.numpy())
    return torch.from_numpy(result.labels_).long(), torch.from_numpy(result.cluster_centers_).float()
