"""How far an export is, in the status bar, with a button that cancels it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from sslviz.window.shell.exports import CANCEL_TIP, Exports
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

TEXT_WIDTH = 340
"""Width of the text in pixels; a longer text ends in an ellipsis."""


class ExportProgress(QWidget):
    """Shows the file that is being exported, what is being done, and Cancel; hidden while nothing is exported."""

    def __init__(self, exports: Exports) -> None:
        super().__init__()
        self._name = ""
        self.text = label(role="dim", numbers=True, elided=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        sized(self.text.setFixedWidth, TEXT_WIDTH)  # otherwise what is beside it moves with each text
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the export")
        sized(self.bar.setFixedWidth, 100)
        self.cancel = QPushButton("Cancel")
        self.cancel.setAccessibleName("Cancel the export")
        self.cancel.setToolTip(CANCEL_TIP)
        self.cancel.clicked.connect(exports.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 4)
        row.setSpacing(12)
        for widget in (self.text, self.bar, self.cancel):
            row.addWidget(widget)
        exports.began.connect(self._begin)
        exports.progressed.connect(self._show_progress)
        exports.ended.connect(self.hide)
        self.hide()

    def _begin(self, name: str) -> None:
        self._name = name
        self._show_progress("Starting", -1)
        self.show()

    def _show_progress(self, text: str, percent: int) -> None:
        self.text.setText(f"{self._name}: {text[:1].lower()}{text[1:]} …")
        self.bar.setRange(0, 100 if percent >= 0 else 0)  # it moves while the fraction is unknown
        self.bar.setValue(max(percent, 0))
