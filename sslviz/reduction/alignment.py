"""Keeps successive maps alike: numpy only."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

EXTENT = 10.0
"""width of a fresh layout in map units; the forces of UMAP are made for about this much"""
TINY = 1e-12


def procrustes(xy: Floats, onto: Floats) -> Floats:
    """``xy`` turned, flipped, scaled alike in both directions and moved, to lie on ``onto``; all float32[n, 2].

    The scale makes the spread of both equal. The least-squares scale would be smaller the less the two agree, and
    a map fitted to the one before, again and again, would shrink to nothing (Gower & Dijksterhuis 2004, ch. 4).
    """
    return _fit(xy, onto, keep_scale=False)


def rigid(xy: Floats, onto: Floats) -> Floats:
    """``xy`` turned, flipped and moved onto ``onto``, its size kept."""
    return _fit(xy, onto, keep_scale=True)


def _fit(xy: Floats, onto: Floats, keep_scale: bool) -> Floats:
    usable = np.isfinite(xy).all(axis=1) & np.isfinite(onto).all(axis=1)
    if not usable.any():
        return xy
    source, target = xy[usable].astype(np.float64), onto[usable].astype(np.float64)
    centre, aim = source.mean(axis=0), target.mean(axis=0)
    source, target = source - centre, target - aim
    u, _, vt = np.linalg.svd(source.T @ target)
    spread, wanted = np.linalg.norm(source), np.linalg.norm(target)
    scale = 1.0 if keep_scale or min(spread, wanted) < TINY else wanted / spread
    return np.asarray((xy - centre) @ (u @ vt) * scale + aim, dtype=np.float32)


def pca_2d(h: npt.NDArray[np.floating]) -> Floats:
    """The first two principal components of [n, d], as float32[n, 2], :data:`EXTENT` wide.

    Always finite: rows that are not finite lie in the middle, and what has no second direction lies on a line.
    """
    usable = np.isfinite(h).all(axis=1)
    if not usable.any() or h.shape[1] == 0:
        return np.zeros((len(h), 2), dtype=np.float32)
    x = np.where(usable[:, None], h, h[usable].mean(axis=0, dtype=np.float64)).astype(np.float64)
    x -= x.mean(axis=0)
    x /= np.abs(x).max() or 1.0
    _, axes = np.linalg.eigh(x.T @ x)
    xy = np.zeros((len(h), 2))
    components = x @ axes[:, ::-1][:, :2]
    xy[:, : components.shape[1]] = components
    return to_extent(xy.astype(np.float32))


def to_extent(xy: Floats, extent: float = EXTENT) -> Floats:
    """Centred and scaled alike in both directions so that the wider one is ``extent``, but for the outermost 1 %."""
    low, high = _bounds(xy)
    width = float((high - low).max())
    return np.asarray((xy - (low + high) / 2) * (extent / width if width > TINY else 1.0), dtype=np.float32)


def movement(xy: Floats, before: Floats) -> float:
    """How far the median point has moved, as a share of the extent of the map before; both float32[n, 2]."""
    low, high = _bounds(before)
    width = float((high - low).max())
    moved = float(np.median(np.linalg.norm(xy - before, axis=1))) if len(xy) else 0.0
    return moved / width if width > TINY else math.nan


def _bounds(xy: Floats) -> npt.NDArray[np.floating]:
    """Lower and upper ends, [2, 2], but for the outermost 1 %."""
    return np.percentile(xy, [1, 99], axis=0) if len(xy) else np.zeros((2, 2))


def neighbour_overlap(indices: npt.NDArray[np.integer], before: npt.NDArray[np.integer]) -> float:
    """Share of neighbours that are the same as before, or elsewhere, 0…1; both int[n, k]."""
    return float((indices[:, :, None] == before[:, None, :]).any(axis=2).mean()) if indices.size else 1.0
