"""A message that lies over the lower part of the window, so that no widget moves when the message appears."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from sslviz.window.style.buttons import small_button
from sslviz.window.style.labels import label
from sslviz.window.style.stylesheet import set_style_property

SHORT_MS = 8_000
"""Time for which a message that is no failure is shown, in milliseconds."""


class Toast(QFrame):
    """Shows one message at a time: a failure until the user dismisses it, any other message for :data:`SHORT_MS`."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("banner")
        self._details = ""
        self._text = label()
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._copy = QPushButton("Copy details")
        self._copy.setToolTip("Copy what happened, with its details, to the clipboard")
        self._copy.clicked.connect(lambda: QApplication.clipboard().setText(f"{self.text}\n\n{self._details}"))
        dismiss = small_button("close", "Dismiss this message")
        dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 10, 10)
        for widget in (self._text, self._copy, dismiss):
            row.addWidget(widget)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """The text of the message shown now, or of the last message if none is shown."""
        return self._text.text()

    def say(self, text: str, level: str = "info", details: str = "") -> None:
        """Show a message in place of the present one.

        ``level`` is ``info``, ``warning``, ``refused`` or ``failed``. While a ``failed`` message is shown, a message of
        any other level is not shown at all. ``details`` are not shown; a button copies them with the text.
        """
        if self.isVisible() and self.property("level") == "failed" and level != "failed":
            return
        self._details = details
        self._text.setText(text)
        self._copy.setVisible(bool(details))
        set_style_property(self, "level", level)
        self._timer.stop()
        if level != "failed":
            self._timer.start(SHORT_MS)
        self.show()
        self._place()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        """Put the message a little above the lower edge of the window, centred from left to right."""
        window = self._window
        width = min(720, window.width() - 80)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((window.width() - width) // 2, window.height() - self.height() - 44)
