"""The runs on disk: which run folders lie in a folder of runs."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sslviz.core.plain_text import plain_text
from sslviz.core.run_folder import holds_run
from sslviz.core.sweep.folder import holds_sweep

NAME = re.compile(r"(\d{4}-\d\d-\d\d-\d{6})-(.+?)(?:-\d+)?")
"""Name of a run folder, see :func:`~sslviz.core.run_folder.new_run_path`: the time, the preset, perhaps a number."""


class StoredRun(NamedTuple):
    """A run folder: its path, the preset of the run, and when the run was begun, both taken from the folder's name."""

    path: Path
    preset: str
    begun: datetime


def recent(folder: Path, limit: int) -> tuple[StoredRun, ...]:
    """Return the newest runs in a folder of runs, the newest first and at most ``limit``.

    Folders that hold no run or are not named as sslviz names them are left out; so are names that are not UTF-8. The
    result is empty if the folder cannot be read.
    """
    try:
        paths = sorted(folder.iterdir(), key=lambda path: path.name, reverse=True)
    except OSError:
        return ()
    found: list[StoredRun] = []
    for run in filter(None, map(_stored_run, paths)):
        if len(found) == limit:
            break
        if can_be_listed(run.path):
            found.append(run)
    return tuple(found)


def can_be_listed(path: Path) -> bool:
    """Return whether a folder holds a run or a sweep that may be read, and its name is UTF-8."""
    try:
        return plain_text(path) == str(path) and (holds_run(path) or holds_sweep(path))
    except OSError:  # until Python 3.14, Path.exists raises PermissionError
        return False


def preset_of(path: Path) -> str:
    """Return the preset in the name of a run folder; empty if the folder is not named as sslviz names them."""
    match = NAME.fullmatch(path.name)
    return match[2] if match else ""


def begun_at(path: Path) -> datetime | None:
    """Return when a run was begun, as the name of its folder says; None if the name does not say it."""
    match = NAME.fullmatch(path.name)
    try:
        return datetime.strptime(match[1], "%Y-%m-%d-%H%M%S").astimezone() if match else None
    except (ValueError, OverflowError, OSError):  # no such day, or one that the system cannot convert
        return None


def _stored_run(path: Path) -> StoredRun | None:
    begun = begun_at(path)
    return StoredRun(path, preset_of(path), begun) if begun is not None else None
