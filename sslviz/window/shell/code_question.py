"""The question whether code that a run folder names may be run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from sslviz.core.plain_text import one_line
from sslviz.core.run_code import RunCode, run_code

MAX_NAME = 300
"""Maximum length of a path in the question, in characters."""
MAX_LINES, MAX_CHARACTERS = 4_000, 400_000
"""Maximum number of lines and characters of all code that is shown; Qt takes more than a minute for 200,000 lines."""
RUN, WITHOUT = "Run this code", "Open without"
FACTS = (
    "Code can do anything on this computer that you can: run it only if you know where it comes from. Without it, the "
    "run is shown, but cannot be trained again."
)


def ask_for_code(parent: QWidget, run: Path, texts: Sequence[str]) -> list[str] | None:
    """Ask the user whether the code that a run names may be run; nothing of it is run here.

    Args:
        parent: the window.
        run: the run folder.
        texts: the plug-ins that the run names, see :func:`~sslviz.core.plug_ins.unnamed_in`.

    Returns:
        those plug-ins that may be run, perhaps none; None if the run is not to be opened.
    """
    codes = [run_code(run, text) for text in texts]
    there = [code for code in codes if code.code is not None]
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("sslviz")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setText(f"{run.name} was trained with code of its own. Run it?")
    lines = [f"{one_line(code.text, MAX_NAME)} {code.comparison}." for code in codes]
    box.setInformativeText("\n".join([*lines, "", FACTS]))
    box.setDetailedText("\n\n".join(listing(code, len(there)) for code in there))
    agree = box.addButton(RUN, QMessageBox.ButtonRole.AcceptRole)
    agree.setEnabled(bool(there))
    without = box.addButton(WITHOUT, QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(without)
    box.exec()
    if box.clickedButton() is agree:
        return [code.text for code in there]
    return [] if box.clickedButton() is without else None


def listing(code: RunCode, files: int) -> str:
    """Return the code in a file, which is there, below its path; of one of ``files`` files, not more than its share."""
    assert code.code is not None
    lines = code.code.splitlines()
    whole, shown = "\n".join(lines), "\n".join(lines[: MAX_LINES // files])[: MAX_CHARACTERS // files]
    more = f"\n# This is not all: read its {len(lines):,} lines in the file." if len(shown) < len(whole) else ""
    return f"# {one_line(code.path, MAX_NAME)}\n{shown}{more}"
