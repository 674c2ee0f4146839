"""Saves a run; gives up when there was no progress for a minute, but does not limit the total time.

In this way a slow disk has as much time as it needs, but a disk or a GPU that does not answer cannot block the program.
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


def device_stalled(title: str) -> str:
    """Return what to tell the user if the device called ``title`` does not give the weights."""
    return (
        f"The run could not be saved: {title} gave no weights for {STALL_S:g} seconds, so it probably hangs. "
        "Restart the computer, or choose another device, and train again."
    )


def disk_stalled(folder: Path) -> str:
    """Return what to tell the user if the disk with the run folder ``folder`` does not answer."""
    return (
        f"The run could not be saved: nothing could be written to {folder} for {STALL_S:g} seconds. "
        "Check its disk, or choose another folder, and train again."
    )


class SaveStalledError(Exception):
    """Saving made no progress for :data:`STALL_S` seconds; the message says what hangs and what to do."""


class SaveProgress:
    """How far a save is. The thread that saves reports to it, and another thread gives up when nothing is reported.

    In a thread that was given up, :meth:`begin` and :meth:`note_part` raise SaveStalledError, so that it replaces no
    files when the disk or the GPU answers after all.

    Args:
        stalled: what to tell the user if the first phase stalls, in sentences.
    """

    def __init__(self, stalled: str) -> None:
        self._stalled = stalled
        self._lock = threading.Lock()
        self._progress_at = time.monotonic()
        self._given_up = False

    def begin(self, stalled: str) -> None:
        """Begin the next phase; ``stalled`` is what to tell the user if this phase stalls."""
        self.note_part()
        self._stalled = stalled

    def note_part(self) -> None:
        """Note that a part is done."""
        with self._lock:
            if self._given_up:
                raise SaveStalledError(self._stalled)
            self._progress_at = time.monotonic()

    def check(self) -> None:
        """Give the save up and raise SaveStalledError if nothing was noted for :data:`STALL_S` seconds."""
        with self._lock:
            self._given_up = time.monotonic() - self._progress_at > STALL_S
            if self._given_up:
                raise SaveStalledError(self._stalled)


def save_while_progressing(save: Callable[[SaveProgress], T], stalled: str) -> T:
    """Call ``save`` in a new thread, wait until it returns, and return its result or raise its exception.

    The total time is not limited, as long as ``save`` reports its progress to its argument. If there is no progress,
    this function raises SaveStalledError, while the thread continues to wait for the disk or the GPU.

    Args:
        save: saves; has to call :meth:`SaveProgress.note_part` whenever it has saved a part.
        stalled: what to tell the user if the first phase of the save stalls.

    Raises:
        SaveStalledError: there was no progress for :data:`STALL_S` seconds.
    """
    progress = SaveProgress(stalled)
    result: Future[T] = Future()

    def work() -> None:
        try:
            result.set_result(save(progress))
        except BaseException as error:
            result.set_exception(error)

    thread = threading.Thread(target=work, name="saving", daemon=True)
    thread.start()
    while not result.done():
        wait([result], WAKE_S)
        if not result.done():
            progress.check()
    thread.join()
    return result.result()
