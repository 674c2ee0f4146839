"""A combo box that the mouse wheel does not change."""

from __future__ import annotations

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox


class ComboBox(QComboBox):
    """A combo box over which the mouse wheel scrolls what is around it, instead of choosing another item.

    A person who scrolls does not look at what the mouse happens to be over. The list that opens by a click scrolls as
    usual.
    """

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
