"""What a reducer is asked for, what it answers, and the interface that every reducer has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import MapMethod
from sslviz.reduction.alignment import Floats
from sslviz.reduction.quality import Quality


class Options(NamedTuple):
    """How a map is computed."""

    method: MapMethod = "umap"
    neighbours: int = 15
    """UMAP's ``n_neighbors``, which counts each point itself."""
    min_dist: float = 0.1
    """UMAP's ``min_dist``, in map units."""


DEFAULT = Options()


@dataclass(frozen=True, eq=False)
class MapRequest:
    """Embeddings of n points to compute a map of. The finished map hands the request back."""

    step: int
    """The optimiser step that the embeddings are of."""
    h: npt.NDArray[np.floating]
    """float[n, d], the embeddings."""
    indices: npt.NDArray[np.int32]
    """int32[n, k], the k nearest neighbours of each point in h, nearest first; k may exceed ``options.neighbours``."""
    distances: Floats
    """float32[n, k], the distances of these neighbours."""
    options: Options = DEFAULT
    taken_at: float = 0.0
    """When the embeddings were computed, in seconds of :func:`time.monotonic`."""


class AlignedMap(NamedTuple):
    """A finished map, aligned with the one shown before it. Figures that are not known are NaN."""

    request: MapRequest
    """What the map was computed from."""
    xy: Floats
    """float32[n, 2], always finite."""
    method: MapMethod
    """How it was computed: "pca" also if PCA stands in for the UMAP that was requested."""
    quality: Quality
    movement: float
    """The distance that the median point has moved since the map before, as a fraction of that map's extent."""

    @property
    def step(self) -> int:
        """The optimiser step that the map is of."""
        return self.request.step


OnMap = Callable[[AlignedMap], None]


class Reducer(Protocol):
    """Computes maps in the background, one after the other."""

    @property
    def status(self) -> str:
        """What the reducer is doing, in a few words; empty if there is nothing to report."""

    def request(self, request: MapRequest, on_map: OnMap) -> None:
        """Request a map and return at once; the arrays are not copied.

        Of the requests that wait for the one in progress only the newest is kept. ``on_map`` is called from the
        reducer's own thread: once, or twice if PCA stands in until UMAP can start.
        """

    def lower_priority(self) -> None:
        """Lower the priority of the computation from now on, so that a training beside it keeps its speed."""

    def close(self) -> None:
        """End threads and processes; ``on_map`` is not called afterwards. May be called twice."""
