"""The requests that a reducer receives, the maps that it returns, and the interface of all reducers."""

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
    """Method and parameters of a map."""

    method: MapMethod = "umap"
    neighbours: int = 15
    """UMAP's ``n_neighbors``: number of neighbours of each point, the point itself included."""
    min_dist: float = 0.1
    """UMAP's ``min_dist``: the minimum distance between points, in map units."""


DEFAULT = Options()


@dataclass(frozen=True, eq=False)
class MapRequest:
    """Embeddings of n points, and options of the map to compute; the finished map contains this request."""

    step: int
    """The optimiser step after which the embeddings were computed."""
    h: npt.NDArray[np.floating]
    """float[n, d], the embeddings."""
    indices: npt.NDArray[np.int32]
    """int32[n, k], the k nearest neighbours of each point in h, nearest first; k may exceed ``options.neighbours``."""
    distances: Floats
    """float32[n, k], the distance of each point to its neighbours in ``indices``."""
    options: Options = DEFAULT
    taken_at: float = 0.0
    """Time at which the embeddings were computed, in seconds of :func:`time.monotonic`."""
    series: object = None
    """Identifies maps that develop from each other, such as those of one run: a layout by UMAP starts only from the
    last layout of the same series. A map of any series is aligned with the map shown before it."""
    at_once: bool = False
    """Whether the first map of the series is preceded by a preliminary PCA map even if UMAP can start at once."""


class AlignedMap(NamedTuple):
    """A finished map, aligned with the map shown before it. Quality figures that are unknown are NaN."""

    request: MapRequest
    """The request that the map was computed for."""
    xy: Floats
    """float32[n, 2], the positions of the points on the map; always finite."""
    method: MapMethod
    """The method that computed the map: "pca" also if UMAP was requested but not available."""
    quality: Quality
    movement: float
    """Median distance that points moved since the previous map, as a fraction of the previous map's extent.

    NaN if there is no previous map of the same points, if it is of another series or not of an earlier step, and for a
    map by umap-learn."""
    library: str = ""
    """Library that laid out the map, with its version; empty for sslviz itself."""
    preliminary: bool = False
    """Whether this PCA map stands in for a map by UMAP of the same request, which follows."""

    @property
    def step(self) -> int:
        """The optimiser step after which the embeddings of the map were computed."""
        return self.request.step


OnMap = Callable[[AlignedMap], None]


class Reducer(Protocol):
    """The interface of a reducer, which computes maps in the background, one after the other."""

    @property
    def status(self) -> str:
        """The current activity or problem of the reducer in a few words; an empty string if there is none."""

    def request(self, request: MapRequest, on_map: OnMap) -> None:
        """Request a map and return at once; the arrays of the request are not copied.

        Of the requests that arrive while a map is computed, only the newest is kept; the others get no map. If
        it is of another series, the map that is being computed is not shown either. The reducer calls ``on_map`` from a
        thread of its own: once with the finished map, and before that with a preliminary PCA map if UMAP cannot start
        yet, or if the request asks for one.
        """

    def lower_priority(self) -> None:
        """Lower the priority of the computation from now on, so that it does not slow down a training."""

    def close(self) -> None:
        """End the reducer's threads and processes. May be called twice.

        Requests that are still open get no map: their functions ``on_map`` are not called.
        """
