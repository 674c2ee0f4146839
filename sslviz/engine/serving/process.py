"""Functions for the process that calls them: it keeps freed memory for reuse, ends at once, or ends with its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
from typing import NoReturn

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
STDIN = 0
"""File descriptor of the standard input."""
KEEP = 2**30
"""Maximum amount of freed memory that glibc keeps, in bytes."""


def keep_memory() -> None:
    """Make glibc keep freed memory for the next step; does nothing with other C libraries.

    Without this setting glibc requests the memory of every tensor over 32 MB, and of many smaller ones, from the
    operating system at each step, and then returns it. The page faults that follow make the training of a small network
    slower by a tenth.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, KEEP)
        mallopt(M_TRIM_THRESHOLD, KEEP)


def end_process(code: int) -> NoReturn:
    """Exit immediately with exit code ``code``, without waiting for other threads.

    Python's normal exit is avoided: it might crash the process while a thread is inside a library's computation.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def end_with_input() -> None:
    """Send SIGTERM to this process when its standard input is closed, from a thread that waits for it.

    A process that holds the other end of this pipe closes it when it ends, however it ends.
    """

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(STDIN, 1024):
                pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="input", daemon=True).start()
