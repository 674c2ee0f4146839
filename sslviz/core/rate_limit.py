"""Limits how often observations run during a training, and the share of time that they take.

An observation is work that is repeated during a training, such as computing health figures or writing a snapshot.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator


class RateLimit:
    """Decides when the next observation is due; there is one object for each kind of observation.

    Args:
        interval_s: minimum time between the starts of two observations, in seconds.
        share: maximum fraction of the running time that observations may take, by the shorter of the last two: with a
            share of 0.05, after two observations of 0.1 s and 0.3 s the next one begins at the earliest 2 s after the
            start of the last one. After the first observation, only ``interval_s`` counts.
        clock: returns the time in seconds.
        later: True if the first observation is due ``interval_s`` after this object is created, False if it is due at
            once.
    """

    def __init__(
        self, interval_s: float, share: float, clock: Callable[[], float] = time.perf_counter, *, later: bool = False
    ) -> None:
        self.interval_s, self.share, self._clock = interval_s, share, clock
        self._started_at = clock() if later else -float("inf")
        self._durations_s = deque((0.0, 0.0), maxlen=2)
        """Durations of the last two observations in seconds. The limit uses the shorter one, so that a single slow
        observation, such as the first with cold caches, does not delay the next ones."""

    @property
    def due(self) -> bool:
        """Whether the next observation may start."""
        return self._clock() >= self._started_at + max(self.interval_s, self.interval_of_share_s)

    @property
    def interval_is_over(self) -> bool:
        """Whether the minimum interval has passed; used instead of :attr:`due` if there is no training to slow down."""
        return self._clock() >= self._started_at + self.interval_s

    @property
    def interval_of_share_s(self) -> float:
        """Time between the starts of two observations, in seconds, at which they take exactly their maximum share.

        It is computed from the shorter of the last two observations; 0 if there was only one.
        """
        return min(self._durations_s) / self.share

    @contextlib.contextmanager
    def measure(self) -> Iterator[None]:
        """Context manager that measures the start and duration of an observation, on which :attr:`due` depends."""
        self._started_at = self._clock()
        try:
            yield
        finally:
            self._durations_s.append(self._clock() - self._started_at)

    def add(self, seconds: float) -> None:
        """Add ``seconds`` to the duration of the last observation, for work that :meth:`measure` has not measured.

        An example is work in another thread.
        """
        self._durations_s[-1] += seconds
