"""What a run folder says about the code that its run was trained with; nothing of it is run here.

A run folder may come from anybody: what it names is compared and shown before the user decides about it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from sslviz.core.plug_ins import WITH_FUNCTION
from sslviz.core.run_folder import SOURCES

MAX_BYTES = 1_000_000
"""Maximum size of a file with code that is read."""


class RunCode(NamedTuple):
    """A file with code that a run was trained with.

    Attributes:
        text: the plug-in as the run names it, see :attr:`~sslviz.core.plug_ins.PlugIn.text`.
        path: the file.
        code: its present content; None if it is not there, or is no file with code.
        kept: the content of the copy in the run folder; None if there is none.
    """

    text: str
    path: Path
    code: str | None
    kept: str | None

    @property
    def comparison(self) -> str:
        """How file and copy compare, in a sentence without its subject."""
        if self.code is None:
            there = os.path.exists(self.path)
            missing = f"is no file of at most {MAX_BYTES // 10**6} MB of code" if there else "is not there any more"
            return missing if self.kept is None else f"{missing}; the run has a copy"
        if self.kept is None:
            return "is there; the run has no copy of it"
        return "is as it was when the run was trained" if self.code == self.kept else "was changed since the run"


def run_code(run: Path, text: str) -> RunCode:
    """Return the file that the plug-in ``text`` of the run in the folder ``run`` names, and the copy in the folder."""
    match = WITH_FUNCTION.fullmatch(text)
    path = Path(match[1] if match else text)
    copies = [_code(each) for each in _copies(run, path.name)]
    code = _code(path) if path.suffix == ".py" and path.is_absolute() else None
    return RunCode(text, path, code, code if code in copies else next(iter(copies), None))


def _copies(run: Path, name: str) -> list[Path]:
    """Return the copies of files of this name; of several, all but the first have a number in front of their names."""
    try:
        found = sorted((run / SOURCES).iterdir())
    except OSError:
        return []
    numbered = re.compile(rf"(\d+-)?{re.escape(name)}")
    return [path for path in found if numbered.fullmatch(path.name)]


def _code(path: Path) -> str | None:
    """Return the content of a file with code; None if it cannot be read, is no file, or is too large."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return None
        return path.read_bytes().decode("utf-8", "replace")
    except (OSError, ValueError):
        return None
