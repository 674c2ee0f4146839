"""The dialog in which the user chooses a folder or a file that exists."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QFileDialog, QWidget

from sslviz.window.style.combo_box import ignore_wheel


def ask_path(
    parent: QWidget, title: str, start: str, take: Callable[[str], object], endings: Iterable[str] = ()
) -> None:
    """Open a dialog in which the user chooses a folder, or a file if there are ``endings`` of file names.

    ``start`` is the folder that it shows at first, and ``take`` is called with the path that is chosen.
    """
    dialog = QFileDialog(parent, title, start)
    if patterns := " ".join(f"*{ending}" for ending in endings):
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([f"Files that fit ({patterns})", "All files (*)"])
    else:
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    ignore_wheel(dialog)
    dialog.fileSelected.connect(take)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
