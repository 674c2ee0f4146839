"""Where sslviz keeps a person's things, each as the system has it."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP = "sslviz"


def runs_folder() -> Path:
    """Where runs go when nobody says otherwise."""
    return platformdirs.user_data_path(APP, appauthor=False) / "runs"


def cache_folder() -> Path:
    """What can be made or downloaded again."""
    return platformdirs.user_cache_path(APP, appauthor=False)


def configuration_folder() -> Path:
    """How the window was left."""
    return platformdirs.user_config_path(APP, appauthor=False)
