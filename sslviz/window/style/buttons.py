"""Flat buttons, and the controls of title bars."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QToolButton

from sslviz.window.style.icons import icon
from sslviz.window.style.theme import theme


class IconButton(QToolButton):
    """A tool button whose icon follows the theme."""

    def __init__(self, icon_name: str, tip: str, *, role: str = "text") -> None:
        super().__init__()
        self.icon_name = icon_name
        self._role = role
        self.explain(tip)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().changed.connect(self.draw_icon)
        self.draw_icon()

    def explain(self, tip: str) -> None:
        """Set the tooltip, and the accessible name, which is its beginning."""
        self.setToolTip(tip)
        self.setAccessibleName(tip.split(" (", maxsplit=1)[0].split(".", maxsplit=1)[0])

    def draw_icon(self) -> None:
        """Draw the icon in the theme's colour."""
        palette = theme().palette
        normal = icon(self.icon_name, getattr(palette, self._role))
        faded = icon(self.icon_name, palette.reference)
        normal.addPixmap(faded.pixmap(16, 16), QIcon.Mode.Disabled)
        self.setIcon(normal)


def small_button(icon_name: str, tip: str) -> IconButton:
    """For title bars."""
    button = IconButton(icon_name, tip, role="dim")
    button.setObjectName("small")
    button.setIconSize(QSize(14, 14))
    return button


def small_action(text: str, tip: str) -> QToolButton:
    """A button with a word on it, for title bars."""
    button = QToolButton()
    button.setObjectName("small")
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def small_toggle(text: str, tip: str, *, checked: bool = False) -> QToolButton:
    """A switch with a word on it, for title bars."""
    button = small_action(text, tip)
    button.setCheckable(True)
    button.setChecked(checked)
    return button


def explain(action: QAction, tip: str) -> None:
    """Set what the status bar says while an action is pointed at, and its tooltip."""
    action.setToolTip(tip)
    action.setStatusTip(tip)
