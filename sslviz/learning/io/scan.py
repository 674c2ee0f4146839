"""Looks for the pictures in a folder and all folders within it, without opening a single file.

Each file and each folder is taken once, so that links which form a loop end; pipes and devices are never opened.
"""

from __future__ import annotations

import errno
import os
import stat
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.found import Unreadable
from sslviz.core.plain_text import plain_text
from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.pictures import ENDINGS, NO_PIXELS, why

REPORTED = 100
"""Number of entries between two calls of the progress callback."""
MOST_ENTRIES = 2_000_000
"""Number of entries after which the scan ends."""
MOST_LISTED = 100_000
"""Number of entries that cannot be looked at from which they are counted and not listed: a message holds 64 MB."""
SKIPPED = ("__MACOSX", "Thumbs.db")
"""Names that systems leave in folders; names that begin with a full stop are skipped too."""


@dataclass(frozen=True)
class Scan:
    """The n pictures that a folder contains.

    ``files``: paths of the pictures in the folder, with "/" between their parts, in any order; of files that are
    the same one by links, the first path.
    ``sizes``, ``times_ns``: size in bytes and time of the last change, in nanoseconds since 1970, of each picture,
    int64[n]. ``unreadable``: what could not be looked at. ``others``: number of files that are no pictures by their
    names.
    """

    files: Sequence[str]
    sizes: npt.NDArray[np.int64]
    times_ns: npt.NDArray[np.int64]
    unreadable: tuple[Unreadable, ...]
    others: int


def scan(root: Path, progress: ProgressCallback, met: Callable[[Sequence[str]], None] | None = None) -> Scan:
    """Return the pictures in ``root``.

    ``progress`` is called every :data:`REPORTED` entries, and may raise to cancel. Then ``met`` is called as well, with
    the paths of all pictures that were found by then.
    """
    scanner = _Scanner(root, progress, met)
    scanner.run()
    sizes, times = (np.frombuffer(each, np.int64) for each in (scanner.sizes, scanner.times))
    return Scan(scanner.files, sizes, times, tuple(scanner.unreadable), scanner.others)


class _Folder(NamedTuple):
    """A folder that was met. Folders are sorted by these fields, so that a folder comes before links to it."""

    is_link: bool
    path: str
    number: int


@dataclass
class _Scanner:
    root: Path
    progress: ProgressCallback
    met: Callable[[Sequence[str]], None] | None
    files: list[str] = field(default_factory=list)
    sizes: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    unreadable: list[Unreadable] = field(default_factory=list)
    others: int = 0
    _folders: set[int] = field(default_factory=set)
    _indices: dict[int, int] = field(default_factory=dict)
    """Index of each file in :attr:`files` by the number that identifies it."""
    _entries: int = 0
    _left_out: int = 0

    def run(self) -> None:
        self._folders.add(_number(self.root.stat()))
        self.progress(f"Scanning {self.root.name}", None)
        waiting = [""]
        while waiting and self._entries < MOST_ENTRIES:
            new = [each.path for each in sorted(self._folder(waiting.pop())) if self._is_new(each)]
            waiting += reversed(new)
        self.unreadable.sort(key=attrgetter("file"))
        if waiting:
            self._leave_out(waiting[-1], f"was not looked at: there are more than {MOST_ENTRIES:,} files")
        if more := self._left_out - len(self.unreadable):
            self.unreadable.append(Unreadable(".", f"holds {more:,} more entries that cannot be read"))

    def _folder(self, folder: str) -> list[_Folder]:
        """Take the pictures of a folder, and return the folders in it."""
        start, folders = f"{folder}/" if folder else "", list[_Folder]()
        try:
            with os.scandir(self.root / folder) as entries:
                for entry in self._counted(entries):
                    self._take(entry, start + entry.name, folders)
        except OSError as error:
            self._leave_out(folder or ".", why(error))
        return folders

    def _counted(self, entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
        for entry in entries:
            self._entries += 1
            if self._entries % REPORTED == 0:
                self.progress(f"Scanning {self.root.name}: {len(self.files):,} pictures", None)
                if self.met is not None:
                    self.met(self.files)
            if self._entries > MOST_ENTRIES:
                return
            if not entry.name.startswith(".") and entry.name not in SKIPPED:
                yield entry

    def _take(self, entry: os.DirEntry[str], path: str, folders: list[_Folder]) -> None:
        """Take an entry if it is a picture, append it to ``folders`` if it is a folder, and note it otherwise."""
        try:
            status = entry.stat()
        except OSError as error:
            nowhere = entry.is_symlink() and error.errno == errno.ENOENT
            self._leave_out(path, "is a link that leads nowhere" if nowhere else why(error))
            return
        if stat.S_ISDIR(status.st_mode):
            folders.append(_Folder(entry.is_symlink(), path, _number(status)))
        elif not stat.S_ISREG(status.st_mode):
            self._leave_out(path, "is a pipe, a socket or a device, not a file")
        else:
            self._take_file(path, status)

    def _take_file(self, path: str, status: os.stat_result) -> None:
        ending = path[path.rfind(".") :].lower()
        if ending in NO_PIXELS:
            self._leave_out(path, NO_PIXELS[ending])
        elif ending not in ENDINGS:
            self.others += 1
        elif not status.st_mode & stat.S_IROTH and not os.access(self.root / path, os.R_OK):
            self._leave_out(path, why(PermissionError(errno.EACCES, "")))
        else:
            number, count = _number(status), len(self.files)
            if number and (index := self._indices.setdefault(number, count)) < count:
                self.files[index] = min(path, self.files[index])
                return
            self.files.append(path)
            self.sizes.append(status.st_size)
            self.times.append(status.st_mtime_ns)

    def _is_new(self, folder: _Folder) -> bool:
        """Return whether this folder was not met before, under whatever name."""
        if folder.number and folder.number in self._folders:
            self._leave_out(folder.path, "is a link to a folder that was read already")
            return False
        self._folders.add(folder.number)
        return True

    def _leave_out(self, path: str, reason: str) -> None:
        self._left_out += 1
        if len(self.unreadable) < MOST_LISTED:
            self.unreadable.append(Unreadable(plain_text(path), reason))


def _number(status: os.stat_result) -> int:
    """Return what identifies a file or a folder under all its names, 0 if the system does not tell.

    An int takes half the memory of a tuple.
    """
    return status.st_dev << 64 | status.st_ino if status.st_ino else 0
