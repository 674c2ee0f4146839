"""The dialog About sslviz, with the version and the diagnostics for a bug report."""

from __future__ import annotations

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from sslviz import __version__
from sslviz.core.entries import Catalogue
from sslviz.core.facts import Facts, as_text, common_facts
from sslviz.window.shell.facts import window_facts
from sslviz.window.style.labels import label

WHAT = "Watch and steer self-supervised learning while it happens."
LICENCE = "BSD-3-Clause. The fonts are Inter, under the SIL Open Font License."


class About(QDialog):
    """Shows the program's version and licence, and the facts of :func:`diagnostics` to copy into a bug report."""

    def __init__(self, parent: QWidget, catalogue: Catalogue | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About sslviz")
        self.diagnostics = as_text(diagnostics(catalogue))
        text = QPlainTextEdit(self.diagnostics)
        text.setReadOnly(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        text.setAccessibleName("Diagnostics")
        text.setToolTip("The facts to put into a report when something is wrong")
        copy = QPushButton("Copy diagnostics")
        copy.setToolTip("Put all of this on the clipboard")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self.diagnostics))
        copy.clicked.connect(lambda: copy.setText("Copied to the clipboard"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        for each in (label(f"sslviz {__version__}", "value"), label(WHAT), label(LICENCE, "dim"), text, buttons):
            column.addWidget(each)
        self.resize(640, 480)


def diagnostics(catalogue: Catalogue | None) -> Facts:
    """Return facts on versions, machine, environment variables, folders and window, and on the catalogue's devices.

    The window has the catalogue from the engine process, or from a cache until the engine has sent it. If it has
    neither, ``catalogue`` is None, and there are no facts on devices.
    """
    devices = catalogue.devices if catalogue is not None else ()
    titles = {each.name: each.title if each.available else f"not available: {each.reason}" for each in devices}
    return {**common_facts(), **window_facts(), **({"devices": titles} if titles else {})}
