"""The latent map: snapshots of the probe samples go to the reducer, maps come back whenever they are ready."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.log import logger
from sslviz.core.messages import Notice
from sslviz.core.panel_data import LatentMap
from sslviz.core.wire import Array
from sslviz.engine.observing.embedding_source import EmbeddingSource
from sslviz.engine.observing.map_record import MapRecord
from sslviz.engine.training.run_log import Listener
from sslviz.learning.evaluation.diagnostics import exact_neighbours
from sslviz.reduction.alignment import Floats
from sslviz.reduction.client import DEFAULT, OnMap, Reducer
from sslviz.reduction.history import AlignedMap, Options

NEIGHBOURS = 15
"""told of each sample, itself included"""


class Snapshot(NamedTuple):
    """What a map will be of: h float32[n, H_DIM], its neighbours without each point itself, and when it was taken."""

    h: npt.NDArray[np.float32]
    neighbours: npt.NDArray[np.int32]
    cosines: npt.NDArray[np.float32]
    at: float


class LazyReducer:
    """A reducer that starts with the first map it is asked for, and gives way at once: a short run goes without."""

    status = ""

    def __init__(self) -> None:
        self.on_map: OnMap = lambda latent_map: None
        self._reducer: Reducer | None = None

    def request(
        self,
        step: int,
        indices: npt.NDArray[np.int32],
        distances: Floats,
        h: npt.NDArray[np.floating],
        options: Options,
    ) -> None:
        """As :meth:`Reducer.request`."""
        if self._reducer is None:
            self._reducer = Reducer(self.on_map)
            self._reducer.calm()
        self._reducer.request(step, indices, distances, h, options)

    def calm(self) -> None:
        """It is so from the start."""

    def close(self) -> None:
        """End it where it has begun."""
        if self._reducer is not None:
            self._reducer.close()


class MapService:
    """Between one run and the reducer, which outlives it. Maps are kept where there is a ``record``."""

    def __init__(self, reducer: Reducer | LazyReducer, listener: Listener) -> None:
        self._reducer, self._listener = reducer, listener
        self.record: MapRecord | None = None
        self._under_way: dict[int, Snapshot] = {}
        self._lock = threading.Lock()  # guards the one above
        self._calm = False

    @property
    def status(self) -> str:
        """What the reducer is doing; empty when there is nothing to say."""
        return self._reducer.status

    def snapshot(self, embeddings: EmbeddingSource, options: Options = DEFAULT) -> None:
        """Encode the probe and ask for its map; the layout is waited for by nobody."""
        at, step = time.monotonic(), embeddings.step
        if step and not self._calm:
            self._calm = True
            self._reducer.calm()
        h, began = embeddings.probe_h(), time.perf_counter()
        wanted = max(NEIGHBOURS, options.neighbours)
        indices, distances = (found.cpu().numpy() for found in exact_neighbours(h, wanted))
        logger("map").debug("step %d: neighbours of %d points in %.3f s", step, len(h), time.perf_counter() - began)
        told = slice(1, NEIGHBOURS)
        snapshot = Snapshot(h.cpu().numpy(), indices[:, told], 1 - distances[:, told], at)
        with self._lock:
            self._under_way[step] = snapshot
        kept = slice(0, options.neighbours)
        self._reducer.request(step, indices[:, kept], distances[:, kept], snapshot.h, options)

    def show(self, latent_map: AlignedMap) -> None:
        """The reducer's answer, in its own thread."""
        step = latent_map.step
        with self._lock:
            snapshot = self._under_way[step]
            self._under_way = {of: taken for of, taken in self._under_way.items() if of >= step}
        self._listener.send(message(latent_map, snapshot))
        if self.record is not None:
            self._keep(self.record, latent_map, snapshot)

    def _keep(self, record: MapRecord, latent_map: AlignedMap, snapshot: Snapshot) -> None:
        try:
            record.take(latent_map, snapshot.h)
        except OSError as error:
            self.record = None
            reason = error.strerror or str(error)
            text = f"Maps are not kept in the run folder any more: {reason}. Training goes on."
            self._listener.send(Notice(level="warning", text=text))


def message(latent_map: AlignedMap, snapshot: Snapshot) -> LatentMap:
    """The map as it is told."""
    return LatentMap(
        step=latent_map.step,
        xy=Array.of(latent_map.xy),
        method=latent_map.method,
        age_s=time.monotonic() - snapshot.at,
        movement=latent_map.movement,
        neighbours=Array.of(snapshot.neighbours),
        cosines=Array.of(snapshot.cosines),
        **latent_map.quality._asdict(),
    )
