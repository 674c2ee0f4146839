"""How much memory a process uses, and sizes in words."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PROCESSES = Path("/proc")


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process and of all processes that it has started, in bytes.

    Memory that two of them share counts twice. 0 if there is no such process, or if the system does not tell: only
    Linux does.
    """
    try:
        pages = int((PROCESSES / str(pid) / "statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(resident_bytes, _children(pid)))


def _children(pid: int) -> list[int]:
    """Return the processes that the threads of a process have started; threads that end meanwhile are left out."""
    children: list[int] = []
    with contextlib.suppress(OSError):
        for thread in (PROCESSES / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                children += map(int, (thread / "children").read_text().split())
    return children


def size_text(size_bytes: float) -> str:
    """Return a size in words, such as "18 MB"; at least "1 kB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{max(1, round(size_bytes / 1e3))} kB"
