"""Texts with predictions: a tint shows each sign's predicted probability; wrongly predicted signs are marked.

A sign is a token or, if the tokens are bytes, a character; see :class:`~sslviz.window.samples.token_reading.Reading`.
"""

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
from sslviz.window.samples.token_words import Words
from sslviz.window.style.palette import Palette
from sslviz.window.style.sizes import px, sized
from sslviz.window.style.theme import theme

GUESS, LINE = 12, 18
"""Height of the likeliest signs, written above wrongly predicted ones, and height of the text, in pixels."""
SIDE = 12
BETWEEN = 10
"""Space between two texts, in pixels."""
MIN_CELL = 4.0
TEXT_SIZE, GUESS_SIZE = 13, 11
"""Font sizes, in pixels."""


@functools.cache
def text_font(size: int = TEXT_SIZE, *, italic: bool = False) -> QFont:
    """Return the system's monospaced font, ``size`` pixels large; the object is shared and must not be changed."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size)
    font.setItalic(italic)
    return font


def tint(palette: Palette, likely: float) -> QColor:
    """Return the background colour of a sign that was predicted with probability ``likely``.

    It is interpolated between ``palette.surface``, for probability 0, and ``palette.likely``, for probability 1.
    """
    share = min(max(likely, 0.0), 1.0)
    low, high = QColor(palette.surface), QColor(palette.likely)
    red, green, blue = (
        round(a + (b - a) * share)
        for a, b in ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    )
    return QColor(red, green, blue)


class TokenText(PaintedWidget):
    """Shows all lines of several texts below each other; the mouse or the arrow keys point at one sign."""

    pointed = Signal(int, int)
    """Emitted with the index of a text and the position of a sign in it."""

    def __init__(self) -> None:
        super().__init__()
        self.reading: Reading | None = None
        self.at: tuple[int, int] | None = None
        """Index of the text and position of the sign that is pointed at."""
        self._lines: list[list[Place]] = []
        self._tops: list[float] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Texts and how likely each of their characters was")
        self.setToolTip("Point at a character, or go to it with the arrow keys, to see what was thought likely there.")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        sized(self.setMinimumWidth, 80)

    # ------------------------------------------------------------------ what is shown

    def show_reading(self, reading: Reading) -> None:
        """Show ``reading`` instead of the present one.

        The same position is pointed at as before, if the new reading has it.
        """
        before, self.reading = self.reading, reading
        if before is None or not np.array_equal(before.tokens, reading.tokens):
            self._lay_out()
        texts, length = reading.tokens.shape
        if self.at is not None and not (self.at[0] < texts and self.at[1] < length and reading.lengths[self.at]):
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
        self.setMinimumHeight(px(round(top) + 4))
        self.update()

    @property
    def cell(self) -> float:
        """Width of one letter, in pixels."""
        return max(MIN_CELL, QFontMetricsF(text_font()).horizontalAdvance("n"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay_out()

    def place_of(self, text: int, position: int) -> QRectF:
        """Return the rectangle that a sign fills in this widget, in pixels; it is empty if there is no such sign."""
        lines = zip(self._tops, self._lines, strict=True)
        boxes = (self._box(top, each) for top, line in lines for each in line if each[:2] == (text, position))
        return next(boxes, QRectF())

    def _box(self, top: float, place: Place) -> QRectF:
        return QRectF(SIDE + place.cell * self.cell, top + GUESS, place.cells * self.cell, LINE)

    # ------------------------------------------------------------------ pointing

    def point_at(self, text: int, position: int) -> None:
        """Point at a sign, given the index of its text and its position."""
        if (text, position) != self.at:
            self.at = (text, position)
            self.update()
        self.pointed.emit(text, position)

    def sign_at(self, place: QPointF) -> tuple[int, int] | None:
        """Return (index of its text, its position) of the sign at a point of the widget; None if no sign is there."""
        for top, line in zip(self._tops, self._lines, strict=True):
            if line and top <= place.y() < top + GUESS + LINE:
                boxes = ((each, self._box(top, each)) for each in line)
                return next(((e.text, e.position) for e, b in boxes if b.left() <= place.x() < b.right()), None)
        return None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        sign = self.sign_at(event.position())
        if sign is not None:
            self.point_at(*sign)

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
            self.point_at(*self._next_to(*self.at, *arrow))

    def _next_to(self, text: int, position: int, right: int, down: int) -> tuple[int, int]:
        """Return (text, position) of the sign to which an arrow key leads from the given sign.

        If ``right`` is not 0, that is the sign ``right`` signs further on; a negative ``right`` leads back. If
        ``right`` is 0, it is a sign on the line ``down`` lines below; a negative ``down`` leads up. Of the signs on
        that line, it is the one that begins nearest to the beginning of the given sign. The empty lines between texts
        do not count. A key that would lead beyond the first or the last sign, or line, leads to that sign, or line.
        """
        lines = [line for line in self._lines if line]
        rows = ((row, each) for row, line in enumerate(lines) for each in line)
        row, place = next((row, each) for row, each in rows if each[:2] == (text, position))
        if right:
            places = [each for line in lines for each in line]
            neighbour = places[min(max(places.index(place) + right, 0), len(places) - 1)]
        else:
            line = lines[min(max(row + down, 0), len(lines) - 1)]
            neighbour = min(line, key=lambda each: abs(each.cell - place.cell))
        return neighbour.text, neighbour.position

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # ------------------------------------------------------------------ painting

    def paint(self, painter: QPainter) -> None:
        if self.reading is None:
            return
        visible = self.seen()
        for top, line in zip(self._tops, self._lines, strict=True):
            if line and (visible.isEmpty() or (top + GUESS + LINE >= visible.top() and top <= visible.bottom())):
                self._paint_line(painter, self.reading, top, line)
        if self.at is not None:
            box = self.place_of(*self.at)
            palette = theme().palette
            painter.setPen(QPen(QColor(palette.accent if self.hasFocus() else palette.reference), 1))
            painter.drawRect(box.adjusted(-0.5, 0.5, 0.5, -0.5))

    def _paint_line(self, painter: QPainter, reading: Reading, top: float, line: list[Place]) -> None:
        """Paint one line of text: first the tints and marks, then the texts of all signs.

        Each predicted sign has a tint; a wrongly predicted one also has a mark, and the likeliest one above it.
        Painting texts is the slowest part, so they are painted in as few calls as possible.
        """
        palette, warning = theme().palette, QColor(theme().palette.warning)
        predicted, not_predicted, likelier = Words(), Words(), Words()
        for place in line:
            at = place.text, place.position
            box = self._box(top, place)
            if not reading.is_target[at]:
                not_predicted.add(place, reading.actual(*at))
                continue
            painter.fillRect(box, tint(palette, float(reading.likely[at])))
            predicted.add(place, reading.actual(*at))
            if not reading.right[at]:
                painter.fillRect(QRectF(box.left() + 1, box.bottom() - 2, box.width() - 2, 1.5), warning)
                likelier.add(place, reading.likeliest(*at))
        predicted.paint(painter, palette.text, text_font(), QRectF(SIDE, top + GUESS, 0, LINE), self.cell)
        not_predicted.paint(painter, palette.dim, text_font(), QRectF(SIDE, top + GUESS, 0, LINE), self.cell)
        guess_font = text_font(GUESS_SIZE, italic=True)
        likelier.paint(painter, palette.warning, guess_font, QRectF(SIDE, top, 0, GUESS), self.cell)
