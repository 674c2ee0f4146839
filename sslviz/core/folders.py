"""The folders of the user that sslviz writes to, at the standard places of the operating system."""

from __future__ import annotations

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
