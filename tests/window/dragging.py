"""Drags of folders and files onto the window, as a file manager makes them that proposes to move the files."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

COPY, LEFT = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
ACTIONS, MOVES = COPY | Qt.DropAction.MoveAction, Qt.KeyboardModifier.ShiftModifier  # with which a file is moved


def urls(*paths: object) -> QMimeData:
    """Return the data of a drag of these paths."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def hover(widget: QWidget, data: QMimeData) -> bool:
    """Drag data onto a widget; return whether its window takes part. The caller keeps the data."""
    enter = QDragEnterEvent(QPoint(5, 5), ACTIONS, data, LEFT, MOVES)
    QApplication.sendEvent(widget, enter)
    return enter.isAccepted()


def drop(widget: QWidget, *paths: object) -> bool:
    """Drag paths onto a widget and drop them there; return whether the widget's window takes them.

    As Qt needs it, the window is still there when the event has been handled; what was dropped is used afterwards.
    """
    data = urls(*paths)
    taken = hover(widget, data)
    if taken:
        window = widget.window()
        event = QDropEvent(QPointF(5, 5), ACTIONS, data, LEFT, MOVES)
        QApplication.sendEvent(window, event)
        assert event.dropAction() is COPY  # the files stay where they are
        assert window.isVisible()
        QApplication.processEvents()
    return taken
