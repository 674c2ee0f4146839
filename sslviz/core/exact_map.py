"""Messages about a map by the library umap-learn: the window asks for one, and the engine lays it out in the run."""

from __future__ import annotations

from sslviz.core.panel_data import UMAP_LEARN, LatentMap
from sslviz.core.requests import MapRequest
from sslviz.core.wire import Frozen


class LayOut(Frozen, frozen=True):
    """Lay out the embeddings of the newest map with the library umap-learn, while the run goes on.

    ``request`` holds the options of the layout. The engine reports its progress by :class:`MapProgress`, and finally
    sends an :class:`ExactMap`, or a :class:`~sslviz.core.messages.Notice` that says why there is no map. A LayOut
    cancels an earlier LayOut that has not been answered yet. If ``request`` is None, the LayOut only cancels.
    """

    request: MapRequest | None

    def __post_init__(self) -> None:
        if self.request is not None and self.request.method != UMAP_LEARN:
            raise ValueError(f"maps by {self.request.method} are requested by a Watch")


class MapProgress(Frozen, frozen=True):
    """Progress of the layout that a :class:`LayOut` has requested.

    ``text`` says what the layout is doing, for the user; it is empty when the layout has ended.
    """

    text: str
    fraction: float | None = None
    """The completed share, or None if unknown."""


class ExactMap(Frozen, frozen=True):
    """The map that a :class:`LayOut` has requested.

    This map always reaches the window, whereas other maps that wait to be sent are replaced by newer maps.
    """

    latent_map: LatentMap

    def verify(self) -> None:
        self.latent_map.verify()
