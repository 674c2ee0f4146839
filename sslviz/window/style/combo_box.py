"""Combo boxes that the mouse wheel does not change."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDialog


class ComboBox(QComboBox):
    """A combo box over which the mouse wheel scrolls what is around it, instead of choosing another item.

    A person who scrolls does not look at what the mouse happens to be over. The list that opens by a click scrolls as
    usual.
    """

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def ignore_wheel(dialog: QDialog) -> None:
    """Let the mouse wheel change none of the combo boxes of a dialog that Qt has made, such as that for files."""
    for box in dialog.findChildren(QComboBox):
        box.installEventFilter(_WheelFilter(box))


class _WheelFilter(QObject):
    """Keeps the events of the mouse wheel from a combo box; Qt passes them on to what is around it."""

    def eventFilter(self, box: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.Wheel:
            return False
        event.ignore()
        return True
