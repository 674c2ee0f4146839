"""Paints the texts of the signs of one line into character cells of equal width, with few calls of QPainter."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from sslviz.window.samples.token_reading import Place


class Words:
    """Texts of signs on one line, here called words, with the character cells that each word fills."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int, str]] = []
        """First cell, number of cells, and text of every word."""

    def add(self, place: Place, word: str) -> None:
        """Add the text of a sign at its place; characters beyond the place's number of cells are cut off."""
        self.all.append((place.cell, place.cells, word[: place.cells]))

    @property
    def plain(self) -> str:
        """One string of all words that have only Latin-1 characters; spaces between them put each word in its cells.

        These words can be painted together, since the monospaced font itself has all of their letters.
        """
        characters: list[str] = []
        for cell, _, word in self.all:
            if _is_plain(word):
                characters += " " * (cell - len(characters)) + word
        return "".join(characters)

    @property
    def odd(self) -> list[tuple[int, int, str]]:
        """Words with a character that is not in Latin-1, each as (first cell, number of cells, text).

        Qt may take such a character from another font, in which it is wider.
        """
        return [each for each in self.all if not _is_plain(each[2])]

    def paint(self, painter: QPainter, colour: str, font: QFont, row: QRectF, cell_width: float) -> None:
        """Paint the words into their cells, which lie in ``row`` and are ``cell_width`` pixels wide.

        If the font is monospaced, one call of QPainter paints :attr:`plain`, the string of all words that have only
        Latin-1 characters; each other word (see :attr:`odd`) takes a call of its own. If the font is not monospaced,
        every word takes a call of its own.
        """
        painter.setPen(QColor(colour))
        metrics = QFontMetricsF(font)
        letter = metrics.horizontalAdvance("n")
        monospaced = abs(metrics.horizontalAdvance("il.W") - 4 * letter) < 0.01
        if monospaced:
            spread = QFont(font)
            spread.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, cell_width - letter)
            painter.setFont(spread)
            baseline = row.center().y() + (metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(row.left() + (cell_width - letter) / 2, baseline), self.plain)
        painter.setFont(font)
        for cell, cells, word in self.odd if monospaced else self.all:
            box = QRectF(row.left() + cell * cell_width, row.top(), cells * cell_width, row.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)


def _is_plain(word: str) -> bool:
    return all(char < "\u0100" for char in word)
