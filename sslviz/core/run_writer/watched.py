"""Embeddings that a Recorder asks for by itself, so that a script need not compute and log them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sslviz.core.rate_limit import RateLimit

SHARE = 0.02
"""Maximum share of the script's time that computing the embeddings may take."""
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
        self._limit = RateLimit(every_s, SHARE)
        self.step = -1

    @property
    def due(self) -> bool:
        """Whether embeddings may be computed now."""
        return self._limit.due

    def compute(self, step: int) -> tuple[Arguments, Arguments]:
        """Return the embeddings after ``step``, and the samples if these are the first embeddings."""
        with self._limit.measure():
            embeddings = self._embed()
        self.step, self._samples, samples = step, {}, self._samples
        return embeddings, samples
