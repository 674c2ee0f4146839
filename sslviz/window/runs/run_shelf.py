"""The run folders on disk, read in another thread so that the window stays responsive."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QFile, QObject, QStandardPaths, QThreadPool, Signal

from sslviz.core.recording import Version, version_of
from sslviz.core.run_note import NOTE
from sslviz.core.run_summary import RunSummary, summary_of
from sslviz.core.stored_runs import can_be_listed
from sslviz.core.sweep.folder import SWEEP

T = TypeVar("T")

BATCH = 16
"""Number of folders after which those that have been read are shown."""
STRETCH_S = 0.004
"""Computing time in seconds after which the thread that reads rests for as long. Without rests, the window's thread
would wait for Python's global lock at every call of Qt."""
LOGS = ("metrics.jsonl", "events.jsonl", "run.toml", NOTE, "snapshots", SWEEP)
"""Files of a run folder and of a sweep; it is read again when one of them has changed."""
Known = dict[Path, tuple[tuple[Version | None, ...], RunSummary]]


class RunShelf(QObject):
    """Summaries of the runs in ``folder``, and of other run folders that are asked for; see :meth:`refresh`."""

    changed = Signal()
    """The summaries, or :attr:`reading`, have changed."""
    _found = Signal(object, bool)
    """What was found so far, Known, and whether that is all; emitted in the thread that reads."""

    def __init__(self, folder: Path, parent: QObject) -> None:
        super().__init__(parent)
        self.folder = folder
        self.reading = False
        """Whether folders are being read."""
        self._known: Known = {}
        self._next: frozenset[Path] | None = None
        self._closed = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._found.connect(self._take)

    @property
    def summaries(self) -> tuple[RunSummary, ...]:
        """The runs that have been found, the newest first."""
        found = (summary for _, summary in self._known.values())
        return tuple(sorted(found, key=lambda summary: (summary.begun, summary.path.name), reverse=True))

    def refresh(self, others: Iterable[Path] = ()) -> None:
        """Read the folders that are new or have changed; :attr:`changed` is emitted when they have been read.

        ``others``: run folders outside :attr:`folder`. If folders are being read, they are looked at again afterwards.
        """
        if self._closed:
            return
        if self.reading:
            self._next = frozenset(others)
            return
        self.reading = True
        others, known = frozenset(others), dict(self._known)
        self._pool.start(lambda: self._look(others, known))

    def close(self) -> None:
        """Read no more, and wait until the thread has ended."""
        self._closed = True
        self._pool.waitForDone()

    def _look(self, others: frozenset[Path], known: Known) -> None:
        """Look at all folders; called in the thread of the pool."""
        found: Known = {}
        try:
            self._read(others, known, found)
        finally:  # after an error too, so that the folders can be read again
            if not self._closed:
                self._found.emit(found, True)

    def _read(self, others: frozenset[Path], known: Known, found: Known) -> None:
        """Add the runs to ``found``: those of ``known`` that have not changed as they are, the others read anew."""
        anew = 0
        for path in filter(can_be_listed, with_rests(_folders(self.folder, others))):
            if self._closed:
                return
            version = tuple(version_of(path / name) for name in LOGS)
            if path not in known or known[path][0] != version:
                summary = summary_of(path)
                anew += 1
                if summary is not None:
                    known[path] = version, summary
            if path in known:
                found[path] = known[path]
            if anew == BATCH:
                anew = 0
                self._found.emit(dict(found), False)

    def _take(self, found: Known, everything: bool) -> None:
        before = self._known
        self._known = found if everything else {**before, **found}
        self.reading = not everything
        if self._known != before or everything:
            self.changed.emit()
        if everything and self._next is not None:
            others, self._next = self._next, None
            self.refresh(others)


def _folders(folder: Path, others: frozenset[Path]) -> list[Path]:
    """Return what is in a folder, and ``others``; the last by name first."""
    try:
        inside = [*folder.resolve().iterdir()]
    except OSError:
        inside = []
    return sorted({*inside, *others}, key=lambda path: path.name, reverse=True)


def with_rests(items: Iterable[T]) -> Iterator[T]:
    """Yield the items; whenever this thread has computed for :data:`STRETCH_S`, sleep for as long as that took."""
    began = time.thread_time()
    for item in items:
        yield item
        computed = time.thread_time() - began
        if computed >= STRETCH_S:
            time.sleep(computed)
            began = time.thread_time()


def move_to_bin(folder: Path) -> str:
    """Move a folder to the desktop's bin. Returns an empty text, or why that was not possible."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    with contextlib.suppress(OSError):  # on Linux the bin is in it, and Qt does not make it
        Path(data).mkdir(parents=True, exist_ok=True)
    file = QFile(str(folder))
    return "" if file.moveToTrash() else file.errorString()
