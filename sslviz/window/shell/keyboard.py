"""Makes the Tab key follow the positions of the widgets in the window, and goes from panel to panel.

The widgets of the tool bar come first, then those of the headline, then the docks from left to right, and docks with
the same left edge from top to bottom. The tabs of docks that share a place come last. Within a dock, the order is from
top to bottom, and within a line from left to right. Buttons that are neighbours in a line are one stop of the Tab key,
which comes back to the one that had the focus last; the left and right arrow keys go from one to the other. A detached
dock is a window of its own, in which the keys do the same. By default, Qt follows the order in which widgets were
created. That would be wrong here: the widgets of the settings form are created anew whenever another data set is
chosen.
"""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QScrollArea, QToolBar, QWidget

from sslviz.window.style.buttons import RowButton

Place = tuple[int, int, int, int, int]
"""Sort key of a widget: whether it is outside the tool bar, x and y of its dock, row and x of the widget's centre."""
SIDEWAYS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
ROW_PX = 8
"""Height in pixels of the rows into which the window is divided; widgets with centres in one row go left to right."""


def move_focus(window: QWidget, *, forward: bool) -> bool:
    """Give the focus to the next of :func:`tab_rows`, or to the previous one: to its widget that had the focus last.

    If none had the focus, it is the first widget of the row. After the last row comes the first again. Returns False if
    no widget can take the focus.
    """
    rows = tab_rows(window)
    if not rows:
        return False
    before, after = _around(QApplication.focusWidget() or window, rows, window)
    row = rows[(after if forward else before) % len(rows)]
    last = max(row, key=lambda widget: widget.last_focused if isinstance(widget, RowButton) else 0)
    _focus(last, Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    return True


def move_in_row(window: QWidget, event: QKeyEvent) -> bool:
    """Give the focus to the next widget of the row that has the focus, or to the previous one, if there is one.

    Returns whether ``event`` is of the left or right arrow key alone; for any other key, nothing happens.
    """
    if event.key() not in SIDEWAYS or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    current = QApplication.focusWidget() or window
    row = next((row for row in tab_rows(window) if current in row), [])
    index = row.index(current) + SIDEWAYS[event.key()] if row else 0
    if 0 <= index < len(row):
        _focus(row[index], Qt.FocusReason.TabFocusReason)
    return True


def move_to_panel(window: QMainWindow, *, forward: bool) -> None:
    """Give the focus to the next panel that can be seen, or to the previous one if ``forward`` is False.

    Panels are ordered as by the Tab key, detached ones last; after the last comes the first again. The focus goes to
    the first widget of the panel's content that the Tab key reaches or, if there is none, of its title bar.
    """
    docks = [dock for dock in window.findChildren(QDockWidget) if not dock.visibleRegion().isEmpty()]
    docks.sort(key=lambda dock: (dock.isFloating(), dock.x(), dock.y()))
    if not docks:
        return
    current = _part(QApplication.focusWidget())
    index = docks.index(current) if current in docks else -1 if forward else 0
    dock = docks[(index + (1 if forward else -1)) % len(docks)]
    stops = sorted(filter(_is_stop, dock.findChildren(QWidget)), key=lambda widget: _place(widget, window))
    dock.activateWindow()
    _focus(next(filter(dock.widget().isAncestorOf, stops), stops[0]), Qt.FocusReason.TabFocusReason)


def tab_rows(window: QWidget) -> list[list[QWidget]]:
    """Return in order the widgets that the keys reach in the main window or in a detached dock, in rows.

    Tool buttons that are neighbours in one line are a row, which is one stop of the Tab key. Any other widget is a row
    of its own, since the arrow keys may mean something to it. Docks that are detached from the main window do not count
    as its part.
    """
    stops = [widget for widget in window.findChildren(QWidget) if _is_stop(widget) and widget.window() is window]
    rows: list[list[QWidget]] = []
    for stop in sorted(stops, key=lambda widget: _place(widget, window)):
        if rows and _is_neighbour(rows[-1][-1], stop, window):
            rows[-1].append(stop)
        else:
            rows.append([stop])
    return rows


def _is_neighbour(left: QWidget, right: QWidget, window: QWidget) -> bool:
    both_buttons = isinstance(left, RowButton) and isinstance(right, RowButton)
    return both_buttons and _place(left, window)[:-1] == _place(right, window)[:-1]


def _around(widget: QWidget, rows: list[list[QWidget]], window: QWidget) -> tuple[int, int]:
    """Return the indices of the rows before and after a widget, which need not be in any of ``rows``.

    The window as a whole is before the first row.
    """
    for index, row in enumerate(rows):
        if widget in row:
            return index - 1, index + 1
    if widget is window:
        return -1, 0
    index = bisect_left([_place(row[0], window) for row in rows], _place(widget, window))
    return index - 1, index


def _is_stop(widget: QWidget) -> bool:
    takes = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return takes and widget.isVisible() and widget.isEnabled() and not _is_behind_a_tab(widget)


def _is_behind_a_tab(widget: QWidget) -> bool:
    part = _part(widget)
    return part is not None and part.visibleRegion().isEmpty()


def _place(widget: QWidget, window: QWidget) -> Place:
    part = _part(widget)
    middle = widget.mapTo(window, widget.rect().center())
    corner = part.pos() if part is not None else QPoint(window.width(), 0)  # tabs come last
    return not isinstance(part, QToolBar), corner.x(), corner.y(), middle.y() // ROW_PX, middle.x()


def _part(widget: QWidget | None) -> QWidget | None:
    """Return the dock or tool bar that contains a widget, if any."""
    above = widget
    while above is not None and not isinstance(above, QDockWidget | QToolBar):
        above = above.parentWidget()
    return above


def _focus(widget: QWidget, reason: Qt.FocusReason) -> None:
    """Give a widget the focus, and scroll all scroll areas around it so that it becomes visible."""
    widget.setFocus(reason)
    above = widget.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(widget)
        above = above.parentWidget()
