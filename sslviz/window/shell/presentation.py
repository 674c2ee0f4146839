"""The presentation: few panels, larger text, thicker lines and stronger contrast, for a lecture hall."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QMainWindow, QStatusBar, QToolBar

from sslviz.window.shell.dock_layout import Arrangement
from sslviz.window.style.theme import theme

ROOMY = 1600
"""Width of the window in pixels from which on a third panel is shown."""
RESIZED_MS = 150
"""Time after a change of the window's size until the text follows it, in milliseconds."""


class Presentation(QObject):
    """Switches a window to the presentation and back, to the layout that it had before.

    A presentation shows the verdict, the map and the loss, in a wide window also the prediction or the views. The tool
    bar and the status bar are hidden; what the buttons do is in the menu Run, too.
    """

    changed = Signal(bool)
    """bool: whether the window is in the presentation now."""

    def __init__(self, window: QMainWindow, arrangement: Arrangement, controls: QToolBar, status: QStatusBar) -> None:
        super().__init__(window)
        self._window, self._arrangement, self._controls, self._status = window, arrangement, controls, status
        self._resized = QTimer(self, singleShot=True, interval=RESIZED_MS)
        self._resized.timeout.connect(self._fit)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and theme().presenting:
            self._resized.start()
        return False

    def switch(self) -> None:
        """Begin the presentation, or return from it."""
        on = not theme().presenting
        self._window.setUpdatesEnabled(False)
        try:
            if on:
                self._begin()
            else:
                self._end()
        finally:  # after an error, the window must not stay as it looked before it
            self._window.setUpdatesEnabled(True)
            self.changed.emit(on)

    def end(self) -> None:
        """Return from the presentation, if the window is in it."""
        if theme().presenting:
            self.switch()

    def _begin(self) -> None:
        self._arrangement.keep()
        theme().present(magnification(self._window.width()))
        self._controls.hide()
        self._status.hide()
        self._arrangement.present(third=self._window.width() >= ROOMY)
        self._window.setFocus()  # Qt had moved it to a panel

    def _end(self) -> None:
        theme().present(1.0)
        self._controls.show()
        self._status.show()
        self._arrangement.return_to_kept()

    def _fit(self) -> None:
        """Adapt the text to the width of the window, for example after a change to the full screen."""
        if theme().presenting:
            theme().present(magnification(self._window.width()))


def magnification(width: int) -> float:
    """Return by how much texts and lines are larger than usual in a presentation, in a window of this width in pixels.

    It is 2 for 1280 pixels and 2.5 for 1920: a screen twice as wide is not twice as far away, but shows more panels.
    """
    return max(1.5, round(4 * (1 + width / 1280)) / 4)
