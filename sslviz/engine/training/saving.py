"""Saves a run; gives up when nothing was written for a minute, but does not limit the total time.

In this way a slow disk has as much time as it needs, but a disk that does not answer cannot block the program.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TypeVar

STALL_S = 60.0
"""Time in seconds without any progress after which saving is given up."""
WAKE_S = 0.5
"""Interval in seconds between two checks of the progress."""

T = TypeVar("T")
OnProgress = Callable[[], None]


class SaveStalledError(Exception):
    """Saving made no progress for :data:`STALL_S` seconds: the disk is gone, or does not answer any more."""


def save_while_progressing(save: Callable[[OnProgress], T], folder: Path) -> T:
    """Call ``save`` in a new thread, wait until it returns, and return its result or raise its exception.

    The total time is not limited, as long as ``save`` reports progress. For this, ``save`` gets a function as its
    argument, and has to call it whenever it has saved a part. If there is no progress, this function raises
    SaveStalledError, while the thread continues to wait for the disk.

    Raises:
        SaveStalledError: there was no progress for :data:`STALL_S` seconds; the message names ``folder``.
    """
    progress_at = time.monotonic()
    result: Future[T] = Future()

    def note_progress() -> None:
        nonlocal progress_at
        progress_at = time.monotonic()

    def work() -> None:
        try:
            result.set_result(save(note_progress))
        except BaseException as error:
            result.set_exception(error)

    thread = threading.Thread(target=work, name="saving", daemon=True)
    thread.start()
    while not result.done():
        wait([result], WAKE_S)
        if not result.done() and time.monotonic() - progress_at > STALL_S:
            text = f"The run could not be saved: nothing could be written to {folder} for {STALL_S:g} seconds."
            raise SaveStalledError(text)
    thread.join()
    return result.result()
