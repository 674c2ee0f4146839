"""How much memory a process uses, and sizes in words."""

from __future__ import annotations

from sslviz.core.process_table import ProcessTable, process_table


def resident_bytes(pid: int, table: ProcessTable | None = None) -> int:
    """Return the resident memory of a process and of all processes that it has started, in bytes.

    Memory that two of them share counts twice. 0 if there is no such process, or if the system does not tell.
    ``table`` tells about processes; without it, this system's does.
    """
    table = table or process_table()
    waiting, counted = [pid], dict[int, int]()
    while table is not None and waiting:
        pid = waiting.pop()
        if pid not in counted:  # Windows gives the id of a process that has ended to another one
            counted[pid] = table.resident_bytes(pid)
            waiting += table.children(pid)
    return sum(counted.values())


def size_text(size_bytes: float) -> str:
    """Return a size in words, such as "18 MB"; at least "1 kB"."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.3g} {unit}"
    return f"{max(1, round(size_bytes / 1e3))} kB"
