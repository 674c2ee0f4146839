"""Shows where in the window something is: an outline around the panel or the setting that a word points at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QMargins, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QMainWindow, QWidget

from sslviz.window.shell.dock import Dock

if TYPE_CHECKING:
    from sslviz.window.form.settings_form import SettingsForm

MARGINS = QMargins(4, 4, 4, 4)
"""Distance of the outline from a setting or a button, which has no border: the button may have its colour."""
FOLLOW_MS = 200
"""Interval at which the outline follows its target, which is moved, covered or scrolled, in milliseconds."""


class Spotlight(QFrame):
    """Outlines a part of the window, its target, and brings it forward.

    A target is the name of a panel, such as ``loss``, or ``settings:KEY`` for the row of the setting KEY, or a key of
    ``parts``, which holds further parts of the window. ``form`` returns the settings form; None before it was made.
    """

    def __init__(
        self,
        window: QMainWindow,
        docks: Mapping[str, Dock],
        parts: Mapping[str, QWidget],
        form: Callable[[], SettingsForm | None],
    ) -> None:
        super().__init__(window)
        self._window, self._docks, self._parts, self._form = window, docks, parts, form
        self._pointed = self._held = self._said = ""
        self._timer = QTimer(self, interval=FOLLOW_MS)
        self._timer.timeout.connect(self._follow)
        self.setObjectName("spotlight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def knows(self, target: str) -> bool:
        """Return whether the window has the panel or the part that a target names; settings are not looked up."""
        return target.partition(":")[0] in {*self._docks, *self._parts}

    def panels_in_view(self) -> frozenset[str]:
        """Return the names of the panels that can be seen."""
        return frozenset(name for name, dock in self._docks.items() if dock.in_front)

    def point(self, target: str) -> None:
        """Outline a target, or the panel that covers it; the status bar then says so.

        With an empty target, the one that is held is outlined, if any.
        """
        self._pointed = target
        self._follow()

    def hold(self, target: str) -> None:
        """Outline a target whenever the user points at no other one; none if it is empty."""
        self._held = target
        self._follow()

    def open(self, target: str) -> None:
        """Bring the panel of a target forward; of a setting, unfold its section and give it the focus.

        Any other part of the window gets the focus.
        """
        name, _, key = target.partition(":")
        form = self._form()
        if name in self._docks:
            self._docks[name].choose()
        elif (stop := _first_stop(self._parts.get(name))) is not None:
            stop.setFocus()
        if name in self._docks and key and form is not None:
            form.go_to(key)
        self.point("")

    def _follow(self) -> None:
        """Outline the target where it is now."""
        target = self._pointed or self._held
        name, _, key = target.partition(":")
        dock = self._docks.get(name)
        covering = self._covering(dock) if dock is not None else None
        self._say(_why_unseen(dock, covering))
        self._outline(covering or self._row(key) or _seen(dock) or _seen(self._parts.get(name)))
        if target:
            self._timer.start()
        else:
            self._timer.stop()

    def _covering(self, dock: Dock) -> Dock | None:
        """Return the dock that lies in front of ``dock``, if any."""
        if dock.isHidden() or _seen(dock) is not None:
            return None
        others = (each for each in self._window.tabifiedDockWidgets(dock) if isinstance(each, Dock))
        return next((other for other in others if other.in_front), None)

    def _row(self, key: str) -> QWidget | None:
        form = self._form()
        return _seen(form.fields.get(key)) if form is not None else None

    def _say(self, text: str) -> None:
        if text == self._said:
            return
        self._said = text
        if text:
            self._window.statusBar().showMessage(text)
        else:
            self._window.statusBar().clearMessage()

    def _outline(self, widget: QWidget | None) -> None:
        if widget is None:
            self.hide()
            return
        if self.parentWidget() is not widget.window():  # a detached dock is a window of its own
            self.setParent(widget.window())
        place = QRect(widget.mapTo(widget.window(), QPoint()), widget.size())
        self.setGeometry(place if isinstance(widget, Dock) else place + MARGINS)
        self.show()
        self.raise_()


def _seen(widget: QWidget | None) -> QWidget | None:
    """Return the widget if any part of it is visible, else None."""
    return widget if widget is not None and not widget.visibleRegion().isEmpty() else None


def _why_unseen(dock: Dock | None, covering: Dock | None) -> str:
    """Return a sentence about a dock that cannot be seen; empty if it can."""
    if dock is not None and covering is not None:
        return f"{dock.windowTitle()} lies behind {covering.windowTitle()}: click the word to bring it forward."
    if dock is not None and dock.isHidden():
        return f"{dock.windowTitle()} is hidden: click the word to show it."
    return ""


def _first_stop(part: QWidget | None) -> QWidget | None:
    """Return the part itself or the first widget in it that the keys reach; None if there is none."""
    inside = [part, *part.findChildren(QWidget)] if part is not None else []
    return next((each for each in inside if each.isVisible() and each.focusPolicy() & Qt.FocusPolicy.TabFocus), None)
