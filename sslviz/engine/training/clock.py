"""Training time without pauses, and training speed."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 3.0
"""Time in seconds over which the training speed is averaged."""


class RunClock:
    """Measures the training time: the time spent on steps, and on observers between the steps, without pauses.

    Started and paused by the training thread, and paused by the thread that ends the run while a step is computed. Can
    be read from any thread.
    """

    def __init__(self) -> None:
        self._state: tuple[float, float | None] = 0.0, None
        """Training time until the last pause, and the moment since which the clock runs; None while it is paused.

        One attribute holds both, since they are read in other threads while they change.
        """

    def run(self) -> None:
        """Start the clock, or continue after a pause; nothing happens if the clock is running."""
        before_s, since = self._state
        if since is None:
            self._state = before_s, time.perf_counter()

    def pause(self) -> None:
        """Pause the clock."""
        self._state = self.seconds, None

    @property
    def seconds(self) -> float:
        """Training time so far, in seconds, without pauses."""
        before_s, since = self._state
        return before_s + (time.perf_counter() - since if since is not None else 0.0)


class Speed:
    """Training speed in samples per second, averaged over the last three seconds."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._times: deque[tuple[float, int]] = deque([(0.0, 0)])
        """Training time in seconds and number of steps done, at each of the recent updates."""
        self.samples_per_second = 0.0

    def update(self, seconds: float, step: int) -> None:
        """Record that step ``step`` was completed when the training time was ``seconds``."""
        while len(self._times) > 1 and self._times[1][0] <= seconds - WINDOW_S:
            self._times.popleft()
        first_seconds, first_step = self._times[0]
        self._times.append((seconds, step))
        self.samples_per_second = (step - first_step) * self._batch_size / max(seconds - first_seconds, 1e-9)
