"""What the systems tell about processes; the libraries of macOS and Windows are imitated."""

import ctypes
import os
from functools import partial
from types import SimpleNamespace

from sslviz.core.process_table import (
    LinuxProcesses,
    MacProcesses,
    MemoryCounters,
    ProcessEntry,
    TaskInfo,
    WindowsProcesses,
)

PARENTS = {7: 1, 8: 7, 9: 7}
RESIDENT = {7: 600 * 2**20, 8: 80 * 2**20}
"""Process 9 belongs to another user, who lets nobody ask."""


def test_on_linux_a_thread_that_ends_meanwhile_is_left_out(tmp_path):
    (tmp_path / "7/task/gone").mkdir(parents=True)
    (tmp_path / "7/task/7").mkdir()
    (tmp_path / "7/task/7/children").write_text("8 9 ")
    (tmp_path / "7/statm").write_text("100 10 1")
    table = LinuxProcesses(tmp_path)
    assert table.resident_bytes(7) == 10 * os.sysconf("SC_PAGE_SIZE")
    assert table.children(7) == [8, 9]
    assert (table.resident_bytes(8), table.children(8)) == (0, [])


def test_the_structures_have_the_sizes_of_the_systems():
    assert ctypes.sizeof(TaskInfo) == 96
    assert (TaskInfo.resident_size.offset, ProcessEntry.parent.offset) == (8, 32)
    assert (ctypes.sizeof(MemoryCounters), MemoryCounters.working_set.offset) == (72, 16)
    assert ctypes.sizeof(ProcessEntry) == 568


def test_macos_is_asked_by_libproc():
    def proc_pidinfo(pid, flavour, _argument, buffer, size):
        assert (flavour, size) == (4, 96)
        buffer._obj.resident_size = RESIDENT.get(pid, 0)
        return size if pid in RESIDENT else 0

    def proc_listpids(kind, pid, buffer, size):
        assert (kind, size) == (6, ctypes.sizeof(buffer._obj))
        found = [child for child, parent in PARENTS.items() if parent == pid]
        buffer._obj[: len(found)] = found
        return 4 * len(found) if pid in RESIDENT else -1

    table = MacProcesses(SimpleNamespace(proc_pidinfo=proc_pidinfo, proc_listpids=proc_listpids))
    assert [table.resident_bytes(pid) for pid in (7, 8, 9)] == [600 * 2**20, 80 * 2**20, 0]
    assert [table.children(pid) for pid in (7, 8, 9)] == [[8, 9], [], []]


class Kernel32:
    """The functions of Windows that are called; ``open`` are the handles that were not closed."""

    def __init__(self):
        self.open, self._rows = set(), []
        self.OpenProcess, self.CreateToolhelp32Snapshot = partial(self._open_process), partial(self._list_processes)

    def _open_process(self, access, _inherited, pid):
        assert access == 0x1000
        if pid not in RESIDENT:
            return None
        self.open.add(0x1000 + pid)
        return 0x1000 + pid

    def K32GetProcessMemoryInfo(self, handle, counters, size):
        assert counters._obj.size == size == 72
        counters._obj.working_set = RESIDENT[handle.value - 0x1000]
        return 1

    def _list_processes(self, flags, pid):
        assert (flags, pid) == (2, 0)
        self.open.add(5)
        self._rows = list(PARENTS.items())
        return 5

    def Process32FirstW(self, handle, entry):
        assert (handle.value, entry._obj.size) == (5, 568)
        return self.Process32NextW(handle, entry)

    def Process32NextW(self, _handle, entry):
        if not self._rows:
            return 0
        entry._obj.pid, entry._obj.parent = self._rows.pop(0)
        return 1

    def CloseHandle(self, handle):
        self.open.remove(handle.value)


def test_windows_is_asked_by_kernel32_and_gets_its_handles_back():
    kernel = Kernel32()
    table = WindowsProcesses(kernel)
    assert [table.resident_bytes(pid) for pid in (7, 8, 9)] == [600 * 2**20, 80 * 2**20, 0]
    assert [table.children(pid) for pid in (7, 8, 9)] == [[8, 9], [], []]
    assert kernel.open == set()
