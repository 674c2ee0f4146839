"""The widget that lists runs: several can be selected, and keys and a menu act on them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu

from sslviz.window.shell.run_delegate import ENTRY, RunDelegate
from sslviz.window.shell.run_entries import RunEntry
from sslviz.window.style.labels import verbatim

HINT = (
    "Enter or a double click opens a run, F2 renames it, N writes a note, Delete moves its folder to the bin. Select "
    "two to four by Ctrl or Shift, and C compares them."
)


class RunsList(QListWidget):
    """The list; ``keys`` maps keys to what they do with the chosen items, and ``menu`` returns its context menu."""

    def __init__(self, menu: Callable[[], QMenu | None], keys: dict[int, Callable[[], None]]) -> None:
        super().__init__()
        self._menu, self._keys = menu, keys
        self.setObjectName("shelf")
        self.setSelectionMode(self.SelectionMode.ExtendedSelection)
        self.setItemDelegate(RunDelegate(self))
        self.setMouseTracking(True)  # the entry under the mouse is raised
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("All runs")
        self.setAccessibleDescription(HINT)
        self.setToolTip(HINT)

    def all_items(self) -> list[QListWidgetItem]:
        """Return all items, the hidden ones too."""
        return [self.item(row) for row in range(self.count())]

    def show_entries(self, entries: list[RunEntry]) -> None:
        """Show an item for each entry; the current and the selected runs stay the same if they are still there."""
        current = self.currentItem().data(ENTRY).summary.path if self.currentItem() is not None else None
        selected = {item.data(ENTRY).summary.path for item in self.selectedItems()}
        while self.count() > len(entries):
            self.takeItem(self.count() - 1)
        for row, entry in enumerate(entries):
            item = self.item(row) or QListWidgetItem(self)
            if item.data(ENTRY) != entry:
                item.setData(ENTRY, entry)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, entry.text)
                item.setToolTip(verbatim("\n".join(_tip(entry))))
            if entry.summary.path == current and item is not self.currentItem():
                self.setCurrentItem(item, QItemSelectionModel.SelectionFlag.NoUpdate)
            item.setSelected(entry.summary.path in selected)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self._keys.get(event.key()) if not event.modifiers() else None
        if act is not None:
            act()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self._menu()
        if menu is not None:
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())


def _tip(entry: RunEntry) -> tuple[str, ...]:
    """Return the lines of an entry's tooltip: what differs from the preset, the facts, the note, and the folder."""
    return tuple(filter(None, (", ".join(entry.parts), entry.facts, entry.summary.note.text, str(entry.summary.path))))
