"""The folder in the user's cache that holds decoded pictures, so that pictures are decoded only once.

Each set of decoded pictures has a folder of its own, called by its key, a text of letters and digits. While it is
written, the folder has another name, with a full stop behind the key: see :func:`create` and :func:`complete`. The
folder is bounded by :func:`make_room`.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from sslviz.core.folders import cache_folder
from sslviz.core.memory import size_text
from sslviz.core.process_identity import is_running, this_process

MOST_BYTES = 10_000_000_000
"""Size that the folder may have."""
LEAST_FREE_BYTES = 1_000_000_000
"""Space on the disk that decoded pictures do not take."""
STALE_S = 86_400
"""Seconds without a change after which a folder is taken as left behind, where it is unknown if its process runs."""
WRITER, USER = "writer.json", "user.{}.json"
"""Files in a folder that identify the process that writes it, and each process that uses it, by its id."""


class CacheFullError(Exception):
    """Raised if there is no room for decoded pictures; the message is a text for the user."""


class StoredPictures(NamedTuple):
    """A set of decoded pictures. ``last_used`` is in seconds since 1970."""

    folder: Path
    size_bytes: int
    last_used: float

    @property
    def in_use(self) -> bool:
        """Whether a process that is running has called :func:`mark_used`."""
        return any(_may_run(path) for path in self.folder.glob(USER.format("*")))


def pictures_folder() -> Path:
    """Return the folder of the decoded pictures, which may not exist yet."""
    return cache_folder() / "pictures"


def stored() -> list[StoredPictures]:
    """Return the complete sets of decoded pictures, the least recently used first."""
    return sorted((each for each in _folders() if "." not in each.folder.name), key=lambda each: each.last_used)


def total_bytes() -> int:
    """Return the size of the folder, with the sets that are being written."""
    return sum(each.size_bytes for each in _folders())


def find(key: str) -> Path | None:
    """Return the folder of the complete set with this key, marked as used; None if there is none."""
    folder = pictures_folder() / key
    return folder if mark_used(folder) else None


def mark_used(folder: Path) -> bool:
    """Note that this process uses a set of decoded pictures, from now on until it ends; False if it is not there.

    The notes of processes that have ended are removed.
    """
    try:
        os.utime(folder)
    except OSError:
        if not folder.is_dir():
            return False
    with contextlib.suppress(OSError):  # on a full disk, the set can be used nevertheless
        _write_process(folder / USER.format(os.getpid()))
        for path in folder.glob(USER.format("*")):
            if not _may_run(path):
                path.unlink(missing_ok=True)
    return folder.is_dir()


def create(key: str) -> Path:
    """Create and return the folder into which this process writes the set with this key. Raises OSError."""
    folder = pictures_folder() / f"{key}.{os.getpid()}.{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    _write_process(folder / WRITER)
    return folder


def complete(folder: Path) -> Path:
    """Rename a folder of :func:`create` that is completely written, mark it as used, and return its path.

    If another process has completed the set with this key before, ``folder`` is removed, and that set is returned.
    Files that are open or mapped stay so, except on Windows, where they have to be closed before. Raises OSError.
    """
    final = folder.with_name(folder.name.partition(".")[0])
    (folder / WRITER).unlink(missing_ok=True)
    try:
        folder.rename(final)
    except OSError:
        if not final.is_dir():
            raise
        shutil.rmtree(folder, ignore_errors=True)
    mark_used(final)
    return final


def make_room(size_bytes: int) -> None:
    """Remove the least recently used sets that no process uses, until there is room for ``size_bytes`` more.

    There is room if the folder keeps within :data:`MOST_BYTES` and the disk within :data:`LEAST_FREE_BYTES`. Folders
    that processes have left behind are removed first.

    Raises:
        CacheFullError: there is no room even so; nothing but folders that were left behind is removed then.
    """
    remove_left_behind()
    unused = [each for each in stored() if not each.in_use]
    missing = max(total_bytes() + size_bytes - MOST_BYTES, size_bytes + LEAST_FREE_BYTES - _free_bytes())
    if missing > sum(each.size_bytes for each in unused):
        raise CacheFullError(_no_room(size_bytes))
    for each in unused:
        if missing <= 0:
            return
        missing -= _remove(each)
    if missing > 0:
        raise CacheFullError(_no_room(size_bytes))


def remove_left_behind() -> None:
    """Remove what processes that do not run any more have not completed."""
    for each in _folders():
        if "." in each.folder.name and not _may_run(each.folder / WRITER, since=each.last_used):
            _remove(each)


def clear() -> int:
    """Remove all sets, and what was left behind; return how many bytes that were.

    What a process is writing stays. A process that uses a set goes on, and the disk has its space again when that
    process ends; on Windows, such a set stays.
    """
    remove_left_behind()
    return sum(_remove(each) for each in stored())


def _folders() -> Iterator[StoredPictures]:
    try:
        with os.scandir(pictures_folder()) as entries:
            folders = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for folder in folders:
        with contextlib.suppress(OSError):  # another process has removed it
            files = [entry.stat(follow_symlinks=False) for entry in os.scandir(folder)]
            last = folder.stat().st_mtime
            if "." in folder.name:
                last = max([last, *(file.st_mtime for file in files)])
            yield StoredPictures(folder, sum(file.st_size for file in files), last)


def _remove(stored: StoredPictures) -> int:
    """Remove a folder; return the size of what was removed. It is renamed first, so that nobody finds a part of it."""
    folder = stored.folder
    if "." not in folder.name:
        try:
            folder = folder.rename(folder.with_name(f"{folder.name}.{os.getpid()}.removed"))
        except OSError:  # on Windows, as long as a process has a file of it open
            return 0
    shutil.rmtree(folder, ignore_errors=True)
    return stored.size_bytes if not folder.exists() else 0


def _no_room(size_bytes: int) -> str:
    where = f"in {pictures_folder()}"
    if size_bytes > MOST_BYTES:
        return (
            f"The decoded pictures take {size_text(size_bytes)}, and {size_text(MOST_BYTES)} is the most that is kept "
            f"{where}. Set side to a smaller value."
        )
    if size_bytes + LEAST_FREE_BYTES > _free_bytes():
        return (
            f"Disk full: the decoded pictures need {size_text(size_bytes)} beside {size_text(LEAST_FREE_BYTES)} that "
            f"are left free, and {size_text(_free_bytes())} are free {where}. Free some space, or set side to a "
            "smaller value."
        )
    return (
        f"The decoded pictures take {size_text(size_bytes)}, and other runs use {size_text(total_bytes())} of the "
        f"{size_text(MOST_BYTES)} that are kept {where}. End another run, or set side to a smaller value."
    )


def _free_bytes() -> int:
    """Return the free space on the disk of the folder or, if it does not exist yet, of its nearest parent."""
    folder = pictures_folder()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _write_process(path: Path) -> None:
    path.write_bytes(msgspec.json.encode(this_process()))


def _may_run(path: Path, since: float | None = None) -> bool:
    """Return whether the process may be running that the file at ``path`` identifies.

    If that cannot be known, it may if the file has changed lately, or at the time ``since`` of its last change.
    """
    try:
        since = path.stat().st_mtime if since is None else since
        running = is_running(msgspec.json.decode(path.read_bytes(), type=dict))
    except (OSError, msgspec.MsgspecError, ValueError):
        running = None
    if running is None:
        return since is not None and time.time() - since < STALE_S
    return running
