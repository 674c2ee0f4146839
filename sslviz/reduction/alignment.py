"""Aligns successive maps by Procrustes analysis, and computes principal components; needs only numpy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

EXTENT = 10.0
"""Width of an initial layout in map units; UMAP's forces are scaled for about this width."""
TINY = 1e-12
"""Widths below this count as zero."""


def procrustes(xy: Floats, onto: Floats) -> Floats:
    """Return ``xy`` aligned with ``onto`` by rotation, reflection, isotropic scaling and translation.

    All arrays are float32[n, 2]. The scaling gives ``xy`` the same root-mean-square distance to its mean as ``onto``,
    unless all points of one of the two lie at one place. Points that are not finite in ``xy`` or in
    ``onto`` do not count.
    The least-squares scale is not used: the worse two maps agree, the smaller it is, so that a series of maps, each
    aligned with the previous map, would shrink to nothing (Gower & Dijksterhuis 2004, ch. 4).
    """
    return _fit(xy, onto, keep_scale=False)


def rigid(xy: Floats, onto: Floats) -> Floats:
    """Return ``xy`` aligned with ``onto`` by rotation, reflection and translation only; all float32[n, 2]."""
    return _fit(xy, onto, keep_scale=True)


def _fit(xy: Floats, onto: Floats, keep_scale: bool) -> Floats:
    finite = np.isfinite(xy).all(axis=1) & np.isfinite(onto).all(axis=1)
    if not finite.any():
        return xy
    source, target = xy[finite].astype(np.float64), onto[finite].astype(np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    source, target = source - source_mean, target - target_mean
    u, _, vt = np.linalg.svd(source.T @ target)
    source_norm, target_norm = np.linalg.norm(source), np.linalg.norm(target)
    scale = 1.0 if keep_scale or min(source_norm, target_norm) < TINY else target_norm / source_norm
    return np.asarray((xy - source_mean) @ (u @ vt) * scale + target_mean, dtype=np.float32)


def pca_2d(h: npt.NDArray[np.floating]) -> Floats:
    """Return the first two principal components of h float[n, d], scaled by :func:`to_extent`, as float32[n, 2].

    The result is always finite: rows of h that are not finite are replaced by the mean of the others, and if d = 1, the
    second component is zero.
    """
    finite = np.isfinite(h).all(axis=1)
    if not finite.any() or h.shape[1] == 0:
        return np.zeros((len(h), 2), dtype=np.float32)
    x = np.where(finite[:, None], h, h[finite].mean(axis=0, dtype=np.float64)).astype(np.float64)
    x -= x.mean(axis=0)
    x /= np.abs(x).max() or 1.0
    _, axes = np.linalg.eigh(x.T @ x)
    xy = np.zeros((len(h), 2))
    components = x @ axes[:, ::-1][:, :2]
    xy[:, : components.shape[1]] = components
    return to_extent(xy.astype(np.float32))


def to_extent(xy: Floats, extent: float = EXTENT) -> Floats:
    """Return the points ``xy`` float32[n, 2] centred at the origin and scaled to the width ``extent``.

    The width is the distance from the 1st to the 99th percentile on the wider axis. If the width is zero, the points
    are only centred.
    """
    low, high = _bounds(xy)
    width = float((high - low).max())
    return np.asarray((xy - (low + high) / 2) * (extent / width if width > TINY else 1.0), dtype=np.float32)


def movement(xy: Floats, before: Floats) -> float:
    """Return the median distance that points moved from ``before`` to ``xy``, as a fraction of the map's width.

    Both maps are float32[n, 2] and show the same points. The width is that of ``before``: the distance from the 1st to
    the 99th percentile on its wider axis. If this width is zero, the result is NaN.
    """
    low, high = _bounds(before)
    width = float((high - low).max())
    distance = float(np.median(np.linalg.norm(xy - before, axis=1))) if len(xy) else 0.0
    return distance / width if width > TINY else math.nan


def _bounds(xy: Floats) -> npt.NDArray[np.floating]:
    """Return the 1st percentiles of x and of y, then the 99th, float[2, 2]; zeros if there are no points."""
    return np.percentile(xy, [1, 99], axis=0) if len(xy) else np.zeros((2, 2))


def neighbour_overlap(indices: npt.NDArray[np.integer], before: npt.NDArray[np.integer]) -> float:
    """Return the fraction of the entries of ``indices`` that also occur in the same row of ``before``.

    ``indices`` and ``before``: int[n, k], the k nearest neighbours of each of n points, now and before. The result is 1
    if there are no entries.
    """
    return float((indices[:, :, None] == before[:, None, :]).any(axis=2).mean()) if indices.size else 1.0
