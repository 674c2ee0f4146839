"""Chooses the map that is shown: the newest of the maps that the engine sends during the run, or another one.

The other one is a kept map of an earlier step, at which the user has set the time cursor, or a requested map, which is
laid out once by umap-learn when the user asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from sslviz.core.exact_map import MapProgress
from sslviz.core.panel_data import UMAP_LEARN, LatentMap
from sslviz.window.runs.map_history import MapHistory

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
        self.history = MapHistory()
        self.cursor_step: int | None = None
        """The step of which the user wants to see the map; None for the newest."""
        self._live: LatentMap | None = None
        self._live_arrived = 0.0

    @property
    def exact(self) -> LatentMap | None:
        """The map in view if it is an exact one, else None."""
        return self.shown if self.shown is not None and self.shown.method == UMAP_LEARN else None

    @property
    def is_kept(self) -> bool:
        """Whether the map in view is a kept map of an earlier step, of which the neighbours are unknown."""
        return self.shown is not None and self.shown is not self._live and self.exact is None

    @property
    def allows_exact(self) -> bool:
        """Whether the map in view is of the latent space and not a kept one: umap-learn has made it, or can."""
        return self.shown is not None and self.shown.space == "latent" and not self.is_kept

    @property
    def kept_steps(self) -> tuple[int, ...]:
        """Steps of the kept maps by the method of the newest live map, ascending."""
        return self.history.steps(self._live.method) if self._live is not None else ()

    @property
    def kept_maps(self) -> tuple[LatentMap, ...]:
        """The kept maps by the method of the newest live map, in the order of steps."""
        return self.history.maps(self._live.method) if self._live is not None else ()

    def maps_before(self, count: int) -> list[LatentMap]:
        """Return the last ``count`` kept maps before the one in view by the same method, in the order of steps."""
        if self.shown is None or self.shown.space != "latent":
            return []
        return self.history.before(self.shown.step, self.shown.method, count)

    def move_cursor(self, step: int | None) -> None:
        """Show the last live map up to ``step`` from now on, or the newest one if ``step`` is None."""
        self.cursor_step = step
        self.show_live()

    def take_live(self, latent_map: LatentMap) -> None:
        """Keep a live map as the newest, and show it unless an exact map has to stay in view.

        An exact map stays in view if it was shown less than :data:`EXACT_SHOWN_S` seconds ago, or if it belongs to the
        same training step as the live map.
        """
        self._live, self._live_arrived = latent_map, self._clock()
        self.history.add(latent_map)
        exact = self.exact
        if exact is None or (latent_map.step != exact.step and self._clock() >= self.arrived + EXACT_SHOWN_S):
            self.show_live()

    def take_earlier(self, maps: Iterable[LatentMap]) -> None:
        """Keep maps of other steps; one of the time cursor is shown unless an exact map is in view."""
        for latent_map in maps:
            self.history.add(latent_map)
        if self.exact is None:
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
        """Show the live map of the time cursor from now on; without a live map, nothing changes."""
        if self._live is not None:
            self.shown, self.arrived = self._at_cursor(self._live), self._live_arrived

    def _at_cursor(self, live: LatentMap) -> LatentMap:
        """Return ``live``, or the kept map of the time cursor, without it the last one, if that is of another step."""
        if live.space != "latent" or live.step == self.cursor_step:
            return live
        kept = self.history.at(self.cursor_step, live.method)
        return live if kept is None or kept.step == live.step else kept

    def take_progress(self, progress: MapProgress) -> None:
        """Keep the newest message of the engine about the progress of the requested exact map, as :attr:`progress`.

        A message with an empty text means that no exact map is being laid out any more; :attr:`progress` is None then.
        """
        if progress.text:
            self.last_exact = None
        self.progress = progress if progress.text else None
