"""The run's own time: from the first step on, pauses left out."""

from __future__ import annotations

import time
from collections import deque

WINDOW_S = 3.0
"""over which the speed in the status bar is an average"""


class RunClock:
    """Seconds of training so far, diagnostics included. Written by the training thread, readable from any."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    def run(self) -> None:
        """Start, or go on after a pause."""
        if self._since is None:
            self._since = time.perf_counter()

    def pause(self) -> None:
        """Stand still."""
        self._before, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """Seconds that it ran."""
        since = self._since
        return self._before + (time.perf_counter() - since if since is not None else 0.0)


class Speed:
    """Samples per second over the last few seconds."""

    def __init__(self, batch_size: int) -> None:
        self._batch_size = batch_size
        self._seen: deque[tuple[float, int]] = deque([(0.0, 0)])
        self.samples_per_second = 0.0

    def update(self, seconds: float, step: int) -> None:
        """Tell how far the run is."""
        while len(self._seen) > 1 and self._seen[1][0] <= seconds - WINDOW_S:
            self._seen.popleft()
        then, step_then = self._seen[0]
        self._seen.append((seconds, step))
        self.samples_per_second = (step - step_then) * self._batch_size / max(seconds - then, 1e-9)
