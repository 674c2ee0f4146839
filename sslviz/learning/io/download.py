"""Downloads of data sets into the user's cache, with progress reports and MD5 checks.

A file appears at its path only once it is complete. In all functions, ``title`` is the name of the data set as error
messages and progress reports show it.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

from sslviz.core.folders import cache_folder
from sslviz.learning.dataset import DataError, ProgressCallback

BLOCK = 256 * 1024
"""Number of bytes that are read at once."""
TIMEOUT_S = 30
"""Timeout of a blocking network operation, in seconds."""


def downloads_folder() -> Path:
    """Return the folder of the user's cache into which data sets are downloaded."""
    return cache_folder() / "datasets"


@contextlib.contextmanager
def errors_as_data_errors(folder: Path, title: str) -> Iterator[None]:
    """Context manager that turns errors of reading or writing ``folder`` into a :class:`DataError`.

    The message of the DataError is one sentence with ``title``, ``folder`` and the reason. The errors are OSError,
    RuntimeError, ValueError, EOFError and TarError.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError, EOFError, tarfile.TarError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataError(f"{title} could not be kept or read in {folder}: {reason}.") from error


def fetch(title: str, url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Download ``url`` to ``path``, unless ``path`` exists already with the MD5 sum ``md5``.

    Raises:
        DataError: the download failed.
        OSError: the folder of ``path`` could not be created.
        Exception: any exception that ``progress`` raises to cancel the download.
    """
    if not has_md5(path, md5):
        download(title, url, path, md5, progress)


def fetch_archive(title: str, url: str, archive: Path, md5: str, progress: ProgressCallback) -> None:
    """Download a tar file to ``archive``, unpack it into the same folder and delete the tar file.

    Raises:
        DataError: the download failed.
        OSError: a file or folder could not be written.
        TarError: the archive could not be unpacked.
    """
    fetch(title, url, archive, md5, progress)
    progress(f"Unpacking {title}", None)
    with tarfile.open(archive) as packed:
        _unpack(packed, archive.parent)
    archive.unlink()


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive into ``folder``.

    A member whose path leads out of ``folder`` raises a TarError. Before Python 3.11.4 the paths are not checked.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)  # noqa: S202


def download(title: str, url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Download ``url`` to ``path``, which appears only once the download is complete.

    Raises:
        DataError: the download failed, or its MD5 sum is not ``md5``.
        OSError: the folder of ``path`` could not be created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    try:
        _fetch(title, url, partial, progress)
        if not has_md5(partial, md5):
            raise DataError(f"The download of {title} arrived damaged. Try again later.")
        os.replace(partial, path)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{title} could not be downloaded from {url}: {reason}. Try again when online.") from error
    finally:
        partial.unlink(missing_ok=True)


def _fetch(title: str, url: str, path: Path, progress: ProgressCallback) -> None:
    with urlopen(url, timeout=TIMEOUT_S) as response, path.open("wb") as file:  # noqa: S310  # torchvision's address
        size = int(response.headers.get("Content-Length") or 0)
        done = 0
        while block := response.read(BLOCK):
            done += len(block)
            file.write(block)
            progress(f"Downloading {title}, {done / 1e6:.0f} MB", done / size if size else None)


def has_md5(path: Path, md5: str) -> bool:
    """Return whether ``path`` is a file with the MD5 sum ``md5``."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5
