"""Settings of the process as a whole: spinning threads, freed memory, and its exit."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import NoReturn

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""
KEEP = 2**30
"""Amount of freed memory that is kept, in bytes."""
SPIN_LIMITS = {"GOMP_SPINCOUNT": "20000", "KMP_BLOCKTIME": "1", "OPENBLAS_THREAD_TIMEOUT": "20"}
"""Environment variables that make idle threads sleep after about a millisecond: of GNU's OpenMP, of LLVM's OpenMP, and
of OpenBLAS, which numpy multiplies matrices with (it counts in powers of two)."""


def limit_spinning() -> None:
    """Make threads of torch and numpy sleep while they wait for each other. Must be called before numpy is imported.

    By default they spin for 10 ms and more at each of some hundred synchronisation points of a step. If another program
    uses a core, the thread that they wait for gets no core until they stop: a training was measured to become 20 times
    slower. numpy's threads spin for 60 ms after the alignment of each map, on a core that the next step needs.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        for name, value in SPIN_LIMITS.items():
            os.environ.setdefault(name, value)


def keep_memory() -> None:
    """Make glibc keep freed memory for the next step; does nothing with other C libraries.

    By default every tensor over 32 MB, and many smaller ones, are allocated by the system and returned to it at each
    step; the page faults cost a small network a tenth of its speed.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, KEEP)
        mallopt(M_TRIM_THRESHOLD, KEEP)


def end_process(code: int) -> NoReturn:
    """Exit immediately, without waiting for threads inside a library's computation, which might crash."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
