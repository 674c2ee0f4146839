"""Texts with what was predicted of them: each token tinted by the probability it had, the wrong ones marked."""

from __future__ import annotations

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

from sslviz.window.painting import PaintedWidget
from sslviz.window.palette import Palette
from sslviz.window.plots import ARROWS
from sslviz.window.theme import theme
from sslviz.window.token_reading import Place, Reading

GUESS, LINE = 12, 18
"""px: of the line of likelier tokens over the wrong ones, and of the text"""
SIDE = 12
BETWEEN = 10
"""px between texts"""
ALIGN = Qt.AlignmentFlag


def text_font(size: int = 13) -> QFont:
    """Every letter equally wide, where the system has such a font."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setStyleHint(QFont.StyleHint.Monospace)
    font.setPixelSize(size)
    return font


def tint(palette: Palette, likely: float) -> QColor:
    """Behind a token: from the surface, for what was thought impossible, to the palette's ``likely``."""
    share = min(max(likely, 0.0), 1.0)
    low, high = QColor(palette.surface), QColor(palette.likely)
    mixed = (a + (b - a) * share for a, b in zip(low.getRgbF()[:3], high.getRgbF()[:3], strict=True))
    return QColor.fromRgbF(*mixed)


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
        reading = self.reading
        if reading is None:
            return
        seen = self.visibleRegion().boundingRect()
        everything = seen.isEmpty()
        for top, line in zip(self._tops, self._lines, strict=True):
            if everything or (top + GUESS + LINE >= seen.top() and top <= seen.bottom()):
                for place in line:
                    self._paint_token(painter, reading, place, self._box(top, place))

    def _paint_token(self, painter: QPainter, reading: Reading, place: Place, box: QRectF) -> None:
        palette, at = theme().palette, (place.text, place.position)
        asked, right = bool(reading.asked[at]), bool(reading.right[at])
        if asked:
            painter.fillRect(box, tint(palette, float(reading.likely[at])))
        painter.setFont(text_font())
        painter.setPen(QColor(palette.text if asked else palette.dim))
        painter.drawText(box, ALIGN.AlignCenter, reading.actual(*at))
        if asked and not right:
            painter.fillRect(QRectF(box.left() + 1, box.bottom() - 2, box.width() - 2, 1.5), QColor(palette.warning))
            self._paint_likelier(painter, reading, at, box)
        if at == self.at:
            painter.setPen(QPen(QColor(palette.accent if self.hasFocus() else palette.reference), 1))
            painter.drawRect(box.adjusted(-0.5, 0.5, 0.5, -0.5))

    def _paint_likelier(self, painter: QPainter, reading: Reading, at: tuple[int, int], box: QRectF) -> None:
        guesses = reading.guesses(*at)
        if guesses:
            painter.setFont(text_font(11))
            painter.setPen(QColor(theme().palette.dim))
            painter.drawText(
                QRectF(box.left(), box.top() - GUESS, box.width(), GUESS), ALIGN.AlignCenter, guesses[0].token
            )
