"""The latent map: snapshots of the probe samples go to the reducer, maps come back whenever they are ready."""

from __future__ import annotations

import time

from sslviz.core.log import logger
from sslviz.core.pictures import LatentMap
from sslviz.core.wire import Array
from sslviz.engine.evaluation import Evaluation
from sslviz.engine.recorder import Listener
from sslviz.learning.diagnostics import exact_neighbours
from sslviz.reduction.client import Method, Reducer
from sslviz.reduction.steady import Floats

NEIGHBOURS = 15


class Maps:
    """Between one run and the reducer, which outlives it."""

    def __init__(self, reducer: Reducer, listener: Listener) -> None:
        self._reducer, self._listener = reducer, listener
        self._taken_at: dict[int, float] = {}
        self._calm = False

    @property
    def status(self) -> str:
        """What the reducer is doing; empty when there is nothing to say."""
        return self._reducer.status

    def snapshot(self, step: int, evaluation: Evaluation) -> None:
        """Encode the probe and ask for its map; the layout is waited for by nobody."""
        self._taken_at = {s: at for s, at in self._taken_at.items() if s > step - 10_000} | {step: time.monotonic()}
        if step and not self._calm:
            self._calm = True
            self._reducer.calm()
        h, began = evaluation.probe_h(), time.perf_counter()
        indices, distances = exact_neighbours(h, NEIGHBOURS)
        logger("map").debug("step %d: neighbours of %d points in %.3f s", step, len(h), time.perf_counter() - began)
        self._reducer.request(step, indices.cpu().numpy(), distances.cpu().numpy(), h.cpu().numpy())

    def show(self, step: int, xy: Floats, method: Method) -> None:
        """The reducer's answer, in its own thread."""
        age_s = time.monotonic() - self._taken_at.get(step, time.monotonic())
        self._listener.send(LatentMap(step=step, xy=Array.of(xy), method=method, age_s=age_s))
