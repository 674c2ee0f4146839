"""Timing of the parts of a training step: ``with part("forward"):`` adds the time of the block to the part "forward".

The cost is negligible unless debug messages of the topic ``timing`` are logged. The time of a nested part is not added
to the outer part. On a GPU the time to launch the work is measured, since this module does not wait for the device.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

from sslviz.core.log import logger

EVERY = 100
"""Number of steps between two logged reports of the mean times."""

_NOTHING = contextlib.nullcontext()


class _Account(threading.local):
    """The seconds that the current thread has spent in each part.

    Every thread has its own account, since a second thread augments samples for display while the first one trains.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.open_parts: list[str] = []
        self.last_time = 0.0

    def charge(self) -> None:
        """Add the time since the last call of this method to the innermost part whose ``with`` block is running."""
        now = time.perf_counter()
        if self.open_parts:
            name = self.open_parts[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self.last_time
        self.last_time = now


_account = _Account()


def part(name: str) -> contextlib.AbstractContextManager[object]:
    """Return a context manager that adds the duration of its block to the part ``name``.

    It does nothing unless debug messages of the topic ``timing`` are logged.
    """
    return _measured(name) if logger("timing").isEnabledFor(logging.DEBUG) else _NOTHING


@contextlib.contextmanager
def _measured(name: str) -> Iterator[None]:
    _account.charge()
    _account.open_parts.append(name)
    try:
        yield
    finally:
        _account.charge()
        _account.open_parts.pop()


def step_done(step: int) -> None:
    """Every :data:`EVERY` steps, log the mean time of each part per step and set the times to zero.

    Call it after every step; ``step`` is the number of steps done. The times are those of the calling thread.
    """
    if step % EVERY or not _account.seconds:
        return
    parts = ", ".join(f"{name} {seconds / EVERY * 1e3:.2f}" for name, seconds in _account.seconds.items())
    logger("timing").debug("steps to %d, ms each: %s", step, parts)
    _account.seconds = {}
