"""Embeddings that a Recorder asks for by itself, so that a script need not compute and log them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from sslviz.core.rate_limit import RateLimit

SHARE = 0.02
"""Maximum share of the script's time that computing the embeddings may take."""
FIRST_SHARE = 0.1
"""Maximum share of the time up to the second embeddings that the first may take: then a short training has maps."""
Arguments = Mapping[str, object]
"""Arguments of :meth:`sslviz.Recorder.log` by name."""
Begin = Callable[[], tuple[Arguments, Callable[[], Arguments]]]
"""Returns the samples, and the function that returns their embeddings at the moment of the call."""


class WatchedEmbeddings:
    """Computes embeddings when they are due.

    Args:
        begin: called once, at once; its errors are raised.
        every_s: minimum time between two computations, in seconds.

    Attributes:
        step: step of the newest embeddings; -1 before the first.
    """

    def __init__(self, begin: Begin, every_s: float) -> None:
        self._samples, self._embed = begin()
        self._limit, self._every_s = RateLimit(every_s, SHARE), every_s
        self.step = -1

    @property
    def due(self) -> bool:
        """Whether embeddings may be computed now."""
        return self._limit.due

    def compute(self, step: int) -> tuple[Arguments, Arguments]:
        """Return the embeddings after ``step``, and the samples if these are the first embeddings."""
        began = time.perf_counter()
        with self._limit.measure():
            embeddings = self._embed()
        if self.step < 0:
            self._limit.interval_s = max(self._every_s, (time.perf_counter() - began) / FIRST_SHARE)
        else:
            self._limit.interval_s = self._every_s
        self.step, self._samples, samples = step, {}, self._samples
        return embeddings, samples
