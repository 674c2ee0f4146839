"""The dialog Find a command, in which the user types what to do, and Enter does it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from sslviz.window.panel import Command
from sslviz.window.shell.commands import ranked
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

SIZE = QSize(560, 420)
TOP_PX = 72
"""Distance between the top of the window and the dialog, in pixels."""
ROW_PX = 24
COMMAND = Qt.ItemDataRole.UserRole
STEPS = {Qt.Key.Key_Up.value: -1, Qt.Key.Key_Down.value: 1, Qt.Key.Key_PageUp.value: -10, Qt.Key.Key_PageDown.value: 10}


class CommandPalette(QDialog):
    """A text field above a list of the commands that match it; Up and Down choose one, Enter or a click does it."""

    def __init__(self, parent: QWidget, commands: Sequence[Command]) -> None:
        super().__init__(parent, Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle("Find a command")
        self._commands = commands
        self.edit = QLineEdit()
        self.edit.setPlaceholderText("Find: a command, panel, setting, preset or run")
        self.edit.setAccessibleName("Find a command")
        self.edit.setToolTip("Type some letters of it; Up and Down choose, Enter does it, Escape leaves")
        self.edit.textEdited.connect(self._search)
        self.list = _list()
        self.list.itemClicked.connect(self._do)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.edit)
        column.addWidget(self.list)
        self.resize((SIZE * theme().scale).boundedTo(parent.size()))
        self.move(parent.mapToGlobal(QPoint((parent.width() - self.width()) // 2, TOP_PX)))
        self._search("")
        self.edit.setFocus()

    def _search(self, query: str) -> None:
        self.list.clear()
        for command in ranked(query, self._commands):
            item = QTreeWidgetItem(self.list, [command.words, command.detail])
            item.setSizeHint(0, QSize(0, px(ROW_PX)))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(0, verbatim(command.tip))
            item.setData(0, COMMAND, command)
            if command.act is None:
                item.setForeground(0, QColor(theme().palette.reference))
        self._go_to(0)

    def _go_to(self, row: int) -> None:
        item = self.list.topLevelItem(min(max(row, 0), self.list.topLevelItemCount() - 1))
        if item is not None:
            self.list.setCurrentItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item, key = self.list.currentItem(), event.key()
        if item is not None and key in STEPS:
            self._go_to(self.list.indexOfTopLevelItem(item) + STEPS[key])
        elif item is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._do(item)
        else:
            super().keyPressEvent(event)

    def _do(self, item: QTreeWidgetItem) -> None:
        act = item.data(0, COMMAND).act
        if act is not None and self.isVisible():
            self.accept()
            act()


def _list() -> QTreeWidget:
    found = QTreeWidget()
    found.setColumnCount(2)
    found.setHeaderHidden(True)
    found.setRootIsDecorated(False)
    found.setUniformRowHeights(True)
    found.header().setStretchLastSection(False)
    found.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    found.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    found.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    found.setAccessibleName("Commands")
    return found
