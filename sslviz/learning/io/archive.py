"""Downloads of archives, which are unpacked and then deleted."""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from pathlib import Path
from typing import IO

from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.download import BLOCK, Download, check_space, has_md5

UNPACKED = 1.25
"""Maximum size of an unpacked archive, as a multiple of the archive's size; photographs hardly compress (STL-10's
archive grows by 1.18, CIFAR-10's by 1.09)."""


def fetch_archive(title: str, url: str, archive: Path, md5: str, progress: ProgressCallback) -> None:
    """Download a tar file to ``archive``, unpack it into the same folder and delete the tar file.

    If ``archive`` exists already with the MD5 sum ``md5``, it is not downloaded again.

    The unpacked files appear in the folder only after the whole tar file is unpacked. Each of them replaces an existing
    file or folder of the same name.

    Raises:
        DataError: the download failed, or there is too little space on the disk.
        OSError: a file or folder could not be written.
        TarError: the archive could not be unpacked.
    """
    if not has_md5(archive, md5):
        Download(title, url, archive, md5, progress, UNPACKED).run()
    _unpack(title, archive, progress)
    archive.unlink()


def _unpack(title: str, archive: Path, progress: ProgressCallback) -> None:
    """Unpack an archive into a temporary folder, then move the unpacked files to the folder of the archive."""
    staging = archive.with_name(archive.name + ".unpacked")
    shutil.rmtree(staging, ignore_errors=True)
    check_space(title, archive.parent, int(UNPACKED * archive.stat().st_size))
    try:
        with _Watched(archive, f"Unpacking {title}", progress) as raw, io.BufferedReader(raw, BLOCK) as file:
            _extract(file, staging)
        for unpacked in staging.iterdir():
            _replace(unpacked, archive.parent / unpacked.name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


class _Watched(io.FileIO):
    """A file open for reading that reports progress before each block is read.

    It calls ``progress`` with two arguments: ``text``, which tells the user what the program is doing, and the share of
    the file that has been read so far.
    """

    def __init__(self, path: Path, text: str, progress: ProgressCallback) -> None:
        super().__init__(path)
        self._size, self._text, self._progress = path.stat().st_size, text, progress

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._progress(self._text, self.tell() / self._size)
        return super().readinto(buffer)


def _extract(file: IO[bytes], folder: Path) -> None:
    """Extract a tar file into ``folder``.

    A TarError is raised if the path of a member leads out of ``folder``, except before Python 3.11.4, which does not
    check the paths.
    """
    with tarfile.open(fileobj=file) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)  # noqa: S202


def _replace(source: Path, target: Path) -> None:
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    os.replace(source, target)
