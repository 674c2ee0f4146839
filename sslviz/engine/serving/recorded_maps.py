"""Shows maps of the snapshots of a recorded run.

The layout of a map takes a while. Until it is finished, preliminary positions of the samples are shown. A map that was
recorded, and each finished map, is kept in a cache, so that it can be shown at once when the user returns to its
snapshot.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from functools import partial

from sslviz.core.messages import Watch
from sslviz.core.panel_data import LatentMap, MapMethod
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recording import SnapshotMap, Version
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Array
from sslviz.engine.observing.embedding_source import MapPoints
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.recorded_history import earlier_maps
from sslviz.engine.serving.recorded_panels import INTERVAL_S
from sslviz.engine.serving.sized_cache import SizedCache
from sslviz.engine.training.run_log import Listener
from sslviz.reduction.alignment import Floats, pca_2d, procrustes
from sslviz.reduction.quality import Quality
from sslviz.reduction.reducer import DEFAULT, AlignedMap, Options

MAX_MAP_BYTES = 32 * 2**20
"""Maximum size of the maps that are kept, in bytes: enough for 400 maps of 10,000 samples, or for 2,000 of 2,000."""


Key = tuple[int, Version | None, Options]
"""Identifies a map: the step of its snapshot, the version of the file, and the options of the layout."""
MapCache = SizedCache[Key, SnapshotMap]


class RecordedMapObserver:
    """Shows the map of the snapshot in view (the one that the window shows), from the cache if it was laid out before.

    A map by UMAP that the run has recorded is shown as it is, unless the window asks for other options than the default
    ones. Any other map is laid out. Meanwhile, preliminary positions are shown: those that the run recorded, if there
    are any and UMAP is chosen, otherwise the principal components of the embeddings. A map that is finished when
    another snapshot is in view is kept; with the options of the map in view, it is sent as one of the
    :class:`~sslviz.core.panel_data.EarlierMaps`.

    The parameter ``watch`` of the methods is the latest message in which the window says what it shows: which panel
    data, with which options, of which snapshot.

    Args:
        embeddings: the embeddings of the snapshot in view.
        maps: lays out the maps.
        listener: receives the positions that are shown at once, and the maps of other snapshots.
        is_stale: returns whether the window has requested another snapshot than the one in view.
    """

    title = "map"

    def __init__(
        self, embeddings: RecordedEmbeddings, maps: MapService, listener: Listener, is_stale: Callable[[], bool]
    ) -> None:
        self._embeddings, self._maps, self._listener = embeddings, maps, listener
        self._is_stale = is_stale
        self._lock = threading.Lock()  # guards the next five
        self._cache = MapCache(MAX_MAP_BYTES)
        self._in_view: Key | None = None
        self._awaited: Key | None = None
        """The map of another snapshot that was requested last; None if it has come, or may not come any more."""
        self._xy: Floats | None = None
        self._method: MapMethod = "pca"
        """Method of the positions ``xy`` that were shown last."""
        self.rate_limit = RateLimit(INTERVAL_S, 1.0)

    @property
    def finished(self) -> bool:
        """Whether the map in view is finished. Thread-safe."""
        with self._lock:
            return self._in_view is not None and self._in_view in self._cache

    @property
    def idle(self) -> bool:
        """Whether the map in view is finished, and no other one is being laid out."""
        return self.finished and self._awaited is None

    def is_kept(self, key: Key) -> bool:
        """Return whether a map is kept."""
        with self._lock:
            return key in self._cache

    def subject(self, watch: Watch) -> Key | None:
        """Return what the map depends on: the file of the snapshot in view, and the options of the layout.

        The observer runs again only when this has changed. It does not run if the return value is None, that is, if
        the window does not show the map.
        """
        now, options = self._embeddings.now, map_options(watch.request(MapRequest))
        return (now.step, now.version, options) if "LatentMap" in watch.panel_data else None

    def observe(self, watch: Watch) -> None:
        """Show the map of the snapshot in view if it is known, or show preliminary positions and request the map."""
        key = self.subject(watch)
        assert key is not None
        options = key[2]
        with self._lock:
            self._in_view = key
            kept = self._recorded(options) or self._cache.get(key)
        if kept is not None:
            self._show_kept(key, kept)
            return
        shown = self._show_preliminary(options)
        if not self._is_stale():
            self._request_map(key, shown)

    def send_kept(self, options: Options) -> None:
        """Send the maps with these options that are kept, in place of those with others that the window may have."""
        with self._lock:
            self._send_kept([key for key, _ in self._cache.items() if key[2] == options])

    def _send_kept(self, keys: list[Key]) -> None:
        found = {key[0]: kept for key in keys if (kept := self._cache.get(key)) is not None}
        if found:
            self._listener.send(earlier_maps(found))

    def request(self, key: Key, points: MapPoints) -> None:
        """Request the map of a snapshot that is not in view."""
        with self._lock:
            self._awaited = key
        self._maps.request_map(points, key[2], partial(self._take, key))

    def _recorded(self, options: Options) -> SnapshotMap | None:
        """Return the map that the run has recorded with the snapshot in view, or None if another one has to be made."""
        found = self._embeddings.now.map
        return found if found is not None and found.method == "umap" and options == DEFAULT else None

    def _show_kept(self, key: Key, kept: SnapshotMap) -> None:
        request = self._maps.request_of(self._embeddings, key[2])
        with self._lock:
            self._keep(key, kept)
            quality = Quality(kept.trustworthiness, kept.agreement)
            self._show(AlignedMap(request, kept.xy, kept.method, quality, kept.movement))

    def _request_map(self, key: Key, shown: tuple[Floats, MapMethod]) -> None:
        """Request the map of the snapshot in view; until it comes, umap-learn may lay out the snapshot already.

        ``shown`` has the preliminary positions, and the method by which they were laid out.
        """
        with self._lock:
            self._awaited = None  # the reducer drops that request if it has not begun with it
        request = self._maps.request_map(self._embeddings, key[2], partial(self._take, key))
        newest = self._maps.exact.newest
        if newest is None or newest.request is not request:
            self._maps.exact.newest = AlignedMap(request, *shown, Quality(), math.nan, preliminary=True)

    def _show_preliminary(self, options: Options) -> tuple[Floats, MapMethod]:
        """Show preliminary positions of the samples, aligned with the positions shown before; return them.

        These are the recorded positions if there are any and UMAP was chosen, otherwise two principal components. The
        second result is the method by which they were laid out.
        """
        now = self._embeddings.now
        if now.map is not None and options.method == "umap":
            positions, method = now.map.xy, now.map.method
        else:
            positions, method = pca_2d(self._embeddings.probe_h().numpy()), "pca"
        with self._lock:
            self._xy, self._method = _aligned(positions, self._xy), method
            xy = self._xy
        self._maps.exact.newest = None  # it was of the snapshot shown before
        self._listener.send(LatentMap(step=now.step, xy=Array.of(xy), method=method, age_s=0.0))
        return xy, method

    def _take(self, key: Key, latent_map: AlignedMap) -> None:
        """Keep a finished map, and show it if its snapshot is in view; otherwise send it as that of another step.

        Called from the thread of this process that receives maps from the reducer process. The reducer may send a map
        by PCA although UMAP was requested; a map by UMAP may follow or not. If points are shown already, such a map is
        not kept: the points stay where they are, and the window gets only the lists of nearest neighbours from it.
        """
        with self._lock:
            if key == self._awaited and not latent_map.preliminary:
                self._awaited = None
            in_place = latent_map.preliminary or latent_map.method != latent_map.request.options.method
            if in_place and self._xy is not None:
                latent_map = latent_map._replace(xy=self._xy, method=self._method)
            else:
                latent_map = latent_map._replace(xy=_aligned(latent_map.xy, self._reference(latent_map.step)))
                self._keep(key, SnapshotMap(latent_map.xy, latent_map.method, *latent_map.quality, latent_map.movement))
            if key == self._in_view:
                self._show(latent_map)
            elif not in_place and self._in_view is not None and key[2] == self._in_view[2]:
                self._send_kept([key])

    def _reference(self, step: int) -> Floats | None:
        """Return the positions of the kept map that is nearest to ``step``, or else those that were shown last."""
        kept = {key[0]: found.xy for key, found in self._cache.items()}
        return kept[min(kept, key=lambda each: abs(each - step))] if kept else self._xy

    def _keep(self, key: Key, kept: SnapshotMap) -> None:
        self._cache.put(key, kept, kept.xy.nbytes)

    def _show(self, latent_map: AlignedMap) -> None:
        self._xy, self._method = latent_map.xy, latent_map.method
        self._maps.show(latent_map)


def _aligned(xy: Floats, reference: Floats | None) -> Floats:
    """Return ``xy`` rotated, reflected, scaled and moved so that it resembles the positions ``reference``.

    ``xy`` is returned unchanged if there is no reference, or if it has another number of samples.
    """
    return xy if reference is None or reference.shape != xy.shape else procrustes(xy, reference)
