"""A row of the form for a setting that is a path: a text field, a button that opens a dialog, and a drop target."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from sslviz.core.settings import FOLDER, Setting, Value
from sslviz.window.form.field import Field
from sslviz.window.style.buttons import small_action
from sslviz.window.style.dropped_paths import accept_copy, dropped_paths
from sslviz.window.style.path_dialog import ask_path
from sslviz.window.style.sizes import sized


class PathField(Field):
    """A row with the path of a folder or a file, which can be typed, chosen in a dialog, or dropped onto the row.

    A setting that takes both folders and files has a menu, since no dialog of Qt chooses either.
    """

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.setAcceptDrops(True)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("Choose, or drop it here")
        self.edit.setAcceptDrops(False)  # it would insert the text of what is dropped; the row takes it
        sized(self.edit.setMinimumWidth, 40)
        self.edit.editingFinished.connect(self._typed)
        self.button = small_action("…", f"Choose {setting.label.lower()}")
        files = tuple(ending for ending in setting.opens if ending != FOLDER)
        if FOLDER in setting.opens and files:
            menu = QMenu(self)
            menu.addAction("Folder…").triggered.connect(partial(self.ask, ()))
            menu.addAction("File…").triggered.connect(partial(self.ask, files))
            self.button.setMenu(menu)
            self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        else:
            self.button.clicked.connect(partial(self.ask, files))
        self._row.addWidget(self.edit, 1)
        self._row.addWidget(self.button)
        self._finish()

    def inputs(self) -> tuple[QWidget, ...]:
        return (self.edit, self.button)

    def ask(self, endings: tuple[str, ...], _checked: bool = False) -> None:
        """Open the dialog that chooses a folder, or a file if there are ``endings`` of file names."""
        title, start = f"Choose {self.setting.label.lower()}", str(Path(str(self._value)).parent)
        ask_path(self, title, start, self.enter, endings)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.edit.isEnabled() and dropped_paths(event.mimeData()):
            accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := dropped_paths(event.mimeData()):
            accept_copy(event)
            self.enter(str(paths[0]))

    def _typed(self) -> None:
        if self.edit.text() != self._value:
            self.enter(self.edit.text())

    def _show(self, value: Value) -> None:
        self.edit.setText(str(value))
        self.edit.setCursorPosition(len(str(value)))  # the last name is what tells paths apart
