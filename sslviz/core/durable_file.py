"""Writes files so that a crash of the program or a full disk leaves either the old or the new file.

Some file systems cannot sync a file, or cannot rename a file to the name of an existing one. Files can be written there
as well, but with less protection: see :func:`write_durably`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path

NOT_SUPPORTED = {
    *(errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS),
    *(errno.EBADF, errno.EACCES, errno.EPERM, errno.EISDIR),
}
"""Errors by which file systems refuse to sync a folder or a file: VirtualBox's shared folders, CIFS, some of FUSE."""
CANNOT_REPLACE = {errno.EEXIST, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}
"""Errors by which some file systems of FUSE refuse to rename a file to an existing one."""
RETRIES_S = (0.02, 0.1, 0.3)
"""Pauses in seconds between attempts to replace a file that another program, such as a virus scanner, holds open."""
PART_BYTES = 8 * 2**20
"""Number of bytes after which a file that is being written is synced: a slow disk then shows that it makes progress."""
OnWritten = Callable[[int], None]
"""Called with the number of bytes that have reached the disk."""


def write_durably(path: Path, data: bytes, on_written: OnWritten = lambda done: None) -> None:
    """Replace the file ``path`` atomically and durably: after a crash it holds either the old or the new data.

    The data are written to a temporary file in the same folder, which is then renamed to ``path``. After every
    :data:`PART_BYTES` bytes, and after the last byte, the temporary file is synced to the disk, and ``on_written`` is
    called with the number of bytes written so far.

    There are two exceptions. If the file system cannot sync, a crash of the machine may lose the data. If it cannot
    rename a file to the name of an existing one, the old file is first renamed to ``.NAME.PID.old``, and deleted once
    the new file is in its place. A crash in between can leave the old data under that name only.
    """
    temporary = temporary_of(path, os.getpid())
    try:
        with temporary.open("wb") as file:
            for start in range(0, max(len(data), 1), PART_BYTES):
                file.write(data[start : start + PART_BYTES])
                file.flush()
                sync(file.fileno())
                on_written(min(start + PART_BYTES, len(data)))
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def temporary_of(path: Path, process: int) -> Path:
    """Return the temporary file to which the process with this id writes what is to become the file ``path``."""
    return path.with_name(f".{path.name}.{process}.part")


def sync(descriptor: int) -> None:
    """Wait until the data of an open file or folder are on the disk; do nothing if the file system cannot sync."""
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise


def _replace(temporary: Path, path: Path) -> None:
    for pause in RETRIES_S:
        with contextlib.suppress(PermissionError):
            _replace_now(temporary, path)
            return
        time.sleep(pause)
    _replace_now(temporary, path)


def _replace_now(temporary: Path, path: Path) -> None:
    try:
        os.replace(temporary, path)
    except OSError as error:
        if error.errno not in CANNOT_REPLACE:
            raise
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        try:
            temporary.rename(path)
        except OSError:
            if old.exists():
                old.rename(path)
            raise
        old.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened on Windows, and os.replace is durable enough
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        if error.errno in NOT_SUPPORTED:  # such as a folder that may be written but not listed
            return
        raise
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
