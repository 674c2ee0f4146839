"""What concerns this process as a whole: its memory, and its end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from typing import NoReturn

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEEP = 2**30


WAITING = {"GOMP_SPINCOUNT": "20000", "KMP_BLOCKTIME": "1", "OPENBLAS_THREAD_TIMEOUT": "20"}
"""GNU's and LLVM's OpenMP, and the library numpy multiplies matrices with, which counts in powers of two: about a
millisecond"""


def wait_patiently() -> None:
    """Have threads of torch and numpy sleep where they wait long for each other. To be called before numpy is imported.

    By default they spin for 10 ms and more, at each of some hundred meeting points of a step. Where another program
    wants a core, the thread waited for gets none until then: such a training was measured to become 20 times slower.
    numpy's spin for 60 ms after the alignment of each map, on a core that the next step wants.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        for name, value in WAITING.items():
            os.environ.setdefault(name, value)


def keep_memory() -> None:
    """Have glibc keep freed memory for the next step, where it is glibc.

    By default every tensor over 32 MB, and many below, is fetched from the system and given back at each step; the
    page faults of that cost a small network a tenth of its speed.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, KEEP)
        mallopt(M_TRIM_THRESHOLD, KEEP)


def end_process(code: int) -> NoReturn:
    """At once: threads inside a library's computation would otherwise be waited for, or crash."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
