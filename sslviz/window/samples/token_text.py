"""Texts with what was predicted of them: each token tinted by the probability it had, the wrong ones marked."""

from __future__ import annotations

import functools

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.plotting.plots import ARROWS
from sslviz.window.samples.token_reading import Place, Reading
from sslviz.window.style.palette import Palette
from sslviz.window.style.theme import theme

GUESS, LINE = 12, 18
"""px: of the line of likelier tokens over the wrong ones, and of the text"""
SIDE = 12
BETWEEN = 10
"""px between texts"""
ALIGN = Qt.AlignmentFlag


class Words:
    """What is written on a line of cells: plain letters, with blanks between them, and odd ones, each in its cells."""

    def __init__(self) -> None:
        self.all: list[tuple[int, int, str]] = []

    def add(self, place: Place, word: str) -> None:
        """A word that lies where a token does, cut to as many letters as that has."""
        self.all.append((place.cell, place.cells, word[: place.cells]))

    @property
    def plain(self) -> str:
        """Those that every font has."""
        letters: list[str] = []
        for cell, _, word in self.all:
            if _is_plain(word):
                letters += " " * (cell - len(letters)) + word
        return "".join(letters)

    @property
    def odd(self) -> list[tuple[int, int, str]]:
        """First cell, how many, and the word, of those that may come from another font, and so be of another width."""
        return [each for each in self.all if not _is_plain(each[2])]


def _is_plain(word: str) -> bool:
    return all(sign < "\u0100" for sign in word)


@functools.cache
def text_font(size: int = 13) -> QFont:
    """Every letter equally wide, where the system has such a font; not to be changed."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size)
    return font


def tint(palette: Palette, likely: float) -> QColor:
    """Behind a token: from the surface, for what was thought impossible, to the palette's ``likely``."""
    share = min(max(likely, 0.0), 1.0)
    low, high = QColor(palette.surface), QColor(palette.likely)
    red, green, blue = (
        round(a + (b - a) * share)
        for a, b in ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    )
    return QColor(red, green, blue)


class TokenText(PaintedWidget):
    """The texts from top to bottom, as high as they need; one token is pointed at, by mouse or keys."""

    pointed = Signal(int, int)
    """a text and a position in it"""

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self.at: tuple[int, int] | None = None
        self._lines: list[list[Place]] = []
        self._tops: list[float] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Texts and how likely each of their tokens was")
        self.setToolTip("Point at a token, or go to it with the arrow keys, to see what was thought likely there")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setMinimumWidth(80)

    # ------------------------------------------------------------------ what is shown

    def show_reading(self, reading: Reading) -> None:
        """Draw these texts; what was pointed at stays so, if it is still there."""
        before, self.reading = self.reading, reading
        if before is None or not np.array_equal(before.tokens, reading.tokens):
            self._lay_out()
        texts, length = reading.tokens.shape
        if self.at is not None and not (self.at[0] < texts and self.at[1] < length):
            self.at = None
        self.update()

    def _lay_out(self) -> None:
        if self.reading is None:
            return
        across = int((self.width() - 2 * SIDE) / self.cell)
        self._lines = self.reading.lines(across)
        self._tops, top = [], 2.0
        for line in self._lines:
            self._tops.append(top)
            top += GUESS + LINE if line else BETWEEN
        self.setMinimumHeight(round(top) + 4)
        self.update()

    @property
    def cell(self) -> float:
        """px that one letter takes across."""
        return max(4.0, QFontMetricsF(text_font()).horizontalAdvance("n"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def place_of(self, text: int, position: int) -> QRectF:
        """Where a token lies, nothing where it is not shown."""
        for top, line in zip(self._tops, self._lines, strict=True):
            if line and line[0].text == text and line[0].position <= position <= line[-1].position:
                return self._box(top, line[position - line[0].position])
        return QRectF()

    def _box(self, top: float, place: Place) -> QRectF:
        return QRectF(SIDE + place.cell * self.cell, top + GUESS, place.cells * self.cell, LINE)

    # ------------------------------------------------------------------ pointing

    def point_at(self, text: int, position: int) -> None:
        """Show what was thought of this token."""
        if (text, position) != self.at:
            self.at = (text, position)
            self.update()
        self.pointed.emit(text, position)

    def token_at(self, place: QPointF) -> tuple[int, int] | None:
        """Text and position of the token there."""
        for top, line in zip(self._tops, self._lines, strict=True):
            if line and top <= place.y() < top + GUESS + LINE:
                boxes = ((each, self._box(top, each)) for each in line)
                return next(((e.text, e.position) for e, b in boxes if b.left() <= place.x() < b.right()), None)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        found = self.token_at(event.position())
        if found is not None:
            self.point_at(*found)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        self.mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = ARROWS.get(event.key())
        if arrow is None or not any(self._lines):
            event.ignore()
        elif self.at is None:
            first = next(line for line in self._lines if line)[0]
            self.point_at(first.text, first.position)
        else:
            self.point_at(*self._beside(*self.at, *arrow))

    def _beside(self, text: int, position: int, right: int, down: int) -> tuple[int, int]:
        """The token next to one, on the line or over and under it."""
        lines = [line for line in self._lines if line]
        row = next(i for i, line in enumerate(lines) if line[0].text == text and position <= line[-1].position)
        place = lines[row][position - lines[row][0].position]
        if right:
            flat = [each for line in lines for each in line]
            found = flat[min(max(flat.index(place) + right, 0), len(flat) - 1)]
        else:
            line = lines[min(max(row + down, 0), len(lines) - 1)]
            found = min(line, key=lambda each: abs(each.cell - place.cell))
        return found.text, found.position

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # ------------------------------------------------------------------ painting

    def paint(self, painter: QPainter) -> None:
        if self.reading is None:
            return
        seen = self.visibleRegion().boundingRect()
        for top, line in zip(self._tops, self._lines, strict=True):
            if line and (seen.isEmpty() or (top + GUESS + LINE >= seen.top() and top <= seen.bottom())):
                self._paint_line(painter, self.reading, top, line)
        if self.at is not None:
            box = self.place_of(*self.at)
            palette = theme().palette
            painter.setPen(QPen(QColor(palette.accent if self.hasFocus() else palette.reference), 1))
            painter.drawRect(box.adjusted(-0.5, 0.5, 0.5, -0.5))

    def _paint_line(self, painter: QPainter, reading: Reading, top: float, line: list[Place]) -> None:
        """Tints and marks token by token, then the words in as few strokes as can be: they are what takes long."""
        palette, warning = theme().palette, QColor(theme().palette.warning)
        asked, other, likelier = Words(), Words(), Words()
        for place in line:
            at = place.text, place.position
            box = self._box(top, place)
            if not reading.is_target[at]:
                other.add(place, reading.actual(*at))
                continue
            painter.fillRect(box, tint(palette, float(reading.likely[at])))
            asked.add(place, reading.actual(*at))
            if not reading.right[at]:
                painter.fillRect(QRectF(box.left() + 1, box.bottom() - 2, box.width() - 2, 1.5), warning)
                likelier.add(place, reading.likeliest(*at))
        self._paint_words(painter, asked, palette.text, text_font(), QRectF(SIDE, top + GUESS, 0, LINE))
        self._paint_words(painter, other, palette.dim, text_font(), QRectF(SIDE, top + GUESS, 0, LINE))
        self._paint_words(painter, likelier, palette.dim, text_font(11), QRectF(SIDE, top, 0, GUESS))

    def _paint_words(self, painter: QPainter, words: Words, ink: str, font: QFont, row: QRectF) -> None:
        """Words in their cells: plain letters together, where the font has them all equally wide."""
        painter.setPen(QColor(ink))
        metrics = QFontMetricsF(font)
        even = abs(metrics.horizontalAdvance("il.W") - 4 * metrics.horizontalAdvance("n")) < 0.01
        if even:
            spread = QFont(font)
            spread.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, self.cell - metrics.horizontalAdvance("n"))
            painter.setFont(spread)
            left = row.left() + (self.cell - metrics.horizontalAdvance("n")) / 2
            baseline = row.center().y() + (metrics.ascent() - metrics.descent()) / 2
            painter.drawText(QPointF(left, baseline), words.plain)
        painter.setFont(font)
        for cell, cells, word in words.odd if even else words.all:
            box = QRectF(row.left() + cell * self.cell, row.top(), cells * self.cell, row.height())
            painter.drawText(box, ALIGN.AlignCenter, word)
