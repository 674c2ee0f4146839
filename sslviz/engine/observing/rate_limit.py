"""When to look again: not more often than an interval, and never for more than a share of the time."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator


class RateLimit:
    """``interval_s`` is at least so long between looks, ``share`` the most of the time that they may take; the first is
    due at once, or with ``later`` after the interval.
    """

    def __init__(
        self, interval_s: float, share: float, clock: Callable[[], float] = time.perf_counter, *, later: bool = False
    ) -> None:
        self.interval_s, self._share, self._clock = interval_s, share, clock
        self._began = clock() if later else -float("inf")
        self._costs = deque((0.0, 0.0), maxlen=2)
        """s, of the last two looks: a single slow one, as the first is when all is cold, must not silence the rest"""

    @property
    def due(self) -> bool:
        """Whether it is time."""
        return self._clock() >= self._began + max(self.interval_s, min(self._costs) / self._share)

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Around a look: what it costs decides when the next one is due."""
        self._began = self._clock()
        try:
            yield
        finally:
            self._costs.append(self._clock() - self._began)
