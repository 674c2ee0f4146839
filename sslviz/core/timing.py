"""Where the time goes between two reports: ``with part("forward"):`` charges what happens inside to that name.

Costs nothing worth measuring until the topic ``timing`` is debugged. A part inside another is charged to itself alone.
On a GPU it is the time to hand the work over, since nothing here waits for the device.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterator

from sslviz.core.log import logger

EVERY = 100
"""steps between two reports"""

_NOTHING = contextlib.nullcontext()


class _Account(threading.local):
    """One per thread: the preview's views are no part of the training step."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.open: list[str] = []
        self.since = 0.0

    def charge(self) -> None:
        """What has passed since the last call goes to the innermost open part."""
        now = time.perf_counter()
        if self.open:
            self.spent[self.open[-1]] = self.spent.get(self.open[-1], 0.0) + now - self.since
        self.since = now


_account = _Account()


def part(name: str) -> contextlib.AbstractContextManager[object]:
    """Charge what is done inside to ``name``."""
    return _measured(name) if logger("timing").isEnabledFor(logging.DEBUG) else _NOTHING


@contextlib.contextmanager
def _measured(name: str) -> Iterator[None]:
    _account.charge()
    _account.open.append(name)
    try:
        yield
    finally:
        _account.charge()
        _account.open.pop()


def step_done(step: int) -> None:
    """Report, and begin anew, after every :data:`EVERY` steps."""
    if step % EVERY or not _account.spent:
        return
    parts = ", ".join(f"{name} {seconds / EVERY * 1e3:.2f}" for name, seconds in _account.spent.items())
    logger("timing").debug("steps to %d, ms each: %s", step, parts)
    _account.spent = {}
