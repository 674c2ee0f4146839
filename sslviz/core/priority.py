"""Lowers the priority of child processes, which take the time of the processor that others leave."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

NICE = 10
"""Niceness of low priority; measured: 19 leaves a process hardly any CPU time, 5 slows a training by a quarter."""


def lower_priority(process: subprocess.Popen[bytes]) -> None:
    """Set the niceness of a child process to :data:`NICE`, or on Windows its priority class to "below normal"."""
    with contextlib.suppress(OSError):  # gone already, or not allowed here
        if sys.platform == "win32":
            import ctypes

            below_normal = subprocess.BELOW_NORMAL_PRIORITY_CLASS
            ctypes.windll.kernel32.SetPriorityClass(int(process._handle), below_normal)
        elif hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, process.pid) < NICE:
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
