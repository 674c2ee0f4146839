"""Entries of menus: what they do, their tips and their shortcuts."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from sslviz.window.style.buttons import set_action_tip


def add_entry(
    menu: QMenu, text: str, tip: str, act: Callable[[], object], shortcuts: list[QKeySequence] | None = None
) -> QAction:
    """Add an entry called ``text`` to ``menu``, and return it; see :func:`use_action` for the other arguments."""
    return use_action(menu, QAction(text, menu), tip, act, shortcuts or [])


def use_action(
    menu: QMenu, action: QAction, tip: str, act: Callable[[], object], shortcuts: list[QKeySequence]
) -> QAction:
    """Connect ``action`` to the function ``act``, set its shortcuts and tip, add it to ``menu``, and return it."""
    action.setShortcuts(shortcuts)
    action.triggered.connect(lambda _checked: act())
    set_action_tip(action, tip)
    menu.addAction(action)
    return action


def keys(own: str, standard: QKeySequence.StandardKey | None = None) -> list[QKeySequence]:
    """Return the shortcut ``own``, followed by the desktop's shortcuts for the standard action ``standard``.

    Some desktops have no shortcut for a standard action, for example for quitting; then ``own`` is the only one.
    """
    first = QKeySequence(own)
    others = QKeySequence.keyBindings(standard) if standard is not None else []
    return [first, *(other for other in others if other != first)]
