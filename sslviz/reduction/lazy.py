"""A reducer that starts its process only with the first request, for runs that may never request a map."""

from __future__ import annotations

from collections.abc import Callable

from sslviz.reduction.client import ReducerClient
from sslviz.reduction.reducer import MapRequest, OnMap, Reducer


class LazyReducer:
    """Starts a low-priority reducer when the first map is requested, and passes all requests on to this reducer.

    So no reducer process is started for a run without requests.
    """

    def __init__(self, start: Callable[[], Reducer] = ReducerClient) -> None:
        self._start = start
        self._reducer: Reducer | None = None

    @property
    def status(self) -> str:
        """Status text of the reducer; an empty string until the first request has started the reducer."""
        return self._reducer.status if self._reducer is not None else ""

    def request(self, request: MapRequest, on_map: OnMap) -> None:
        """Start the reducer if this is the first request, and pass the request on, see :meth:`Reducer.request`."""
        if self._reducer is None:
            self._reducer = self._start()
            self._reducer.lower_priority()
        self._reducer.request(request, on_map)

    def lower_priority(self) -> None:
        """Do nothing, since the reducer has a low priority from its start."""

    def close(self) -> None:
        """End the reducer if it was started."""
        if self._reducer is not None:
            self._reducer.close()
