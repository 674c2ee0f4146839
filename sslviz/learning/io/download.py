"""Downloads of data sets into the user's cache; an interrupted download goes on where it was interrupted.

The MD5 sum of every downloaded file is checked. A file appears at its path only once it is complete; until then the
bytes received so far are kept in a file ``NAME.part`` in the same folder. In all functions, ``title`` is the name of
the data set as error messages and progress reports show it. ``progress`` is called to report progress, and may raise
any exception to cancel.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from filelock import BaseFileLock, FileLock, Timeout

from sslviz.core.folders import cache_folder
from sslviz.learning.dataset import DataError, ProgressCallback

BLOCK = 256 * 1024
"""Number of bytes that are read at once."""
TIMEOUT_S = 30
"""Timeout of a blocking network operation, in seconds."""
WAIT_S = 0.2
"""Interval in seconds at which a process reports progress while it waits for another process."""
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416
"""Status codes of HTTP for a part of a file, and for a part that begins behind the end of the file."""


def downloads_folder() -> Path:
    """Return the folder of the user's cache into which data sets are downloaded."""
    return cache_folder() / "datasets"


@contextlib.contextmanager
def errors_as_data_errors(folder: Path, title: str) -> Iterator[None]:
    """Context manager that turns errors of reading or writing ``folder`` into a :class:`DataError`.

    The message of the DataError is one sentence with ``title``, ``folder`` and the reason. Only OSError,
    RuntimeError, ValueError, EOFError and TarError are turned into a DataError.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError, EOFError, tarfile.TarError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataError(f"{title} could not be kept or read in {folder}: {reason}.") from error


@contextlib.contextmanager
def one_process_at_a_time(title: str, progress: ProgressCallback) -> Iterator[None]:
    """Context manager that holds a lock, so that only one process of the user loads the data set ``title`` at a time.

    While another process holds the lock, this process waits and calls ``progress``, which may raise to cancel. A
    process that is killed releases the lock. If the lock cannot be created, for example because the user's cache cannot
    be written, processes do not wait for each other.
    """
    with contextlib.ExitStack() as stack:
        folder = cache_folder() / "locks"
        with contextlib.suppress(OSError, NotImplementedError):
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_acquired(FileLock(folder / f"{title}.lock"), title, progress))
        yield


def _acquired(lock: BaseFileLock, title: str, progress: ProgressCallback) -> contextlib.AbstractContextManager[object]:
    while True:
        try:
            return lock.acquire(timeout=WAIT_S)
        except Timeout:
            progress(f"Waiting for another sslviz that loads {title}", None)


class Interrupted(Exception):  # noqa: N818 - no error, while the next connection can go on
    """The server refused the request, or the connection failed or ended too early; the message is the reason."""


class _Response(Protocol):
    """The attributes and methods of urllib's responses that this module uses.

    ``status`` is the HTTP status code, or None if the URL is not an HTTP URL.
    """

    status: int | None
    headers: http.client.HTTPMessage

    def read(self, amount: int) -> bytes: ...

    def close(self) -> None: ...


def fetch(title: str, url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Download ``url`` to ``path``, unless ``path`` exists already with the MD5 sum ``md5``.

    Raises:
        DataError: the download failed, or there is too little space on the disk.
        OSError: the file could not be written.
    """
    if not has_md5(path, md5):
        Download(title, url, path, md5, progress).run()


@dataclass(frozen=True)
class Download:
    """The download of one file.

    Attributes:
        title: name of the data set.
        url: address of the file.
        path: where the complete file appears.
        md5: MD5 sum of the file.
        progress: called after each block that is received.
        unpacked: 0 if the file will not be unpacked. Otherwise the estimated size of the unpacked files divided by the
            size of the downloaded file: the download starts only if there is space for both.
    """

    title: str
    url: str
    path: Path
    md5: str
    progress: ProgressCallback
    unpacked: float = 0.0

    @property
    def partial(self) -> Path:
        """Path of the file that holds the bytes received so far."""
        return self.path.with_name(self.path.name + ".part")

    def run(self) -> None:
        """Download the missing bytes, check the MD5 sum, and move the file to ``path``; a damaged file is deleted.

        If the file is damaged and its first bytes are from an earlier call, the whole file is downloaded once more.

        Raises:
            DataError: the server could not be reached, the file is damaged, or there is too little space on the disk.
            OSError: the file could not be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        resumed = self.partial.exists()
        self._complete()
        whole = has_md5(self.partial, self.md5)
        if resumed and not whole:  # perhaps the beginning was of another version of the file
            self.partial.unlink()
            self._complete()
            whole = has_md5(self.partial, self.md5)
        if not whole:
            self.partial.unlink()
            raise DataError(f"The download of {self.title} arrived damaged. Try again later.")
        os.replace(self.partial, self.path)

    def _complete(self) -> None:
        """Download the rest of the file, with a new connection after each interruption.

        A DataError is raised if an interrupted connection has brought no new bytes.
        """
        while True:
            before = self._arrived()
            try:
                self._go_on(before)
                return
            except Interrupted as interruption:
                if self._arrived() <= before:
                    kept = " It goes on where it was interrupted." if before else ""
                    text = f"{self.title} could not be downloaded from {self.url}: {interruption}."
                    raise DataError(f"{text} Try again when online.{kept}") from interruption

    def _arrived(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _go_on(self, start: int) -> None:
        """Download the file from byte ``start`` on, or from byte 0 if the server does not support range requests."""
        response = _open(self.url, start)
        if response is None:
            return  # all of it has arrived
        with contextlib.closing(response):
            start = start if _first_byte(response) == start else 0
            size = start + int(response.headers.get("Content-Length") or 0)
            self._check_space(size, size - start)
            done = self._write(response, start, size)
        if done < size:
            raise Interrupted(f"the connection ended after {done / 1e6:.0f} of {size / 1e6:.0f} MB")

    def _check_space(self, size: int, missing: int) -> None:
        check_space(self.title, self.path.parent, int(missing + self.unpacked * size))

    def _write(self, response: _Response, start: int, size: int) -> int:
        """Write the response to the file :attr:`partial`, from byte ``start`` on.

        Return the size of this file afterwards, in bytes. ``size``: expected size of the complete file, to report
        progress; equal to ``start`` if the server does not tell it.
        """
        done = start
        with self.partial.open("r+b" if start else "wb") as file:
            file.seek(start)
            for block in _blocks(response):
                file.write(block)
                done += len(block)
                text = f"Downloading {self.title}, {done / 1e6:.0f} MB"
                self.progress(text, done / size if size > start else None)
        return done


def _open(url: str, start: int) -> _Response | None:
    """Request ``url`` from byte ``start`` on; return the response, or None if the file has no more bytes.

    A server that does not support range requests responds with the whole file.

    Raises:
        Interrupted: the server could not be reached, or refuses the request.
    """
    request = Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310  # torchvision's address
    try:
        return urlopen(request, timeout=TIMEOUT_S)  # type: ignore[no-any-return]  # noqa: S310
    except HTTPError as error:
        with error:
            if start and error.code == RANGE_NOT_SATISFIABLE:
                return None
            raise Interrupted(str(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise Interrupted(str(getattr(error, "reason", None) or error)) from error


def _first_byte(response: _Response) -> int:
    """Return the position in the file of the first byte that a response holds; 0 if it holds the whole file."""
    if response.status != PARTIAL_CONTENT:
        return 0
    first = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else 0


def _blocks(response: _Response) -> Iterator[bytes]:
    """Yield the bytes of a response; raise Interrupted if the connection fails."""
    while True:
        try:
            block = response.read(BLOCK)
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(str(error) or type(error).__name__) from error
        if not block:
            return
        yield block


def check_space(title: str, folder: Path, needed: int) -> None:
    """Raise a DataError if fewer than ``needed`` bytes are free on the disk of ``folder``."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        text = f"{title} needs {needed / 1e9:.1f} GB more in {folder}, and {free / 1e9:.1f} GB are free there"
        raise DataError(f"{text}. Make room, and try again.")


def has_md5(path: Path, md5: str) -> bool:
    """Return whether ``path`` is a file with the MD5 sum ``md5``."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5
