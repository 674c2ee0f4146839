"""Shows maps of the snapshots of a recorded run.

The layout of a map takes a while. Until it is finished, preliminary positions of the samples are shown. Finished maps
are kept in a cache, so that they can be shown at once when the user returns to a snapshot.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from functools import partial

from sslviz.core.messages import Watch
from sslviz.core.panel_data import LatentMap, MapMethod
from sslviz.core.rate_limit import RateLimit
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Array
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.recorded_panels import INTERVAL_S
from sslviz.engine.serving.sized_cache import SizedCache
from sslviz.engine.training.run_log import Listener
from sslviz.reduction.alignment import Floats, pca_2d, procrustes
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import AlignedMap, Options

MAX_MAP_BYTES = 128 * 2**20
"""Maximum size of the maps that are kept, in bytes.

With 15 neighbours, this is enough for 11 maps of 10,000 samples in 256 dimensions, or for 100 of 2,000 in 128."""
MapCache = SizedCache[AlignedMap]
"""Maps by the subject of the observer."""


class RecordedMapObserver:
    """Shows the map of the snapshot in view (the one that the window shows), from the cache if it was laid out before.

    While the map is being laid out, preliminary positions are shown: those that the run recorded, if there are any and
    UMAP is chosen, otherwise the principal components of the embeddings. A map that is finished when another snapshot
    is in view is kept in the cache, but not shown.

    The parameter ``watch`` of the methods is the latest message in which the window says what it shows: which panel
    data, with which options, of which snapshot.

    Args:
        embeddings: the embeddings of the snapshot in view.
        maps: lays out the maps.
        listener: receives the positions that are shown at once.
        cache: keeps the maps.
        is_stale: returns whether the window has requested another snapshot than the one in view.
    """

    title = "map"

    def __init__(
        self,
        embeddings: RecordedEmbeddings,
        maps: MapService,
        listener: Listener,
        cache: MapCache,
        is_stale: Callable[[], bool],
    ) -> None:
        self._embeddings, self._maps, self._listener = embeddings, maps, listener
        self._cache, self._is_stale = cache, is_stale
        self._lock = threading.Lock()  # guards the cache and the next three
        self._in_view: object = None
        self._xy: Floats | None = None
        self._method: MapMethod = "pca"
        """Method of the positions ``xy`` that were shown last."""
        self.rate_limit = RateLimit(INTERVAL_S, 1.0)

    def subject(self, watch: Watch) -> object | None:
        """Return what the map depends on: the file of the snapshot in view, and the options of the layout.

        The observer runs again only when this has changed. It does not run if the return value is None, that is, if
        the window does not show the map.
        """
        now, options = self._embeddings.now, map_options(watch.request(MapRequest))
        return (now.step, now.version, options) if "LatentMap" in watch.panel_data else None

    def observe(self, watch: Watch) -> None:
        """Show the map of the snapshot in view from the cache, or show preliminary positions and request the map."""
        key = self.subject(watch)
        with self._lock:
            self._in_view = key
            kept = self._cache.get(key)
            if kept is not None:
                self._show(kept)
        if kept is None:
            options = map_options(watch.request(MapRequest))
            shown = self._show_preliminary(options)
            if not self._is_stale():
                self._request_map(key, options, shown)

    def _request_map(self, key: object, options: Options, shown: tuple[Floats, MapMethod]) -> None:
        """Request the map of the snapshot in view; until it comes, umap-learn may lay out the snapshot already.

        ``shown`` has the preliminary positions, and the method by which they were laid out.
        """
        request = self._maps.request_map(self._embeddings, options, partial(self._take, key))
        newest = self._maps.exact.newest
        if newest is None or newest.request is not request:
            self._maps.exact.newest = AlignedMap(request, *shown, Quality(), math.nan, preliminary=True)

    def _show_preliminary(self, options: Options) -> tuple[Floats, MapMethod]:
        """Show preliminary positions of the samples, aligned with the positions shown before; return them.

        These are the recorded positions if there are any and UMAP was chosen, otherwise two principal components. The
        second result is the method by which they were laid out.
        """
        now = self._embeddings.now
        recorded = now.xy if options.method == "umap" else None
        method = "pca" if recorded is None else now.method
        positions = pca_2d(self._embeddings.probe_h().numpy()) if recorded is None else recorded
        with self._lock:
            self._xy, self._method = self._aligned(positions), method
            xy = self._xy
        self._maps.exact.newest = None  # it was of the snapshot shown before
        self._listener.send(LatentMap(step=now.step, xy=Array.of(xy), method=method, age_s=0.0))
        return xy, method

    def _aligned(self, xy: Floats) -> Floats:
        """Return ``xy`` rotated, reflected, scaled and moved so that it resembles the positions shown before.

        ``xy`` is returned unchanged if no positions of as many samples were shown before.
        """
        return xy if self._xy is None or self._xy.shape != xy.shape else procrustes(xy, self._xy)

    def _take(self, key: object, latent_map: AlignedMap) -> None:
        """Keep a finished map, and show it if its snapshot is in view.

        Called from the thread of this process that receives maps from the reducer process. The reducer may send a map
        by PCA although UMAP was requested; a map by UMAP may follow or not. If points are shown already, such a map is
        not kept: the points stay where they are, and the window gets only the lists of nearest neighbours from it.
        """
        with self._lock:
            in_place = latent_map.preliminary or latent_map.method != latent_map.request.options.method
            if in_place and self._xy is not None:
                latent_map = latent_map._replace(xy=self._xy, method=self._method)
            else:
                latent_map, request = latent_map._replace(xy=self._aligned(latent_map.xy)), latent_map.request
                arrays = latent_map.xy, request.h, request.indices, request.distances
                self._cache.put(key, latent_map, sum(array.nbytes for array in arrays))
            if key == self._in_view:
                self._show(latent_map)

    def _show(self, latent_map: AlignedMap) -> None:
        self._xy, self._method = latent_map.xy, latent_map.method
        self._maps.show(latent_map)
