"""``.html``: a report in one file that any browser shows without a network."""

from __future__ import annotations

from pathlib import Path

from sslviz.exporting.report.contents import contents_of
from sslviz.exporting.report.page import page_of
from sslviz.exporting.result import Exported, Say


def export(folder: Path, file: str, say: Say) -> Exported:
    """Return the report of a run as HTML. Raises ExportError."""
    contents = contents_of(folder, say)
    say("Writing the report", None)
    return Exported(page_of(contents).encode())
