"""Removes the decoded pictures in the user's cache, in another thread so that the window stays responsive."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QThreadPool, Signal
from PySide6.QtWidgets import QWidget

from sslviz.core.memory import size_text
from sslviz.core.picture_cache import clear, stored, total_bytes
from sslviz.window.shell.confirm import confirm_clearing

CLEARED = "Removed {} of decoded pictures."
BEING_WRITTEN = "The decoded pictures are being written; they can be removed once that is done."


class PictureClearing(QObject):
    """Removes the decoded pictures when the user asks for it; ``say`` shows a message."""

    _cleared = Signal(object)
    """int: how many bytes were removed; emitted in the thread that removes."""

    def __init__(self, window: QWidget, say: Callable[[str], object]) -> None:
        super().__init__(window)
        self._window, self._say = window, say
        self.busy = False
        """Whether pictures are being removed."""
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._cleared.connect(self._tell)

    def clear(self) -> None:
        """Remove the decoded pictures, unless that is being done; if a run uses them, ask the user first."""
        if self.busy:
            return
        if any(each.in_use for each in stored()) and not confirm_clearing(self._window, size_text(total_bytes())):
            return
        self.busy = True
        self._pool.start(self._clear)

    def close(self) -> None:
        """Wait until the thread has ended."""
        self._pool.waitForDone()

    def _clear(self) -> None:
        size = 0
        try:
            size = clear()
        finally:  # after an error too, so that the user can ask again
            self._cleared.emit(size)

    def _tell(self, size: int) -> None:
        self.busy = False
        self._say(CLEARED.format(size_text(size)) if size else BEING_WRITTEN)
