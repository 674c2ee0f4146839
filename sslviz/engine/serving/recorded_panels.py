"""Computes the panel data of a recorded run, for the snapshot that the window shows.

Panel data are kept in a cache, so that they are not computed again when the user returns to a snapshot.
"""

from __future__ import annotations

import msgspec

from sslviz.core.messages import Watch
from sslviz.core.rate_limit import RateLimit
from sslviz.core.wire import Frozen
from sslviz.engine.observing.panel_observer import PanelObserver
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings
from sslviz.engine.serving.sized_cache import SizedCache
from sslviz.engine.training.run_log import Listener

INTERVAL_S = 0.1
"""Minimum interval between two runs of an observer, in seconds; short, since no training has to wait."""

PanelCache = SizedCache[tuple[str, object], Frozen]
"""Panel data by the title and the subject of the observer that has computed them."""


class CachedObserver:
    """Sends the panel data of an observer, from the cache if they were computed before.

    The parameter ``watch`` of the methods is the latest message in which the window says what it shows: which panel
    data, with which options, of which snapshot.
    """

    def __init__(
        self, observer: PanelObserver, embeddings: RecordedEmbeddings, listener: Listener, cache: PanelCache
    ) -> None:
        self._observer, self._embeddings, self._listener, self._cache = observer, embeddings, listener, cache
        self.title = observer.title
        self.rate_limit = RateLimit(INTERVAL_S, 1.0)

    def subject(self, watch: Watch) -> object | None:
        """Return what the panel data depend on: the file of the snapshot in view, and the options set in the panel.

        The observer runs again only when this has changed. It does not run if the return value is None, that is, if
        no visible panel shows the data or there is nothing to compute.
        """
        subject = self._observer.subject(watch)
        return (self._embeddings.now.version, subject) if subject is not None else None

    def is_kept(self, watch: Watch) -> bool:
        """Return whether the panel data are in the cache."""
        return self._cache.get(self._key(watch)) is not None

    def _key(self, watch: Watch) -> tuple[str, object]:
        return self.title, self.subject(watch)

    def observe(self, watch: Watch) -> None:
        """Send the panel data; compute them first if they are not in the cache."""
        key = self._key(watch)
        data = self._cache.get(key)
        if data is None:
            data = self._observer.panel_data(watch)
            if data is None:
                return
            self._cache.put(key, data, len(msgspec.msgpack.encode(data)))
        self._listener.send(data)  # type: ignore[arg-type]
