"""The dialog in which the user names the selected samples, and chooses the CSV file that gets the labels."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sslviz.core.counts import counted
from sslviz.core.label_csv import labels_in
from sslviz.window.style.combo_box import ComboBox, ignore_wheel
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized

WIDTH = 440
MAX_NAME = 60
"""Maximum length of the names of labels and classes, in characters."""
USUAL = "label"
"""Name of the label that is proposed for a new file."""


class LabelDialog(QDialog):
    """Asks for a class, the label that it is a class of, and a file, for a number of samples; it deletes itself."""

    chosen = Signal(str, str, str)
    """Path of the file, label, class."""

    def __init__(self, parent: QWidget, count: int, proposed: str, file: Path) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save labels")
        self.value, self.file = QLineEdit(proposed[:MAX_NAME]), QLineEdit(str(file))
        self.label = ComboBox()
        self.label.setEditable(True)
        name_of_label = self.label.lineEdit()
        assert name_of_label is not None
        for field, name, tip in (
            (self.value, "Class", "What these samples are, such as blurred: the value that the label gets"),
            (self.label, "Label", "The column of the file: a label has one value for each sample"),
            (self.file, "File", "A CSV file with one row per file; if it exists, its rows and columns stay"),
        ):
            field.setAccessibleName(name)
            field.setToolTip(tip)
        for text in (self.value, name_of_label):
            text.setMaxLength(MAX_NAME)
        self.choose = QPushButton("…")
        self.choose.setAccessibleName("Choose the file")
        self.choose.clicked.connect(self._ask_file)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out(f"Save a label of {counted(count, 'selected sample')}.")
        self.file.textChanged.connect(self._offer_labels)
        for line in (self.value, self.file):
            line.textChanged.connect(self._check)
        self.label.editTextChanged.connect(self._check)
        self._offer_labels()
        self._check()
        self.value.selectAll()
        self.finished.connect(self.deleteLater)

    def _lay_out(self, title: str) -> None:
        column, form, row = QVBoxLayout(self), QFormLayout(), QHBoxLayout()
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(title))
        column.addLayout(form)
        form.addRow("Class", self.value)
        form.addRow("Label", self.label)
        row.addWidget(self.file, 1)
        row.addWidget(self.choose)
        form.addRow("File", row)
        column.addWidget(self.buttons)
        sized(self.setMinimumWidth, WIDTH)

    @property
    def _path(self) -> Path:
        """The file that is named: ``~`` is the user's folder, and ``.csv`` may be left out."""
        path = Path(os.path.expanduser(self.file.text()))  # Path.expanduser raises if there is no such user
        return path if path.suffix or path.is_dir() else Path(f"{path}.csv")

    def _offer_labels(self) -> None:
        """Offer the labels that the file has already."""
        present, names = self.label.currentText(), labels_in(self._path)
        self.label.clear()
        self.label.addItems(list(names) or [USUAL])
        if present and present != USUAL:
            self.label.setEditText(present)

    def _check(self) -> None:
        filled = all(text.strip() for text in (self.value.text(), self.label.currentText(), self.file.text()))
        self.buttons.button(QDialogButtonBox.StandardButton.Save).setEnabled(filled)

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "Labels", self.file.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # labels are added to a file that exists
        dialog.setNameFilters(["CSV table (*.csv)"])
        dialog.setDefaultSuffix("csv")
        ignore_wheel(dialog)
        dialog.fileSelected.connect(self.file.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _accept(self) -> None:
        value, name = (" ".join(text.split()) for text in (self.value.text(), self.label.currentText()))
        self.chosen.emit(str(self._path), name, value)
        self.accept()
