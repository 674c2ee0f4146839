"""Shows a folder in the desktop's own program for files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_folder(folder: Path) -> str:
    """Show a folder in the desktop's program for files; return an empty text or, if there is none, where it is."""
    if QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
        return ""
    return f"No program here shows folders. This one is {folder}"
