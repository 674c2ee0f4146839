"""The Tab key goes where the eye goes: tool bar, then the docks from left to right, each from its top down.

Qt's own order is that in which widgets were made, and the form's are made anew whenever other data are chosen.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QScrollArea, QToolBar, QWidget

Place = tuple[int, int, int, int, int]
LINE = 8
"""px; widgets of a row differ in height, and their middles by less than this"""


def move_focus(window: QMainWindow, *, forward: bool) -> bool:
    """Give the focus to the next widget, or the one before; False where there is none to give it to."""
    stops = tab_stops(window)
    if not stops:
        return False
    now = QApplication.focusWidget()
    index = stops.index(now) if now in stops else -1 if forward else 0
    stop = stops[(index + (1 if forward else -1)) % len(stops)]
    stop.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    _scroll_to(stop)
    return True


def tab_stops(window: QMainWindow) -> list[QWidget]:
    """What the Tab key reaches in a window, in order; detached docks are windows of their own."""
    found = [widget for widget in window.findChildren(QWidget) if _is_stop(widget) and widget.window() is window]
    return sorted(found, key=lambda widget: _place(widget, window))


def _is_stop(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return takes and widget.isVisible() and widget.isEnabled() and not _is_behind_a_tab(widget)


def _is_behind_a_tab(widget: QWidget) -> bool:
    part = _part(widget)
    return part is not None and part.visibleRegion().isEmpty()


def _place(widget: QWidget, window: QMainWindow) -> Place:
    part = _part(widget)
    middle = widget.mapTo(window, widget.rect().center())
    at = part.pos() if part is not None else QPoint(window.width(), 0)  # over the docks, and after them
    return not isinstance(part, QToolBar), at.x(), at.y(), middle.y() // LINE, middle.x()


def _part(widget: QWidget) -> QWidget | None:
    """The dock or tool bar it is in."""
    above: QWidget | None = widget
    while above is not None and not isinstance(above, QDockWidget | QToolBar):
        above = above.parentWidget()
    return above


def _scroll_to(widget: QWidget) -> None:
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
