"""Finds what a test left behind: threads, processes, windows. Imports Qt only where a test did."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

MARKER = f"SSLVIZ_TEST_RUN={uuid.uuid4().hex}"
GRACE_S = 3.0
PROC = Path("/proc")
_foreign: set[str] = set()


def mark_children() -> None:
    """Every process started from here on carries the marker, grandchildren and orphans too."""
    name, value = MARKER.split("=")
    os.environ[name] = value


def threads() -> dict[int, str]:
    """Those of Python, by ident."""
    found = [thread for thread in threading.enumerate() if type(thread).__name__ not in {"TMonitor", "_DummyThread"}]
    return {id(thread): f"thread {thread.name} running {getattr(thread, '_target', None)}" for thread in found}


def processes() -> dict[int, str]:
    """Live ones that carry the marker; none found where there is no /proc."""
    if not PROC.is_dir():
        return {}
    found = {}
    for pid in {entry for entry in os.listdir(PROC) if entry.isdigit()} - _foreign - {str(os.getpid())}:
        try:
            environment = (PROC / pid / "environ").read_bytes()
            command = (PROC / pid / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if MARKER.encode() in environment.split(b"\0"):
            found[int(pid)] = f"process {pid}: {command[:200]}"
        elif environment:  # empty while it is being started or has ended
            _foreign.add(pid)
    return found


def windows() -> dict[int, str]:
    """Parentless top-level widgets, by address; menus die with the plot they belong to."""
    if "PySide6.QtWidgets" not in sys.modules:
        return {}
    import shiboken6
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication, QMenu

    if QApplication.instance() is None:
        return {}
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    kept = [w for w in QApplication.topLevelWidgets() if w.parent() is None and not isinstance(w, QMenu)]
    return {shiboken6.getCppPointer(w)[0]: f"window {type(w).__name__} {w.windowTitle()!r}" for w in kept}


class Baseline:
    """What there was before a test."""

    def __init__(self) -> None:
        self._looks: tuple[Callable[[], dict[int, str]], ...] = (threads, processes, windows)
        self._before = [look() for look in self._looks]

    def leaks(self) -> list[str]:
        """What there is beyond that, some seconds given to end."""
        deadline = time.monotonic() + GRACE_S
        while found := self._new():
            if time.monotonic() > deadline:
                return found
            gc.collect()
            time.sleep(0.02)
        return []

    def _new(self) -> list[str]:
        pairs = zip(self._looks, self._before, strict=True)
        return [text for look, before in pairs for key, text in look().items() if key not in before]
