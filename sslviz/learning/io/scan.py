"""Looks for the pictures in a folder and all folders within it, without opening a single file.

Each file and each folder is taken once, so that links which form a loop end; pipes and devices are never opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sslviz.core.found import Unreadable
from sslviz.core.plain_text import plain_text
from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.pictures import ENDINGS, NO_PIXELS, why

REPORTED = 500
"""Number of entries between two calls of the progress callback."""
MOST_ENTRIES = 2_000_000
"""Number of entries after which the scan ends."""
MOST_LISTED = 100_000
"""Number of entries that cannot be looked at from which they are counted and not listed: a message holds 64 MB."""
SKIPPED = ("__MACOSX", "Thumbs.db")
"""Names that systems leave in folders; names that begin with a full stop are skipped too."""


@dataclass(frozen=True)
class Scan:
    """The pictures that a folder contains.

    ``files``: paths of the pictures in the folder, with "/" between their parts, in the order of their names.
    ``unreadable``: what could not be looked at. ``others``: number of files that are no pictures by their names.
    """

    files: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    others: int


def scan(root: Path, progress: ProgressCallback) -> Scan:
    """Return the pictures in ``root``. ``progress`` is called every few hundred entries, and may raise to cancel."""
    scanner = _Scanner(root, progress)
    scanner.run()
    return Scan(tuple(scanner.files), tuple(scanner.unreadable), scanner.others)


@dataclass
class _Scanner:
    root: Path
    progress: ProgressCallback
    files: list[str] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    others: int = 0
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _entries: int = 0
    _left_out: int = 0

    def run(self) -> None:
        self._is_new(self.root.stat())
        self.progress(f"Scanning {self.root.name}", None)
        waiting = [""]
        while waiting and self._entries < MOST_ENTRIES:
            waiting += reversed(self._folder(waiting.pop()))
        if waiting:
            self._leave_out(waiting[-1], f"was not looked at: there are more than {MOST_ENTRIES:,} files")
        if more := self._left_out - len(self.unreadable):
            self.unreadable.append(Unreadable(".", f"holds {more:,} more entries that cannot be read"))

    def _folder(self, folder: str) -> list[str]:
        """Take the pictures of a folder, and return the folders in it."""
        try:
            with os.scandir(self.root / folder) as entries:
                listed = sorted(self._counted(entries), key=lambda entry: entry.name)
        except OSError as error:
            self._leave_out(folder or ".", why(error))
            return []
        return [path for entry in listed if self._is_folder(entry, path := _joined(folder, entry.name))]

    def _counted(self, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        for entry in entries:
            self._entries += 1
            if self._entries % REPORTED == 0:
                self.progress(f"Scanning {self.root.name}: {len(self.files):,} pictures", None)
            if self._entries > MOST_ENTRIES:
                return
            if not entry.name.startswith(".") and entry.name not in SKIPPED:
                yield entry

    def _is_folder(self, entry: os.DirEntry[str], path: str) -> bool:
        """Return whether an entry is a folder that was not seen before; note it otherwise."""
        try:
            status = entry.stat()
        except OSError as error:
            nowhere = entry.is_symlink() and error.errno == errno.ENOENT
            self._leave_out(path, "is a link that leads nowhere" if nowhere else why(error))
            return False
        if stat.S_ISDIR(status.st_mode):
            if self._is_new(status):
                return True
            self._leave_out(path, "is a link to a folder that was read already")
        elif not stat.S_ISREG(status.st_mode):
            self._leave_out(path, "is a pipe, a socket or a device, not a file")
        else:
            self._take(path, status)
        return False

    def _take(self, path: str, status: os.stat_result) -> None:
        ending = os.path.splitext(path)[1].lower()
        if ending in NO_PIXELS:
            self._leave_out(path, NO_PIXELS[ending])
        elif ending not in ENDINGS:
            self.others += 1
        elif self._is_new(status):
            self.files.append(path)

    def _is_new(self, status: os.stat_result) -> bool:
        """Return whether this file or folder was not met before, under whatever name."""
        number = (status.st_dev, status.st_ino)
        if status.st_ino and number in self._seen:
            return False
        self._seen.add(number)
        return True

    def _leave_out(self, path: str, reason: str) -> None:
        self._left_out += 1
        if len(self.unreadable) < MOST_LISTED:
            self.unreadable.append(Unreadable(plain_text(path), reason))


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
