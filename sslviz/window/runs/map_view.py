"""Chooses the map that is shown: the newest of the maps that the engine sends during the run, or a requested one.

A requested map is laid out once by umap-learn when the user asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sslviz.core.messages import MapProgress
from sslviz.core.panel_data import UMAP_LEARN, LatentMap

EXACT_SHOWN_S = 20.0
"""Minimum time for which an exact map stays in view, in seconds, although newer live maps arrive."""


class MapView:
    """The map in view, which is either "live" or "exact".

    Live maps are those that the engine sends in the course of the run. An exact map is laid out by umap-learn when the
    user asks for it. It stays in view until a live map of another training step arrives after at least
    :data:`EXACT_SHOWN_S` seconds, or until :meth:`show_live` is called, for example because the user returns to the
    live map. ``clock`` returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.shown: LatentMap | None = None
        """The map in view; None before there is a map."""
        self.arrived = 0.0
        """Time at which the map in view arrived (an exact map: was shown last), by ``time.monotonic()``, in seconds."""
        self.progress: MapProgress | None = None
        """Progress of the exact map that was requested; None if none is being laid out."""
        self.last_exact: LatentMap | None = None
        """The exact map that was shown last; None from the request of another one until that one has arrived."""
        self.cancelled = False
        """Whether the last request of an exact map was cancelled; if the map was finished already, it is not shown."""
        self._live: LatentMap | None = None
        self._live_arrived = 0.0

    @property
    def exact(self) -> LatentMap | None:
        """The map in view if it is an exact one, else None."""
        return self.shown if self.shown is not None and self.shown.method == UMAP_LEARN else None

    def take_live(self, latent_map: LatentMap) -> None:
        """Keep a live map as the newest, and show it unless an exact map has to stay in view.

        An exact map stays in view if it was shown less than :data:`EXACT_SHOWN_S` seconds ago, or if it belongs to the
        same training step as the live map.
        """
        self._live, self._live_arrived = latent_map, self._clock()
        exact = self.exact
        if exact is None or (latent_map.step != exact.step and self._clock() >= self.arrived + EXACT_SHOWN_S):
            self.show_live()

    def take_exact(self, latent_map: LatentMap) -> None:
        """Show an exact map that has arrived, unless it was cancelled meanwhile."""
        if not self.cancelled:
            self.show_exact(latent_map)

    def show_exact(self, latent_map: LatentMap) -> None:
        """Show an exact map from now on."""
        self.shown = self.last_exact = latent_map
        self.arrived = self._clock()

    def show_live(self) -> None:
        """Show the newest live map from now on; without a live map, nothing changes."""
        if self._live is not None:
            self.shown, self.arrived = self._live, self._live_arrived

    def take_progress(self, progress: MapProgress) -> None:
        """Keep the newest message of the engine about the progress of the requested exact map, as :attr:`progress`.

        A message with an empty text means that no exact map is being laid out any more; :attr:`progress` is None then.
        """
        if progress.text:
            self.last_exact = None
        self.progress = progress if progress.text else None
