"""The dialog Keys and panels, with the keyboard shortcuts and the help texts of the panels."""

from __future__ import annotations

import html
from collections.abc import Iterable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMenu, QMenuBar, QTextBrowser, QVBoxLayout, QWidget

from sslviz.window.panel import Panel

Entries = list[tuple[str, str]]
"""Pairs of text and explanation; the text is a shortcut or the title of a panel."""

FOCUS_KEYS: Entries = [
    ("Tab", "To the next row: a setting, or neighbouring buttons. With Shift, to the one before."),
    ("Left, Right", "To the button beside."),
    ("Enter or F2", "On the slider of a setting: type a number. Enter takes it, Escape does not."),
    ("Backspace", "On a setting: back to its default."),
]
"""Keys that act on what has the focus and belong to no menu."""


class KeysDialog(QDialog):
    """Lists shortcuts and help texts, read from the menus and panels so that the dialog is never out of date."""

    def __init__(self, parent: QWidget, bar: QMenuBar, panels: Iterable[type[Panel]]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and panels")
        self.text = QTextBrowser()
        self.text.setAccessibleName("Keys and panels")
        self.text.setToolTip("Keys of the menus, and what each panel shows and how to ask it")
        self.text.setHtml(
            as_html([*shortcuts(bar), *FOCUS_KEYS], sorted((panel.title, panel.help) for panel in panels))
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addWidget(buttons)
        self.resize(640, 560)


def shortcuts(bar: QMenuBar) -> Entries:
    """Return, for every menu action that has a shortcut, its first shortcut and its :func:`explanation`."""
    actions = [action for menu in bar.findChildren(QMenu) for action in menu.actions() if action.shortcuts()]
    return [
        (action.shortcut().toString(QKeySequence.SequenceFormat.NativeText), explanation(action)) for action in actions
    ]


def explanation(action: QAction) -> str:
    """Return the name of an action followed by its status tip."""
    return f"{name_of(action)}: {action.statusTip()}" if action.statusTip() else name_of(action)


def name_of(action: QAction) -> str:
    """Return the text of an action without the ``&`` that marks the mnemonic."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


def as_html(keys: Entries, panels: Entries) -> str:
    """Return HTML with a table of shortcuts and a paragraph for each panel.

    ``keys`` holds pairs of shortcut and explanation, ``panels`` pairs of title and help text.
    """
    rows = "".join(
        f"<tr><td><b>{html.escape(key)}</b>&nbsp;&nbsp;</td><td>{html.escape(what)}</td></tr>" for key, what in keys
    )
    texts = "".join(f"<p><b>{html.escape(title)}</b><br>{html.escape(text)}</p>" for title, text in panels)
    return f"<h3>Keys</h3><table cellpadding='2'>{rows}</table><h3>Panels</h3>{texts}"
