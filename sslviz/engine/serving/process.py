"""Settings of the whole process for spinning threads and freed memory, and its immediate exit."""

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
    """Make threads of torch and numpy sleep while they wait for each other. Must be called before numpy is imported.

    Without this limit, waiting threads spin for 10 ms and more at each of some hundred synchronisation points of a
    step. If another program uses a core, the thread that is waited for gets no core until the other threads stop
    spinning: a training was measured to become 20 times slower. numpy's threads spin for 60 ms after the alignment of
    each map, on a core that the next step needs.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        for name, value in SPIN_LIMITS.items():
            os.environ.setdefault(name, value)


def keep_memory() -> None:
    """Make glibc keep freed memory for the next step; does nothing with other C libraries.

    Without this setting every tensor over 32 MB, and many smaller ones, are allocated by the system and returned to it
    at each step; the page faults cost a small network a tenth of its speed.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, KEEP)
        mallopt(M_TRIM_THRESHOLD, KEEP)


def end_process(code: int) -> NoReturn:
    """Exit immediately; waiting for threads that are inside a library's computation might crash the process."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
