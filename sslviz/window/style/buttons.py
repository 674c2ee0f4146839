"""Flat buttons, for example for the tool bar and for the title bars of panels."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFocusEvent, QIcon, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QToolButton

from sslviz.window.style.icons import ICON_PX, icon
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

_focused = itertools.count(1)


class RowButton(QToolButton):
    """A tool button that leaves the left and right arrow keys to the window, which goes to the button beside it.

    The Tab key reaches the button; a click does not give it the focus.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.last_focused = 0
        """Of two buttons, the one that had the focus later has the higher number; 0 if it never had the focus."""

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.last_focused = next(_focused)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()
        else:
            super().keyPressEvent(event)


class IconButton(RowButton):
    """A tool button whose icon is drawn in the colour ``role`` of the palette, such as "text" or "dim".

    ``size`` is its size in pixels. When the theme changes, the icon is drawn again.
    """

    def __init__(self, icon_name: str, tip: str, *, role: str = "text", size: int = 16) -> None:
        super().__init__()
        self.icon_name = icon_name
        self._role, self._size = role, size
        self.shy = False
        """Whether the icon is drawn only while the button has the focus, is pressed, or :attr:`near` is true."""
        self.near = False
        """Whether the mouse is near the button, for example in the same panel."""
        self.set_tip(tip)
        theme().changed.connect(self.draw_icon)
        self.draw_icon()

    def come_near(self, near: bool) -> None:
        """Note whether the mouse is near, see :attr:`near`."""
        self.near = near
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.shy or self.near or self.hasFocus() or self.isDown():
            super().paintEvent(event)

    def set_tip(self, tip: str) -> None:
        """Set the tooltip to ``tip``; the accessible name is ``tip`` up to the first parenthesis or full stop."""
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(" (", maxsplit=1)[0].split(".", maxsplit=1)[0])

    def show_icon(self, icon_name: str) -> None:
        """Show another icon, given its name."""
        if icon_name != self.icon_name:
            self.icon_name = icon_name
            self.draw_icon()

    def draw_icon(self) -> None:
        """Draw the icon in the colours of the current theme, as large as the text makes it."""
        palette, drawn = theme().palette, px(ICON_PX)
        self.setIconSize(QSize(px(self._size), px(self._size)))
        normal = QIcon(icon(self.icon_name, getattr(palette, self._role), drawn))
        faded = icon(self.icon_name, palette.reference, drawn)
        normal.addPixmap(faded.pixmap(drawn, drawn), QIcon.Mode.Disabled)
        chosen = icon(self.icon_name, palette.accent, drawn)
        normal.addPixmap(chosen.pixmap(drawn, drawn), QIcon.Mode.Normal, QIcon.State.On)  # while the button is checked
        self.setIcon(normal)


def small_button(icon_name: str, tip: str) -> IconButton:
    """Return a small button with an icon, as in the title bars of panels."""
    button = IconButton(icon_name, tip, role="dim", size=14)
    button.setObjectName("small")
    return button


def small_action(text: str, tip: str) -> RowButton:
    """Return a small button with a text, as in the title bars of panels."""
    button = RowButton()
    button.setObjectName("small")
    button.setProperty("word", "yes")
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def small_toggle(text: str, tip: str, *, checked: bool = False) -> RowButton:
    """Return a small checkable button with a text, as in the title bars of panels."""
    button = small_action(text, tip)
    button.setCheckable(True)
    button.setChecked(checked)
    return button


def set_action_tip(action: QAction, tip: str) -> None:
    """Set an action's tooltip to ``tip``; the status bar shows ``tip`` while the mouse is over the menu entry."""
    action.setToolTip(tip)
    action.setStatusTip(tip)
