"""The dialog that asks how large and how long a film of the map is to be, and shows how far it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sslviz.window.film.process import FilmProcess
from sslviz.window.film.storyboard import Storyboard
from sslviz.window.style.combo_box import ComboBox
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

SIZES = {"480 × 360": "480x360", "640 × 480": "640x480", "960 × 720": "960x720", "1280 × 720": "1280x720"}
LENGTHS = {"5 seconds": "5", "10 seconds": "10", "20 seconds": "20"}
THEMES = {"Light": "light", "Dark": "dark"}
"""Values of the flags of ``sslviz film``, by what the dialog calls them."""
WIDTH = 380


class FilmDialog(QDialog):
    """Makes a film of a storyboard in a process of its own; the window can be used meanwhile.

    The dialog closes when the film is made. To close it before cancels the film. If the film cannot be made, the dialog
    says why and stays open. It deletes itself when it is closed.
    """

    place_wanted = Signal()
    """The user has chosen how to make the film: ask for a file, and call :meth:`make`."""
    made = Signal(object)
    """Path: the film has been written to this file."""
    cancelled = Signal()
    """The user has cancelled a film that was being made."""

    def __init__(self, parent: QWidget, storyboard: Storyboard) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save film")
        self._storyboard = storyboard
        self._out = Path()
        self._process = FilmProcess(self)
        self.choices = {
            "--size": _choice("Size", "Width and height of the film, in pixels", SIZES, "640x480"),
            "--seconds": _choice("Length", "How long the film takes; it then begins again", LENGTHS, "10"),
            "--theme": _choice("Theme", "The colours of the film", THEMES, "dark" if theme().palette.dark else "light"),
        }
        self.pictures = QCheckBox("Points as small pictures")
        self.pictures.setToolTip("Show the pictures of the samples in place of the points")
        self.pictures.setVisible(storyboard.images is not None)
        self.text = label()
        self.text.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the film")
        self.save, self.cancel = QPushButton("Save…"), QPushButton("Cancel")
        self._connect()
        self._lay_out()
        self._offer(storyboard.summary[:1].upper() + storyboard.summary[1:])

    def _connect(self) -> None:
        self.save.clicked.connect(self.place_wanted)
        self.cancel.clicked.connect(self.reject)
        self._process.progressed.connect(self._show_progress)
        self._process.finished.connect(self._finish)
        self._process.failed.connect(self._fail)
        self._process.cancelled.connect(self._leave)
        self.finished.connect(self.deleteLater)

    def _lay_out(self) -> None:
        form = QFormLayout()
        for choice in self.choices.values():
            form.addRow(choice.accessibleName(), choice)
        form.addRow(self.pictures)
        buttons = QDialogButtonBox()
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        self.save.setDefault(True)
        self.save.setToolTip("Choose a file, WebP or GIF, and make the film")
        self.cancel.setToolTip("Make no film")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self.text)
        column.addLayout(form)
        column.addWidget(self.bar)
        column.addWidget(buttons)
        sized(self.setMinimumWidth, WIDTH)

    def make(self, out: Path) -> None:
        """Make the film and write it to ``out``, WebP or GIF."""
        self._out = out
        self._set_busy(on=True)
        self.text.setText("Reading the maps …")
        arguments = [text for flag, choice in self.choices.items() for text in (flag, str(choice.currentData()))]
        storyboard = self._storyboard
        if self.pictures.isChecked():
            arguments.append("--pictures")
        else:
            storyboard = storyboard._replace(images=None)  # which may be large, and would be written to a file
        self._process.start(storyboard, out, arguments)

    def reject(self) -> None:
        """Close the dialog; if the film is being made, cancel it first."""
        if self._process.running:
            self.text.setText("Cancelling …")
            self._process.cancel()
        else:
            super().reject()

    def _offer(self, text: str) -> None:
        self._set_busy(on=False)
        self.text.setText(text)

    def _set_busy(self, *, on: bool) -> None:
        for control in (*self.choices.values(), self.pictures, self.save):
            control.setEnabled(not on)
        self.bar.setRange(0, 0)  # it moves, until there is a first frame
        self.bar.setVisible(on)

    def _show_progress(self, done: int, count: int) -> None:
        self.bar.setRange(0, count)
        self.bar.setValue(done)
        self.text.setText(f"Frame {done:,} of {count:,}")

    def _finish(self) -> None:
        self.made.emit(self._out)
        self.accept()

    def _leave(self) -> None:
        self.cancelled.emit()
        super().reject()

    def _fail(self, reason: str) -> None:
        self._offer(f"The film could not be made: {reason}")


def _choice(name: str, tip: str, choices: dict[str, str], chosen: str) -> ComboBox:
    box = ComboBox()
    for text, value in choices.items():
        box.addItem(text, value)
    box.setCurrentIndex(box.findData(chosen))
    box.setAccessibleName(name)
    box.setToolTip(tip)
    return box
