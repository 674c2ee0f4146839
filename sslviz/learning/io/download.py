"""Data sets that are fetched once into the user's cache: with progress, checked by MD5, all of a file or nothing of it.

``title`` is what a data set is called in the sentences for the person.
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
TIMEOUT_S = 30


def downloads_folder() -> Path:
    """Where downloads are kept."""
    return cache_folder() / "datasets"


@contextlib.contextmanager
def kept_in(folder: Path, title: str) -> Iterator[None]:
    """Whatever goes wrong with the files of a data set is one sentence: raises DataError."""
    try:
        yield
    except (OSError, RuntimeError, ValueError, EOFError, tarfile.TarError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataError(f"{title} could not be kept or read in {folder}: {reason}.") from error


def fetch(title: str, url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Have ``path``, downloaded unless it is there and whole. Raises DataError, or what ``progress`` raises."""
    if not has_md5(path, md5):
        download(title, url, path, md5, progress)


def fetch_archive(title: str, url: str, archive: Path, md5: str, progress: ProgressCallback) -> None:
    """Have what is in a tar file beside it, and the tar file no more. Raises DataError, OSError, TarError."""
    fetch(title, url, archive, md5, progress)
    progress(f"Unpacking {title}", None)
    with tarfile.open(archive) as packed:
        _unpack(packed, archive.parent)
    archive.unlink()


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Without what could land outside of ``folder``; Pythons before 3.11.4 have no filter, and the MD5 sum must do."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)  # noqa: S202


def download(title: str, url: str, path: Path, md5: str, progress: ProgressCallback) -> None:
    """Fetch ``url`` into ``path``, which appears only once it is whole.

    Raises:
        DataError: it did not arrive, or not as published.
        OSError: there is no folder for it.
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
    with urlopen(url, timeout=TIMEOUT_S) as answer, path.open("wb") as file:  # noqa: S310  # torchvision's address
        size = int(answer.headers.get("Content-Length") or 0)
        done = 0
        while block := answer.read(BLOCK):
            done += len(block)
            file.write(block)
            progress(f"Downloading {title}, {done / 1e6:.0f} MB", done / size if size else None)


def has_md5(path: Path, md5: str) -> bool:
    """Whether the file is there and is the published one."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest() == md5
