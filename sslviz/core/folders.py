"""The folders of the user that sslviz writes to, at the standard places of the operating system."""

from __future__ import annotations

import tempfile
from pathlib import Path

import platformdirs

APP = "sslviz"


def runs_folder() -> Path:
    """Return the folder in which new run folders are created by default."""
    return platformdirs.user_data_path(APP, appauthor=False) / "runs"


def cache_folder() -> Path:
    """Return the folder of cached files, which can be computed or downloaded again."""
    return platformdirs.user_cache_path(APP, appauthor=False)


def configuration_folder() -> Path:
    """Return the folder of the file that keeps the state of the window."""
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
