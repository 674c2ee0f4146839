"""Shows where in the window something is: an outline around the panel or the setting that a word points at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

from sslviz.window.shell.dock import Dock

if TYPE_CHECKING:
    from sslviz.window.form.settings_form import SettingsForm


class Spotlight(QFrame):
    """Outlines a part of the window, its target, and brings it forward.

    A target is the name of a panel, such as ``loss``, or ``settings:KEY`` for the row of the setting KEY. ``form``
    returns the settings form; None before it was made.
    """

    def __init__(self, window: QMainWindow, docks: Mapping[str, Dock], form: Callable[[], SettingsForm | None]) -> None:
        super().__init__(window)
        self._window, self._docks, self._form = window, docks, form
        self.setObjectName("spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def point(self, target: str) -> None:
        """Outline a target, or the panel that covers it; the status bar then says so. An empty target outlines none."""
        name, _, key = target.partition(":")
        dock = self._docks.get(name)
        covering = self._covering(dock) if dock is not None else None
        self._say(dock, covering)
        self._outline(covering or self._row(key) or _seen(dock))

    def open(self, target: str) -> None:
        """Bring the panel of a target forward; of a setting, unfold its section and give it the focus."""
        name, _, key = target.partition(":")
        if name not in self._docks:
            return
        self._docks[name].choose()
        form = self._form()
        if key and form is not None:
            form.go_to(key)
        self.point("")

    def _covering(self, dock: Dock) -> QWidget | None:
        """Return the dock that lies in front of ``dock``, if any."""
        if dock.isHidden() or _seen(dock) is not None:
            return None
        return next((other for other in self._window.tabifiedDockWidgets(dock) if _seen(other)), None)

    def _row(self, key: str) -> QWidget | None:
        form = self._form()
        return _seen(form.fields.get(key)) if form is not None else None

    def _say(self, dock: Dock | None, covering: QWidget | None) -> None:
        bar = self._window.statusBar()
        if dock is not None and covering is not None:
            text = f"{dock.windowTitle()} lies behind {covering.windowTitle()}: click the word to bring it forward."
            bar.showMessage(text)
        elif dock is not None and dock.isHidden():
            bar.showMessage(f"{dock.windowTitle()} is hidden: click the word to show it.")
        else:
            bar.clearMessage()

    def _outline(self, widget: QWidget | None) -> None:
        if widget is None:
            self.hide()
            return
        if self.parentWidget() is not widget.window():  # a detached dock is a window of its own
            self.setParent(widget.window())
        self.setGeometry(QRect(widget.mapTo(widget.window(), QPoint()), widget.size()))
        self.show()
        self.raise_()


def _seen(widget: QWidget | None) -> QWidget | None:
    """Return the widget if any part of it is visible, else None."""
    return widget if widget is not None and not widget.visibleRegion().isEmpty() else None
