"""A label in which some words are links that point at parts of the window."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from sslviz.window.style.theme import theme

LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
"""A word that is a link, as in ``[loss](loss)``: the word, then the target of the link."""
STEPS = {Qt.Key.Key_Left.value: -1, Qt.Key.Key_Right.value: 1}


def plain(text: str) -> str:
    """Return a text without the targets of its links."""
    return LINK.sub(r"\1", text)


def targets(text: str) -> list[str]:
    """Return the targets of the links in a text, in order."""
    return [target for _, target in LINK.findall(text)]


class LinkedText(QLabel):
    """A label of several lines in which a word written ``[word](target)`` is a link; all else is shown verbatim.

    The mouse points at a link and opens it by a click. With the focus, which the label has as a whole, the left and
    right arrow keys point at one link after the other, and Enter opens it.
    """

    pointed = Signal(str)
    """str: the target of the link that the user points at; empty if it is none any more."""
    opened = Signal(str)
    """str: the target of the link that the user opens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heading = self._text = ""
        self._link = -1
        """Index of the link that the keys point at; -1 without the focus."""
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.linkHovered.connect(self.pointed)
        self.linkActivated.connect(self.opened)
        theme().changed.connect(self._draw)

    def show_text(self, text: str, heading: str = "") -> None:
        """Show a text with links after a heading in bold; nobody points at a link of the text before it any more."""
        if (text, heading) == (self._text, self._heading):
            return
        self._text, self._heading = text, heading
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if targets(text) else Qt.FocusPolicy.NoFocus)
        self.setToolTip("Point at a word to see where it is, click it to go there" if targets(text) else "")
        self.setAccessibleName(f"{heading}: {plain(text)}" if heading else plain(text))
        self._point(-1)

    def _draw(self) -> None:
        parts = LINK.split(self._text)  # text, word, target, text, word, target, …, text
        words = [self._link_html(*each) for each in zip(range(len(parts)), parts[1::3], parts[2::3], strict=False)]
        texts = [html.escape(text) for text in parts[::3]]
        body = "".join(text + word for text, word in zip(texts, [*words, ""], strict=True))
        heading = f'<span style="font-weight: 600">{html.escape(self._heading)}</span>&nbsp; '
        self.setText(heading + body if self._heading else body)

    def _link_html(self, index: int, word: str, target: str) -> str:
        palette = theme().palette
        plain_style, chosen_style = (
            f"color: {palette.accent}",
            f"color: {palette.text}; background: {palette.accent_soft}",
        )
        style = chosen_style if index == self._link else plain_style
        return f'<a href="{html.escape(target)}" style="{style}">{html.escape(word)}</a>'

    # ------------------------------------------------------------------ keys and mouse

    def _point(self, link: int) -> None:
        """Point at the link of this index, or at none if it is -1."""
        self._link = link
        self._draw()
        self.pointed.emit(targets(self._text)[link] if link >= 0 else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        found, key = targets(self._text), event.key()
        if found and key in STEPS:
            self._point((self._link + STEPS[key]) % len(found))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._link < len(found):
            self.opened.emit(found[self._link])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._point(0 if targets(self._text) else -1)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point(-1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._link < 0:
            self.pointed.emit("")
