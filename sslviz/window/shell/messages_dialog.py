"""The list of all messages to the user since the start of the window, newest first."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sslviz.window.shell.message_history import Level, MessageHistory, SaidMessage
from sslviz.window.style.labels import verbatim

WORDS: dict[Level, str] = {"info": "", "refused": "refused", "warning": "warning", "failed": "failed"}
NONE_YET = "There has been no message yet."


class MessagesDialog(QDialog):
    """Lists the messages; those that it lists count as read. It stays up to date while it is open."""

    def __init__(self, parent: QWidget, history: MessageHistory) -> None:
        super().__init__(parent)
        self.setWindowTitle("Messages")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._history = history
        self.list = QListWidget()
        self.list.setObjectName("messages")
        self.list.setAccessibleName("Messages")
        self.list.setToolTip("What was said since the start of the window, newest first")
        self.list.setWordWrap(True)
        self.list.setSpacing(4)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.copy = QPushButton("Copy all")
        self.copy.setAutoDefault(False)  # otherwise it would be drawn as what Return presses
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setToolTip("Copy all messages with their details to the clipboard")
        self.copy.clicked.connect(self._copy_all)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addWidget(buttons)
        self.resize(640, 420)
        for message in history.messages:
            self._add(message)
        if not history.messages:
            self.list.addItem(NONE_YET)
            self.copy.setEnabled(False)
        history.added.connect(self._take)
        history.mark_read(*history.messages)

    def _add(self, message: SaidMessage) -> None:
        """Put a message above the others, which keep their places in view."""
        item = QListWidgetItem(f"{heading(message)}\n{message.text}")
        item.setToolTip(verbatim(message.details))
        self.list.insertItem(0, item)

    def _take(self, message: SaidMessage) -> None:
        if not self.copy.isEnabled():
            self.list.clear()  # it said that there is no message
            self.copy.setEnabled(True)
        self._add(message)
        self._history.mark_read(message)

    def _copy_all(self) -> None:
        texts = [
            "\n".join(filter(None, (heading(message), message.text, message.details)))
            for message in self._history.messages
        ]
        QApplication.clipboard().setText("\n\n".join(texts))


def heading(message: SaidMessage) -> str:
    """Return the time of a message, the run that it is about, and its level unless it is only news, as one line."""
    when = time.strftime("%H:%M:%S", time.localtime(message.time_s))
    return "  ·  ".join(filter(None, (when, message.title, WORDS[message.level])))
