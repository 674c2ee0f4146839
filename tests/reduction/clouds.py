"""Clusters of points and their exact nearest neighbours, for the tests of the map."""

from __future__ import annotations

import numpy as np


def neighbours(h, k=15):
    """Return the k nearest other points of each row of h, int32[n, k], and their distances, float32[n, k]."""
    distances = np.linalg.norm(h[:, None] - h[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    indices = np.argsort(distances, axis=1, kind="stable")[:, :k].astype(np.int32)
    return indices, np.take_along_axis(distances, indices, axis=1).astype(np.float32)


def clusters(n=1000, dimensions=16, count=10, seed=0):
    """Return n points in ``count`` clusters, float32[n, dimensions], and the cluster of each point, int[n]."""
    rng = np.random.default_rng(seed)
    which = rng.integers(0, count, n)
    centres = rng.normal(size=(count, dimensions))
    return (centres[which] + 0.5 * rng.normal(size=(n, dimensions))).astype(np.float32), which
