"""Token predictions: the texts at the left, and at the right the most probable tokens at one position.

Above the texts stands what the network has written itself.

A sign is a token or, if the tokens are bytes, a character; see :class:`~sslviz.window.samples.token_reading.Reading`.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from sslviz.core.panel_data import TokenPredictions
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.runs.run_model import MAX_WRITTEN
from sslviz.window.samples.token_reading import Guess, Reading, share
from sslviz.window.samples.token_text import SIDE, TokenText, text_font, tint
from sslviz.window.samples.written_lines import WrittenLines
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.sizes import px, sized
from sslviz.window.style.theme import number_font, small_font, theme

MIN_WIDTH, MAX_WIDTH, WIDTH_SHARE = 156, 240, 0.24
"""Width of the right part: minimum and maximum in pixels, and share of the width of the whole view."""
ROW = 18
"""Height of a row, in pixels."""
TOKEN, PERCENT = 46, 40
"""Width of a token left of its bar, and of the probability right of the bar, in pixels."""
GUESS_KEY, TINT_KEY = "above: its wrong guess", "the bluer, the likelier it was"
"""The key of the text: of the guesses, in their colour, and of the tints."""
TALL = 300
"""Height of the whole view, in pixels, from which on it shows all written texts instead of the newest one."""
ALIGN = Qt.AlignmentFlag


class TokenView(QWidget):
    """Shows texts in a scroll area, the most probable tokens at one position, and the accuracy."""

    def __init__(self) -> None:
        super().__init__()
        self.text = TokenText()
        self.guesses = Guesses()
        self.written = WrittenLines()
        self._score = label(role="small", numbers=True)
        self._score.setMinimumWidth(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self.text)
        self._scroll.setWidgetResizable(True)
        for place in (self.text, self._scroll.viewport()):
            place.setAutoFillBackground(False)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOn
        )  # so that its appearance does not move the line breaks
        self._scroll.verticalScrollBar().rangeChanged.connect(self._show_bar)
        self._show_bar(0, 0)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(12)
        left = nested(across, QVBoxLayout(), 1)
        left.setSpacing(2)
        left.addWidget(self.written)
        _fill_key(nested(left, QHBoxLayout()))
        left.addWidget(self._scroll, 1)
        left.addWidget(self._score)
        sized(self._score.setContentsMargins, SIDE, 0, 0, 0)
        across.addWidget(self.guesses)
        self.text.pointed.connect(self._point_at)
        theme().changed.connect(self._fit)

    def _show_bar(self, _low: int, high: int) -> None:
        self._scroll.verticalScrollBar().setEnabled(high > 0)

    def show_tokens(self, message: TokenPredictions, colour: int) -> None:
        """Show the token predictions of ``message`` instead of the present ones.

        ``colour`` is the index of the run's colour in the palette; the bar of the actual token is painted in it. If the
        user has pointed at a sign, the sign at the same position of the new texts is pointed at, if there is one;
        else the prediction of :func:`first_wrong` is shown.
        """
        reading = Reading(message)
        self.text.show_reading(reading)
        self._score.setText(score(reading))
        self.guesses.show_place(reading, self.text.at or first_wrong(reading), colour)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the parts the room that they have at the present size of the view and of the text."""
        self.written.set_rows(MAX_WRITTEN if self.height() >= px(TALL) else 1)
        self.guesses.setFixedWidth(round(min(max(WIDTH_SHARE * self.width(), px(MIN_WIDTH)), px(MAX_WIDTH))))

    def _point_at(self, text: int, position: int) -> None:
        if self.text.reading is not None:
            self.guesses.show_place(self.text.reading, (text, position), self.guesses.colour)
        place = self.text.place_of(text, position).center()
        self._scroll.ensureVisible(px(place.x()), px(place.y()), 0, px(ROW))


def _fill_key(row: QHBoxLayout) -> None:
    """Fill a line that explains the colours of the text, the guesses in their own colour."""
    sized(row.setContentsMargins, SIDE, 0, 0, 0)
    row.setSpacing(8)
    tint_key = label(TINT_KEY, role="small", elided=True)
    tint_key.setMinimumWidth(1)
    row.addWidget(label(GUESS_KEY, role="guess"))
    row.addWidget(tint_key)
    row.addStretch(1)


class Guesses(PaintedWidget):
    """Shows the actual sign at one position, and bars for the most probable tokens there, as many as have room."""

    def __init__(self) -> None:
        super().__init__()
        self._reading: Reading | None = None
        self._at: tuple[int, int] | None = None
        self.colour = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_place(self, reading: Reading, at: tuple[int, int] | None, colour: int) -> None:
        """Show the prediction of one sign. ``at`` is (index of its text, its position); if None, show nothing.

        ``colour`` is the index of the run's colour in the palette; the bar of the actual token is painted in it.
        """
        self._reading, self._at, self.colour = reading, at, colour
        self.setAccessibleName(" ".join(self.words()))
        self.update()

    def words(self) -> list[str]:
        """Return the content of the widget as lines of text.

        They are: the position; the actual sign; its probability, or "less likely" if it is not among the most probable
        ones; then one line for each of the most probable tokens, with its probability. Of a character of several
        bytes, these are the tokens of its first byte, as the first line says. If the sign was not predicted, the lines
        after the actual sign are replaced by "not predicted". The list is empty if nothing is shown.
        """
        reading, at = self._reading, self._at
        if reading is None or at is None:
            return []
        heading, length = f"text {at[0] + 1}, place {at[1] + 1}", int(reading.lengths[at])
        if length > 1:
            heading += f": first of {length} bytes"
        if not reading.is_target[at]:
            return [heading, reading.actual(*at), "not predicted"]
        probability = share(float(reading.likely[at])) if reading.in_top[at] else "less likely"
        return [
            heading,
            reading.actual(*at),
            probability,
            *(f"{each.token} {share(each.probability)}" for each in reading.guesses(*at)),
        ]

    def paint(self, painter: QPainter) -> None:
        reading, at = self._reading, self._at
        if reading is None or at is None:
            return
        words, palette = self.words(), theme().palette
        painter.setFont(small_font())
        painter.setPen(QColor(palette.dim))
        painter.drawText(QRectF(0, 0, self.width(), ROW), ALIGN.AlignLeft | ALIGN.AlignVCenter, words[0])
        top = float(ROW)
        self._paint_actual(painter, words, QRectF(0, top, self.width(), ROW + 2))
        top += ROW + 8
        for guess in reading.guesses(*at) if reading.is_target[at] else []:
            if top + ROW > self.height():
                return
            self._paint_guess(painter, guess, top)
            top += ROW

    def _paint_actual(self, painter: QPainter, words: list[str], box: QRectF) -> None:
        palette, reading, at = theme().palette, self._reading, self._at
        assert reading is not None
        assert at is not None
        painter.setFont(text_font())
        width = max(TOKEN - 8.0, painter.fontMetrics().horizontalAdvance(words[1]) + 8.0)
        sign = QRectF(box.left(), box.top(), min(width, box.width()), box.height())
        if reading.is_target[at]:
            painter.fillRect(sign, tint(palette, float(reading.likely[at])))
        painter.setPen(QColor(palette.text))
        painter.drawText(sign, ALIGN.AlignCenter, words[1])
        painter.setFont(number_font(12))
        painter.setPen(QColor(palette.dim))
        rest = QRectF(sign.right() + 8, box.top(), box.width() - sign.width() - 8, box.height())
        painter.drawText(rest, ALIGN.AlignLeft | ALIGN.AlignVCenter, f"actual, {words[2]}")

    def _paint_guess(self, painter: QPainter, guess: Guess, top: float) -> None:
        palette = theme().palette
        painter.setFont(text_font())
        painter.setPen(QColor(palette.text))
        name = painter.fontMetrics().elidedText(guess.token, Qt.TextElideMode.ElideRight, TOKEN - 10)
        painter.drawText(QRectF(0, top, TOKEN - 8, ROW), ALIGN.AlignCenter, name)
        room = self.width() - TOKEN - PERCENT
        colour = QColor(palette.run(self.colour) if guess.actual else palette.reference)
        length = max(1.0, guess.probability * room)
        painter.fillRect(QRectF(TOKEN, top + ROW / 2 - 3, length, 6), colour)
        painter.setFont(number_font(11, bold=guess.actual))
        painter.setPen(QColor(palette.text if guess.actual else palette.dim))
        box = QRectF(self.width() - PERCENT, top, PERCENT - 4, ROW)
        painter.drawText(box, ALIGN.AlignRight | ALIGN.AlignVCenter, share(guess.probability))


def score(reading: Reading) -> str:
    """Return a line of text: the share of the signs that were predicted right, and the number of predicted signs."""
    predicted = int(reading.is_target.sum())
    right = int(reading.right.sum())
    return f"{share(right / predicted)} of {predicted:,} predicted right" if predicted else "nothing was predicted"


def first_wrong(reading: Reading) -> tuple[int, int] | None:
    """Return (index of the text, position in the text) of the first sign that was predicted wrongly.

    If all predictions are right, return index and position of the first predicted sign; without predictions, None.
    """
    for places in (reading.is_target & ~reading.right, reading.is_target):
        texts, positions = places.nonzero()
        if len(texts):
            return int(texts[0]), int(positions[0])
    return None
