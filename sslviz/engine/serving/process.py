"""Functions for the whole process: limit the spinning of waiting threads, keep freed memory, exit immediately."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import NoReturn

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
KEEP = 2**30
"""Maximum amount of freed memory that glibc keeps, in bytes."""
SPIN_LIMITS = {"GOMP_SPINCOUNT": "20000", "KMP_BLOCKTIME": "1", "OPENBLAS_THREAD_TIMEOUT": "20"}
"""Environment variables that make idle threads sleep after about a millisecond: for GNU's OpenMP, LLVM's OpenMP, and
OpenBLAS, with which numpy multiplies matrices (its value is the exponent of a power of two)."""


def limit_spinning() -> None:
    """Make threads of PyTorch and numpy that wait for each other sleep after about a millisecond of spinning.

    Must be called before numpy is imported. A thread that spins occupies a core while it waits.

    Without this limit, waiting threads spin for 10 ms and more at each of some hundred synchronisation points of a
    step. If another program uses a core, the thread that the others wait for gets no core until the others stop
    spinning: a training was measured to become 20 times slower. Also, each time a new map has been aligned with the
    previous map, numpy's threads spin for 60 ms on a core that the next step needs.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        for name, value in SPIN_LIMITS.items():
            os.environ.setdefault(name, value)


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

    Waiting for threads that are inside a library's computation might crash the process.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
