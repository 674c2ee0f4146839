"""Paths that a user names, and the folders of the user that sslviz writes to by default."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import platformdirs

APP = "sslviz"
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""Beginning of an address such as s3://bucket; pathlib merges its two slashes. A drive of Windows has one letter."""


def named_path(path: str | bytes | os.PathLike[str] | os.PathLike[bytes]) -> Path:
    """Return a path that a user has named; ``~`` at its beginning is the home folder.

    Raises:
        TypeError: ``path`` is neither a text, nor bytes, nor an ``os.PathLike``.
        ValueError: The path is empty, or is an address such as ``s3://bucket/run``, or begins with ``~`` or ``~USER``
            for a user without a home folder.
    """
    text = os.fsdecode(path)
    if not text:
        raise ValueError("The path is empty")
    if URL.match(text):
        raise ValueError(f"{text} is an address, not a folder or file of this machine: name one, and copy it there")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise ValueError(f"There is no home folder for {text}") from error


def runs_folder() -> Path:
    """Return the folder in which new run folders are created by default."""
    return platformdirs.user_data_path(APP, appauthor=False) / "runs"


def left_out_folder() -> Path:
    """Return the folder in which the window keeps lists of samples that are left out of runs."""
    return platformdirs.user_data_path(APP, appauthor=False) / "left-out"


def cache_folder() -> Path:
    """Return the folder of cached files, which can be computed or downloaded again."""
    return platformdirs.user_cache_path(APP, appauthor=False)


def configuration_folder() -> Path:
    """Return the folder of the file in which the window saves its preferences."""
    return platformdirs.user_config_path(APP, appauthor=False)


def check_writable(folder: Path) -> Path:
    """Raise OSError unless files can be created in ``folder``; a test file is created there and removed.

    If the folder does not exist, its nearest existing parent is tested instead. Returns the folder that was tested.
    """
    existing = folder
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    with tempfile.TemporaryFile(dir=existing):
        return existing
