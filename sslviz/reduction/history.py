"""What the maps so far mean for the next one: where its layout starts, how far it may move, how it is turned."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import MapMethod
from sslviz.core.wire import Array
from sslviz.reduction.alignment import Floats, movement, neighbour_overlap, pca_2d, procrustes, rigid, to_extent
from sslviz.reduction.quality import Quality
from sslviz.reduction.requests import LayoutRequest

FIRST_EPOCHS = 200
FIRST_EPOCHS_LARGE = 100
LARGE = 5000
"""points; from here on a first layout of 200 epochs would take several seconds"""
REFRESH_EPOCHS = 80
"""at 40 clusters that formed late stay in segments (silhouette by label .12 against .18, and .16 from scratch)"""
REFRESH_EPOCHS_LARGE = 40
CALMEST, LIVELIEST = 0.02, 1.0
"""learning rates for an unchanged graph, and for one of which half the neighbours or more are new"""


class Options(NamedTuple):
    """How a map is made; ``neighbours`` are UMAP's n_neighbors, each point itself included."""

    method: MapMethod = "umap"
    neighbours: int = 15
    min_dist: float = 0.1


class Job(NamedTuple):
    """One snapshot to lay out; ``h`` float[n, d], ``indices`` int32[n, k], ``distances`` float32[n, k]."""

    step: int
    generation: int
    indices: npt.NDArray[np.int32]
    distances: Floats
    h: npt.NDArray[np.floating]
    options: Options = Options()


class AlignedMap(NamedTuple):
    """A map as it is shown, with how far to trust it; a figure that is not known is NaN."""

    step: int
    xy: Floats
    """float32[n, 2], always finite, aligned with the map before"""
    method: MapMethod
    quality: Quality
    movement: float
    """of the median point since the map before, as a share of that map's extent"""


class MapHistory:
    """The last layout in the reducer's own units, and the map last shown; forgotten when the points are others."""

    def __init__(self) -> None:
        self._of = (-1, -1)
        self._layout: Floats | None = None
        self._options = Options()
        self._indices: npt.NDArray[np.int32] | None = None
        self._shown: Floats | None = None
        self._step = 0
        """of the map last shown; one of an earlier step, or of the same anew, has not moved"""

    def has_layout(self, job: Job) -> bool:
        """Whether these points have been laid out before."""
        return self._of == _points(job) and self._layout is not None

    def plan(self, job: Job) -> LayoutRequest:
        """From the last layout, as lively as the neighbours have changed, or anew where the options have; the first
        from the principal components, which are all of it where PCA is asked for.
        """
        self._forget_others(job)
        pca = job.options.method == "pca"
        first = self._layout is None
        initial = pca_2d(job.h) if self._layout is None or pca else self._layout
        anew = first or job.options != self._options
        return LayoutRequest(
            step=job.step,
            generation=job.generation,
            indices=Array.of(job.indices.astype(np.int32, copy=False)),
            distances=Array.of(job.distances.astype(np.float32, copy=False)),
            h=Array.of(np.asarray(job.h, dtype=np.float32)),
            initial=Array.of(initial),
            epochs=0 if pca else _epochs(len(job.h), anew),
            learning_rate=LIVELIEST if anew else self._learning_rate(job),
            min_dist=job.options.min_dist,
            previous=not first,
        )

    def _learning_rate(self, job: Job) -> float:
        if self._indices is None or self._indices.shape != job.indices.shape:
            return LIVELIEST
        changed = 1 - neighbour_overlap(job.indices, self._indices)
        return CALMEST + (LIVELIEST - CALMEST) * min(2 * changed, 1.0)

    def show_layout(self, job: Job, xy: Floats, quality: Quality) -> AlignedMap:
        """Take a layout; returns the map to show."""
        self._forget_others(job)
        if job.options.method == "umap":
            self._layout = xy if self._layout is None else rigid(xy, self._layout)
            self._indices, self._options = job.indices, job.options
        return self._show(job, xy, job.options.method, quality)

    def show_pca(self, job: Job) -> AlignedMap:
        """The principal components as a map."""
        self._forget_others(job)
        return self._show(job, pca_2d(job.h), "pca", Quality())

    def _show(self, job: Job, xy: Floats, method: MapMethod, quality: Quality) -> AlignedMap:
        before, moved = self._shown, math.nan
        self._shown = to_extent(xy) if before is None else procrustes(xy, before)
        if before is not None and job.step > self._step:
            moved = movement(self._shown, before)
        self._step = job.step
        return AlignedMap(job.step, self._shown, method, quality, moved)

    def _forget_others(self, job: Job) -> None:
        if self._of != _points(job):
            self._of = _points(job)
            self._layout = self._indices = self._shown = None


def _epochs(points: int, first: bool) -> int:
    if points < LARGE:
        return FIRST_EPOCHS if first else REFRESH_EPOCHS
    return FIRST_EPOCHS_LARGE if first else REFRESH_EPOCHS_LARGE


def _points(job: Job) -> tuple[int, int]:
    return job.generation, len(job.h)
