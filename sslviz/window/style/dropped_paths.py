"""Folders and files that are dragged from a file manager."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent


def dropped_paths(data: QMimeData) -> list[Path]:
    """Return the paths of the local folders and files that are dragged, each once."""
    return list(dict.fromkeys(Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()))


def accept_copy(event: QDropEvent) -> None:
    """Accept a drag or a drop as a copy: the files stay where they are, though the other program proposes to move them.

    Of files that were moved by a drop, a program may remove its own.
    """
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
