"""Widgets in front of a panel: a hint while the panel is empty, a note when drawing the panel has failed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sslviz.window.style.ownership import nested


class Sentence(QLabel):
    """A sentence in front of a widget; it does not receive mouse events, which go to the widget instead."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.hide()

    def say(self, text: str) -> None:
        """Show the sentence ``text``; if ``text`` is empty, show nothing."""
        self.setText(text)
        self.setVisible(bool(text))
        self.raise_()


class Hint(Sentence):
    """A sentence in the middle of an empty panel."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.setProperty("role", "dim")
        self.setMargin(16)
        _KeepSize(self, panel)


class FailureNote(QWidget):
    """A note that covers a panel that could not be drawn, with buttons to draw again and to copy the details."""

    retried = Signal()

    def __init__(self, panel: QWidget, title: str, reason: str, details: str) -> None:
        super().__init__(panel)
        layout = QVBoxLayout(self)
        text = QLabel(f"{title} could not be drawn: {reason}\nTraining goes on.")
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        copy, retry = QPushButton("Copy details"), QPushButton("Try again")
        copy.setToolTip("Copy what went wrong to the clipboard")
        retry.setToolTip(f"Draw {title} again")
        copy.clicked.connect(lambda: QApplication.clipboard().setText(details))
        retry.clicked.connect(self._retry)
        layout.addStretch()
        layout.addWidget(text)
        row = nested(layout, QHBoxLayout())
        for button in (retry, copy):
            row.addWidget(button)
        row.addStretch()
        layout.addStretch()
        _KeepSize(self, panel)

    def _retry(self) -> None:
        self.hide()
        self.deleteLater()
        self.retried.emit()


class _KeepSize(QObject):
    """An event filter that makes a widget cover a panel and, whenever the panel is resized, cover it again."""

    def __init__(self, widget: QWidget, panel: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        widget.setGeometry(panel.rect())
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._widget.setGeometry(watched.rect())
        return False
