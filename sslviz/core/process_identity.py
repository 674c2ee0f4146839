"""Tells, by what a run folder says of the process that writes it, whether that process is still running."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROC = Path("/proc")


def this_process() -> dict[str, str | int]:
    """Return what identifies this process: where it runs, its id, and when it was started.

    ``host`` identifies the start of the machine and the container; ``started`` is in ticks of the machine's clock, and
    tells the process from a later one with the same id. Both are missing where there is no ``/proc``, as on macOS.
    """
    pid = os.getpid()
    try:
        return {"pid": pid, "host": _host(), "started": _started(pid)}
    except (OSError, ValueError, IndexError):
        return {"pid": pid}


def is_running(process: Mapping[str, Any]) -> bool | None:
    """Return whether the process is running that :func:`this_process` has identified.

    Return None if that cannot be known, for example because the process was started on another machine.
    """
    pid, host = process.get("pid"), process.get("host")
    try:
        if not isinstance(pid, int) or host != _host():
            return None
        return _started(pid) == process.get("started")
    except ProcessLookupError:
        return False
    except (OSError, ValueError, IndexError):
        return None


def _host() -> str:
    """Return a text that is different on each machine, after each start of a machine, and in each container."""
    boot = (PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
    return f"{boot} {os.readlink(PROC / 'self/ns/pid')}"


def _started(pid: int) -> int:
    """Return when a process was started, in ticks. Raises ProcessLookupError if it is not running."""
    try:
        fields = (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except FileNotFoundError:
        os.kill(pid, 0)  # raises ProcessLookupError, unless the process is only hidden from this user
        raise
    if fields[0] in "ZX":  # it has ended, and its parent has not asked how
        raise ProcessLookupError(pid)
    return int(fields[19])
