"""Maps of one run or of raw inputs: sends embeddings to the reducer, and sends the finished maps to the window."""

from __future__ import annotations

import threading
import time

from sslviz.core.exact_map import ExactMap
from sslviz.core.log import logger
from sslviz.core.messages import Notice
from sslviz.core.panel_data import LatentMap, MapSpace
from sslviz.core.wire import Array
from sslviz.engine.observing.embedding_source import MapPoints
from sslviz.engine.observing.exact_maps import ExactMaps
from sslviz.engine.observing.map_record import MapRecord
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.knn import exact_neighbours
from sslviz.reduction.reducer import DEFAULT, AlignedMap, MapRequest, OnMap, Options, Reducer

NEIGHBOURS = 15
"""Number of nearest neighbours of each segment of which all but the first, the segment itself, are sent. More are
computed if the options of the map ask for more."""


class MapService:
    """Requests maps from a reducer, sends each finished map to a listener, and offers it for the run folder.

    The listener is usually the connection to the window. The attribute ``record`` decides which maps are written and
    writes them; while it is None, no maps are written. All maps of a service are a series of their own for the reducer.

    Args:
        reducer: lays out the maps.
        listener: receives the maps.
        space: what the maps show. The first map of the raw inputs is preceded by a PCA map, which comes at once.
    """

    def __init__(self, reducer: Reducer, listener: Listener, space: MapSpace = "latent") -> None:
        self._reducer, self._listener, self._space = reducer, listener, space
        self._series = object()
        self.record: MapRecord | None = None
        self.requested_step: int | None = None
        """Step of the last requested map; None if no map was requested."""
        self._last_request: MapRequest | None = None
        self._last_map: AlignedMap | None = None
        self._changed = threading.Condition()  # guards the record and the last map
        self.exact = ExactMaps(listener, self._show_exact)
        """Makes a map with umap-learn when the user asks for one, from the embeddings of the newest map."""
        self._low_priority = False

    @property
    def status(self) -> str:
        """Status of the reducer as text; empty if there is nothing to report."""
        return self._reducer.status

    def request_map(self, embeddings: MapPoints, options: Options = DEFAULT, on_map: OnMap | None = None) -> MapRequest:
        """Request a map of embeddings as :meth:`request_of` describes them, without waiting for it.

        The request is returned; the finished map contains it. The first request after step 0 also lowers the priority
        of the reducer, so that it does not slow down the training.

        The function ``on_map``, by default :meth:`show`, is called with the finished map. The call is made in this
        process, in a background thread of the :class:`~sslviz.reduction.reducer.Reducer`. If the reducer cannot run
        UMAP yet, ``on_map`` is called with a preliminary PCA map first.
        """
        step = embeddings.step
        if step and not self._low_priority:
            self._low_priority = True
            self._reducer.lower_priority()
        request = self.request_of(embeddings, options)
        self.requested_step, self._last_request = step, request
        self._reducer.request(request, on_map or self.show)
        return request

    def request_of(self, embeddings: MapPoints, options: Options = DEFAULT) -> MapRequest:
        """Encode the segments on the map, compute their exact neighbours and return the request of their map."""
        taken_at, step = time.monotonic(), embeddings.step
        h, began = embeddings.probe_h(), time.perf_counter()
        indices, distances = exact_neighbours(h, max(NEIGHBOURS, options.neighbours))
        logger("map").debug("step %d: neighbours of %d points in %.3f s", step, len(h), time.perf_counter() - began)
        graph = indices.cpu().numpy(), distances.cpu().numpy()
        at_once = self._space == "raw_input"
        return MapRequest(step, h.cpu().numpy(), *graph, options, taken_at, self._series, at_once)

    def keep_last(self, step: int) -> None:
        """Have the map of ``step``, the last step of the run, written to the run folder; nothing if there is no record.

        If this map is finished already, it is written now, unless a map of this step was written before; if it is not
        finished, it is written as soon as it is laid out.
        """
        with self._changed:
            if self.record is None:
                return
            self.record.last_step = step
            last = self._last_map
            if last is not None and last.step == step != self.record.written_step:
                self._keep(last)

    def wait(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until the last requested map is finished; return whether it is.

        A preliminary map does not count. If no map was requested, return True at once.
        """
        with self._changed:
            return self._changed.wait_for(self._is_finished, seconds)

    def _is_finished(self) -> bool:
        if self._last_request is None:
            return True
        last = self._last_map
        return last is not None and last.request is self._last_request and not last.preliminary

    def show(self, latent_map: AlignedMap) -> None:
        """Send a finished map to the listener, and offer it to ``record``, which writes it or leaves it out."""
        self.exact.newest = latent_map
        self._listener.send(message(latent_map, self._space))
        with self._changed:
            self._last_map = latent_map
            self._keep(latent_map)
            self._changed.notify_all()

    def _show_exact(self, latent_map: AlignedMap) -> None:
        """Send a finished map by umap-learn to the listener, and have it written to the run folder.

        Usually called in the background thread of the layout.
        """
        self._listener.send(ExactMap(latent_map=message(latent_map, self._space)))
        self._keep(latent_map)

    def _keep(self, latent_map: AlignedMap) -> None:
        try:
            with self._changed:
                if self.record is not None:
                    self.record.take(latent_map)
        except OSError as error:
            self.record = None
            reason = error.strerror or str(error)
            text = f"Maps are not kept in the run folder any more: {reason}. Training goes on; check the disk."
            self._listener.send(Notice(level="warning", text=text))


def message(latent_map: AlignedMap, space: MapSpace = "latent") -> LatentMap:
    """Return the message that shows a map in the window.

    A map of the latent space includes up to 14 nearest neighbours of each segment by the cosine between their h,
    without the segment itself.
    """
    request, others, latent = latent_map.request, slice(1, NEIGHBOURS), space == "latent"
    return LatentMap(
        step=latent_map.step,
        xy=Array.of(latent_map.xy),
        method=latent_map.method,
        library=latent_map.library,
        age_s=time.monotonic() - request.taken_at,
        movement=latent_map.movement,
        space=space,
        neighbours=Array.of(request.indices[:, others]) if latent else None,
        cosines=Array.of(1 - request.distances[:, others]) if latent else None,
        **latent_map.quality._asdict(),
    )
