"""The presentation: few panels, larger text, thicker lines and stronger contrast, for a lecture hall."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMainWindow, QStatusBar, QToolBar

from sslviz.window.shell.dock_layout import Arrangement
from sslviz.window.style.theme import theme

ROOMY = 1600
"""Width of the window in pixels from which on a third panel is shown."""


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

    def switch(self) -> None:
        """Begin the presentation, or return from it."""
        on = not theme().presenting
        self._window.setUpdatesEnabled(False)
        if on:
            self._begin()
        else:
            self._end()
        self._window.setUpdatesEnabled(True)
        self.changed.emit(on)

    def end(self) -> None:
        """Return from the presentation, if the window is in it."""
        if theme().presenting:
            self.switch()

    def _begin(self) -> None:
        self._arrangement.keep()
        theme().present(on=True)
        self._controls.hide()
        self._status.hide()
        self._arrangement.present(third=self._window.width() >= ROOMY)
        self._window.setFocus()  # Qt had moved it to a panel

    def _end(self) -> None:
        theme().present(on=False)
        self._controls.show()
        self._status.show()
        self._arrangement.return_to_kept()
