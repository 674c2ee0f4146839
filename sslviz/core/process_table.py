"""The memory and the children of processes, as Linux, macOS and Windows tell them.

A process that has ended, or about which this user may not ask, has no memory and no children.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Protocol

PROC_PIDTASKINFO, PROC_PPID_ONLY = 4, 6
"""Of ``<sys/proc_info.h>`` of macOS: ask for a :class:`TaskInfo`, and for the ids of the processes with one parent."""
MAX_CHILDREN = 256
"""Maximum number of children of a process that are counted on macOS."""
PROCESS_QUERY_LIMITED_INFORMATION, TH32CS_SNAPPROCESS = 0x1000, 2
"""Of the Windows API: the right to ask about a process, and a list of all processes."""
INVALID_HANDLE = ctypes.c_void_p(-1).value


class ProcessTable(Protocol):
    """What the system tells about processes."""

    def resident_bytes(self, pid: int) -> int:
        """Return the resident memory of a process alone, in bytes; 0 if it is unknown."""

    def children(self, pid: int) -> list[int]:
        """Return the ids of the processes that a process has started."""


@cache
def process_table() -> ProcessTable | None:
    """Return the table of this system; None if it is none of the three, or lacks the library that is called."""
    try:
        return _process_table(sys.platform)
    except OSError:
        return None


def _process_table(platform: str) -> ProcessTable | None:
    if platform == "linux":
        return LinuxProcesses()
    if platform == "darwin":
        return MacProcesses(ctypes.CDLL("/usr/lib/libproc.dylib"))
    if platform == "win32":
        return WindowsProcesses(ctypes.WinDLL("kernel32"))  # type: ignore[attr-defined, unused-ignore]
    return None


class LinuxProcesses:
    """Reads the files in ``folder``, which is ``/proc``."""

    def __init__(self, folder: Path = Path("/proc")) -> None:
        self._folder = folder

    def resident_bytes(self, pid: int) -> int:
        try:
            pages = int((self._folder / str(pid) / "statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")

    def children(self, pid: int) -> list[int]:
        found: list[int] = []
        with contextlib.suppress(OSError):
            for thread in (self._folder / str(pid) / "task").iterdir():
                with contextlib.suppress(OSError):  # a thread that ends meanwhile
                    found += map(int, (thread / "children").read_text().split())
        return found


class TaskInfo(ctypes.Structure):
    """The struct proc_taskinfo of macOS."""

    _fields_ = (
        ("virtual_size", ctypes.c_uint64),
        ("resident_size", ctypes.c_uint64),
        ("times", ctypes.c_uint64 * 4),
        ("counts", ctypes.c_int32 * 12),
    )


class MacProcesses:
    """Calls functions of ``library``, which is libproc."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - its functions are found by their names
        self._library = library

    def resident_bytes(self, pid: int) -> int:
        info = TaskInfo()
        size, argument = ctypes.sizeof(info), ctypes.c_uint64(0)
        filled = self._library.proc_pidinfo(pid, PROC_PIDTASKINFO, argument, ctypes.byref(info), size)
        return int(info.resident_size) if filled == size else 0

    def children(self, pid: int) -> list[int]:
        ids = (ctypes.c_int32 * MAX_CHILDREN)()
        filled = self._library.proc_listpids(PROC_PPID_ONLY, pid, ctypes.byref(ids), ctypes.sizeof(ids))
        return [each for each in ids[: max(filled, 0) // ctypes.sizeof(ctypes.c_int32)] if each]


class MemoryCounters(ctypes.Structure):
    """The struct PROCESS_MEMORY_COUNTERS of Windows."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        ("peak_working_set", ctypes.c_size_t),
        ("working_set", ctypes.c_size_t),
        ("others", ctypes.c_size_t * 6),
    )


class ProcessEntry(ctypes.Structure):
    """The struct PROCESSENTRY32W of Windows."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("usage", ctypes.c_uint32),
        ("pid", ctypes.c_uint32),
        ("heap", ctypes.c_size_t),
        ("module", ctypes.c_uint32),
        ("threads", ctypes.c_uint32),
        ("parent", ctypes.c_uint32),
        ("priority", ctypes.c_int32),
        ("flags", ctypes.c_uint32),
        ("program", ctypes.c_uint16 * 260),
    )


class WindowsProcesses:
    """Calls functions of ``library``, which is kernel32."""

    def __init__(self, library: Any) -> None:  # noqa: ANN401 - its functions are found by their names
        self._library = library
        for returns_handle in (library.OpenProcess, library.CreateToolhelp32Snapshot):
            returns_handle.restype = ctypes.c_void_p

    def resident_bytes(self, pid: int) -> int:
        handle = self._library.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid)
        if not handle:
            return 0
        process, counters = ctypes.c_void_p(handle), MemoryCounters(size=ctypes.sizeof(MemoryCounters))
        known = self._library.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size)
        self._library.CloseHandle(process)
        return int(counters.working_set) if known else 0

    def children(self, pid: int) -> list[int]:
        handle = self._library.CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)
        if handle in (None, INVALID_HANDLE):
            return []
        snapshot, entry, found = ctypes.c_void_p(handle), ProcessEntry(size=ctypes.sizeof(ProcessEntry)), []
        more = self._library.Process32FirstW(snapshot, ctypes.byref(entry))
        while more:
            if entry.parent == pid:
                found.append(int(entry.pid))
            more = self._library.Process32NextW(snapshot, ctypes.byref(entry))
        self._library.CloseHandle(snapshot)
        return found
