"""Keeps the last UMAP layout, from which the next layout starts, and the last map, with which the next is aligned.

A layout is the positions as the worker process computed them. A map is made from such a layout, or from a PCA of the
embeddings: it is scaled, and turned, mirrored and moved so that points stay near their positions on the last map.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import MapMethod
from sslviz.core.wire import Array
from sslviz.reduction.alignment import Floats, movement, neighbour_overlap, pca_2d, procrustes, rigid, to_extent
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, MapRequest, OnMap, Options
from sslviz.reduction.requests import LayoutRequest, compact

FIRST_EPOCHS = 200
"""Number of epochs of the first layout of a set of points, and of the first layout with other options."""
FIRST_EPOCHS_LARGE = 100
"""As :data:`FIRST_EPOCHS`, for :data:`LARGE` points or more."""
LARGE = 5000
"""Number of points from which a first layout of 200 epochs would take several seconds."""
REFRESH_EPOCHS = 80
"""Number of epochs of a later layout of the same points with the same options.

With 40 epochs, clusters that formed late stay in fragments: the silhouette by label is .12, against .18 with 80 epochs
and .16 for a layout from scratch."""
REFRESH_EPOCHS_LARGE = 40
"""As :data:`REFRESH_EPOCHS`, for :data:`LARGE` points or more."""
LOWEST_RATE, HIGHEST_RATE = 0.02, 1.0
"""Learning rates for an unchanged neighbour graph, and for one in which at least half of the neighbours are new."""


class Job(NamedTuple):
    """The arguments of one call of :meth:`Reducer.request`, and a number that identifies the call.

    When the map is finished, it is passed to the function ``on_map``.
    """

    number: int
    """Identifies the job in the messages to and from the worker."""
    request: MapRequest
    on_map: OnMap

    @property
    def indices(self) -> npt.NDArray[np.int32]:
        """int32[n, k], the k nearest neighbours of each point; k is ``options.neighbours``, or less if fewer came."""
        return self.request.indices[:, : self.request.options.neighbours]

    @property
    def distances(self) -> Floats:
        """float32[n, k], the distance of each point to its neighbours in ``indices``."""
        return self.request.distances[:, : self.request.options.neighbours]


class MapHistory:
    """Keeps the last UMAP layout until the series changes, and the last map until the number of points changes."""

    def __init__(self) -> None:
        self._points = -1
        self._series: object = None
        self._layout: Floats | None = None
        self._options = Options()
        self._indices: npt.NDArray[np.int32] | None = None
        self._shown: Floats | None = None
        self._step: float = 0
        """Step of the map last shown; movement is defined only for a map of a later step. Infinite if the next map is
        the first of its series."""

    def has_layout(self, job: Job) -> bool:
        """Whether the layout of ``job`` can start from an earlier layout, which must be of the same series and size."""
        return self.continues(job) and self._layout is not None

    def continues(self, job: Job) -> bool:
        """Whether the last map was of the same series and number of points as ``job``."""
        return self._points == len(job.request.h) and self._series is job.request.series

    def plan(self, job: Job) -> LayoutRequest:
        """Return the message that asks the worker for the layout of ``job``.

        Usually the layout starts from the last layout, and the learning rate grows with the share of neighbours that
        are new since then. Exceptions:

        - there is no last layout: the layout starts from the principal components;
        - the options have changed: the layout starts from the last layout;
        - ``job`` requests a PCA map: the message contains this map, and the worker computes only its quality.

        In the first two cases the learning rate is :data:`HIGHEST_RATE`, and there are more epochs than usual.
        """
        self._forget_others(job)
        options, h = job.request.options, job.request.h
        pca = options.method == "pca"
        anew = self._layout is None or options != self._options
        return LayoutRequest(
            number=job.number,
            indices=Array.of(job.indices.astype(np.int32, copy=False)),
            distances=Array.of(job.distances.astype(np.float32, copy=False)),
            h=compact(h),
            initial=Array.of(pca_2d(h) if self._layout is None or pca else self._layout),
            epochs=0 if pca else _epochs(len(h), anew),
            learning_rate=HIGHEST_RATE if anew else self._learning_rate(job),
            min_dist=options.min_dist,
            previous=self._layout is not None,
        )

    def _learning_rate(self, job: Job) -> float:
        if self._indices is None or self._indices.shape != job.indices.shape:
            return HIGHEST_RATE
        changed = 1 - neighbour_overlap(job.indices, self._indices)
        return LOWEST_RATE + (HIGHEST_RATE - LOWEST_RATE) * min(2 * changed, 1.0)

    def show_layout(self, job: Job, xy: Floats, quality: Quality) -> AlignedMap:
        """Return the worker's layout ``xy`` float32[n, 2] as a map that is aligned with the last map.

        If ``job`` requests UMAP, the layout is also kept, so that the next layout can start from it. If ``job``
        requests PCA, ``xy`` is the PCA map whose quality the worker has computed.
        """
        self._forget_others(job)
        options = job.request.options
        if options.method == "umap":
            self._layout = xy if self._layout is None else rigid(xy, self._layout)
            self._indices, self._options = job.indices, options
        return self._show(job, xy, options.method, quality)

    def show_pca(self, job: Job) -> AlignedMap:
        """Return a PCA map of the embeddings of ``job``, aligned with the last map."""
        self._forget_others(job)
        return self._show(job, pca_2d(job.request.h), "pca", Quality())

    def _show(self, job: Job, xy: Floats, method: MapMethod, quality: Quality) -> AlignedMap:
        before, moved, step = self._shown, math.nan, job.request.step
        self._shown = to_extent(xy) if before is None else procrustes(xy, before)
        if before is not None and step > self._step:
            moved = movement(self._shown, before)
        self._step = step
        return AlignedMap(job.request, self._shown, method, quality, moved)

    def _forget_others(self, job: Job) -> None:
        """Forget the layout if it is of another series, and the map too if it has another number of points."""
        if self.continues(job):
            return
        if self._points != len(job.request.h):
            self._shown = None
        self._points, self._series = len(job.request.h), job.request.series
        self._layout = self._indices = None
        self._step = math.inf


def _epochs(points: int, first: bool) -> int:
    if points < LARGE:
        return FIRST_EPOCHS if first else REFRESH_EPOCHS
    return FIRST_EPOCHS_LARGE if first else REFRESH_EPOCHS_LARGE
