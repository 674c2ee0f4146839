"""What the maps so far mean for the next one: where its layout starts, how far it may move, how it is turned."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.wire import Array
from sslviz.reduction.requests import LayoutRequest
from sslviz.reduction.steady import Floats, neighbour_overlap, pca_2d, procrustes, rigid, to_extent

FIRST_EPOCHS = 200
FIRST_EPOCHS_LARGE = 100
LARGE = 5000
"""points; from here on a first layout of 200 epochs would take several seconds"""
REFRESH_EPOCHS = 80
"""at 40 clusters that formed late stay in pieces (silhouette by label .12 against .18, and .16 from scratch)"""
REFRESH_EPOCHS_LARGE = 40
CALMEST, LIVELIEST = 0.02, 1.0
"""learning rates for an unchanged graph, and for one of which half the neighbours or more are new"""


class Job(NamedTuple):
    """One snapshot to lay out; ``h`` float[n, d], ``indices`` int32[n, k], ``distances`` float32[n, k]."""

    step: int
    generation: int
    indices: npt.NDArray[np.int32]
    distances: Floats
    h: npt.NDArray[np.floating]


class MapHistory:
    """The last layout in the reducer's own units, and the map last shown; forgotten when the points are others."""

    def __init__(self) -> None:
        self._of = (-1, -1)
        self._layout: Floats | None = None
        self._indices: npt.NDArray[np.int32] | None = None
        self._shown: Floats | None = None

    def has_layout(self, job: Job) -> bool:
        """Whether these points have been laid out before."""
        return self._of == _points(job) and self._layout is not None

    def plan(self, job: Job) -> LayoutRequest:
        """From the last layout, as lively as the neighbours have changed; the first from the principal components."""
        self._forget_others(job)
        first = self._layout is None
        initial = pca_2d(job.h) if self._layout is None else self._layout
        return LayoutRequest(
            step=job.step,
            generation=job.generation,
            indices=Array.of(job.indices.astype(np.int32, copy=False)),
            distances=Array.of(job.distances.astype(np.float32, copy=False)),
            initial=Array.of(initial),
            epochs=_epochs(len(job.h), first),
            learning_rate=self._learning_rate(job),
            previous=not first,
        )

    def _learning_rate(self, job: Job) -> float:
        if self._indices is None or self._indices.shape != job.indices.shape:
            return LIVELIEST
        changed = 1 - neighbour_overlap(job.indices, self._indices)
        return CALMEST + (LIVELIEST - CALMEST) * min(2 * changed, 1.0)

    def show_layout(self, job: Job, xy: Floats) -> Floats:
        """Take a layout; returns the map to show, float32[n, 2], aligned with the one before."""
        self._forget_others(job)
        self._layout = xy if self._layout is None else rigid(xy, self._layout)
        self._indices = job.indices
        return self._show(xy)

    def show_pca(self, job: Job) -> Floats:
        """The principal components as a map, aligned with the one before."""
        self._forget_others(job)
        return self._show(pca_2d(job.h))

    def _show(self, xy: Floats) -> Floats:
        self._shown = to_extent(xy) if self._shown is None else procrustes(xy, self._shown)
        return self._shown

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
