"""The words of a line of tokens, in character cells of equal width, painted in as few calls as possible."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from sslviz.window.samples.token_reading import Place


class Words:
    """The texts of tokens on a line ("words"), with the cells that they fill.

    Words in Latin-1 are painted in one call, other words one by one.
    """

    def __init__(self) -> None:
        self.all: list[tuple[int, int, str]] = []
        """First cell, number of cells, and text of every word."""

    def add(self, place: Place, word: str) -> None:
        """Add the text of a token at its place; characters beyond the place's number of cells are cut off."""
        self.all.append((place.cell, place.cells, word[: place.cells]))

    @property
    def plain(self) -> str:
        """All words in Latin-1, whose letters every font has, as one string; spaces move each word to its cell."""
        characters: list[str] = []
        for cell, _, word in self.all:
            if _is_plain(word):
                characters += " " * (cell - len(characters)) + word
        return "".join(characters)

    @property
    def odd(self) -> list[tuple[int, int, str]]:
        """First cell, number of cells and text of words beyond Latin-1, whose letters may come from a wider font."""
        return [each for each in self.all if not _is_plain(each[2])]

    def paint(self, painter: QPainter, colour: str, font: QFont, row: QRectF, cell_width: float) -> None:
        """Paint the words into their cells: one by one, but words in Latin-1 in one call if the font is monospaced."""
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
