"""The title and the note that the user has given a run; they are kept in its folder."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

import tomli_w

from sslviz.core.durable_file import write_durably
from sslviz.core.lessons import belongs_to_lesson
from sslviz.core.plain_text import one_line

NOTE = "note.toml"
MAX_TITLE, MAX_NOTE = 60, 500
"""Maximum lengths of a title and of a note, in characters."""


class RunNote(NamedTuple):
    """The title that the user has given a run, and a note about it; both may be empty."""

    title: str = ""
    text: str = ""


def note_of(path: Path) -> RunNote:
    """Return the title and the note in a run folder; empty ones if there are none or the file is damaged."""
    try:
        table = tomllib.loads((path / NOTE).read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return RunNote()
    return RunNote(one_line(table.get("title", ""), MAX_TITLE), one_line(table.get("note", ""), MAX_NOTE))


def write_note(path: Path, note: RunNote) -> None:
    """Write a title and a note to ``note.toml`` in a run folder.

    Raises OSError if the folder cannot be written, or if the run belongs to a lesson, whose files stay as they are.
    """
    if belongs_to_lesson(path):
        raise PermissionError("the run belongs to a lesson of sslviz")
    table = {"title": one_line(note.title, MAX_TITLE), "note": one_line(note.text, MAX_NOTE)}
    write_durably(path / NOTE, tomli_w.dumps(table).encode())
