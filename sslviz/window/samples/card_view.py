"""The base class of widgets that show cards, of which the user chooses one with the mouse or the keys.

A card shows a sample: its image or text, a coloured bar, its labels and a note, which is a number or a short text. In
one of the widgets, each card shows a pair of samples instead.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.samples.card_painter import BAR, GAP, LINE, paint_card, paint_line
from sslviz.window.samples.sample_cards import SampleCard
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import theme

BELOW = LINE + BAR + 2
"""Height of the bar and the note below an image, in pixels."""
LINE_PITCH = LINE + 3
"""Distance between two lines of a list, in pixels."""
MIN_LINE_WIDTH = 240
"""Minimum width of a list, in pixels: enough for the note, the labels and some words of the text."""
TEXT_ASPECT = 1.7
"""Width of a card over its height where it shows a text."""
MOVES: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
NO_CARD = -1


class CardView(PaintedWidget):
    """A widget that shows as many cards as it has room for.

    The user chooses a card by a click, or by the arrow keys and Enter. Subclasses define in :meth:`boxes` where the
    cards are.
    """

    chosen = Signal(tuple)
    """Emitted with the indices (tuple[int, ...]) of the chosen card's samples."""
    revealed = Signal(int)
    """Emitted with the index of a sample whose card was clicked twice."""
    first_in_view = False
    """Whether the first card is the sample in view, which is large and cannot be chosen."""
    max_aspect = TEXT_ASPECT
    """Maximum width of an image over its height."""

    def __init__(self, name: str, tooltip: str) -> None:
        super().__init__()
        self.cards: tuple[SampleCard, ...] = ()
        self.pointed = 0
        """Index of the card that the arrow keys have reached; :data:`NO_CARD` if that card is no longer shown."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, 160, 60)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)

    def show_cards(self, cards: tuple[SampleCard, ...]) -> None:
        """Replace all cards.

        The arrow keys continue from the new card with the same sample as the card that they had reached, if any.
        """
        self.pointed = self._index_among(cards)
        self.cards = cards
        self.setAccessibleDescription("; ".join(f"{card.labels} {card.figure}".strip() for card in cards))
        self.update()

    def boxes(self) -> list[QRectF]:
        """Return one rectangle for each card that has room in the widget, in the order of the cards.

        If the cards show images, it is the rectangle of the image without the bar and the texts below. If they show
        texts, it is the whole line; only the first card, if :attr:`first_in_view` is true, is not a line even then.
        """
        raise NotImplementedError

    def card_at(self, x: float, y: float) -> int | None:
        """Return the index of the card at a position, or None; the text below an image belongs to its card."""
        below = LINE_PITCH - LINE if self.is_text else BELOW + GAP
        areas = (box.adjusted(-GAP / 2, 0, GAP / 2, below) for box in self.boxes())
        return next((index for index, area in enumerate(areas) if area.contains(x, y)), None)

    @property
    def is_text(self) -> bool:
        """Whether the cards show texts, one line for each card, instead of images."""
        return bool(self.cards) and self.cards[0].image.isNull()

    @property
    def aspect(self) -> float:
        """Width over height of the rectangle that each card has for its image; all cards have the same.

        It is the width over height of the widest image, but at most ``max_aspect``. Without images, it is
        :data:`TEXT_ASPECT`.
        """
        images = [card.image for card in self.cards if not card.image.isNull()]
        return min(max((image.width() / image.height() for image in images), default=TEXT_ASPECT), self.max_aspect)

    def line_boxes(self, area: QRectF) -> list[QRectF]:
        """Return the rectangles of cards shown as lines of text below each other, as many as ``area`` has room for.

        There are none if ``area`` is narrower than :data:`MIN_LINE_WIDTH`.
        """
        rows = range(int(area.height() // LINE_PITCH) if area.width() >= MIN_LINE_WIDTH else 0)
        return [QRectF(area.left(), area.top() + row * LINE_PITCH, area.width(), LINE) for row in rows]

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for index, (card, box) in enumerate(zip(self.cards, self.boxes(), strict=False)):
            in_view = self.first_in_view and not index
            if self.is_text and not in_view:
                paint_line(painter, card, box)
            else:
                paint_card(painter, card, box, labelled=in_view)
            if self.hasFocus() and index == self.pointed:
                painter.setPen(QPen(QColor(theme().palette.accent), 2))
                painter.drawRect(box.adjusted(-1, -1, 1, 1))

    def _index_among(self, cards: tuple[SampleCard, ...]) -> int:
        """Return the value that :attr:`pointed` gets when ``cards`` replace the present cards.

        It is the index of the new card with the same samples as the card that the arrow keys have reached. If there is
        no such card, it is 0 if :attr:`first_in_view` is true, otherwise :data:`NO_CARD`. It is 0 too if there were no
        cards so far, or if the arrow keys have reached the sample in view.
        """
        if not self.cards or (self.first_in_view and not self.pointed):
            return 0
        if self.pointed == NO_CARD:
            return NO_CARD
        samples, others = self.cards[self.pointed].samples, [card.samples for card in cards]
        if others[self.pointed : self.pointed + 1] == [samples]:  # a sample may have several cards
            return self.pointed
        return others.index(samples) if samples in others else 0 if self.first_in_view else NO_CARD

    # ------------------------------------------------------------------ choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.card_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self._choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.card_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and index is not None:
            self.revealed.emit(self.cards[index].sample)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in MOVES:
            self.pointed = min(max(self.pointed + MOVES[event.key()], 0), max(len(self.boxes()) - 1, 0))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.pointed)
        else:
            event.ignore()

    def tip_at(self, place: QPoint) -> tuple[str, QRect]:
        index = self.card_at(place.x(), place.y())
        tooltip = self.cards[index].tooltip if index is not None else ""
        if index is None or not tooltip:
            return super().tip_at(place)
        return verbatim(tooltip), self.boxes()[index].toAlignedRect()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.pointed = max(self.pointed, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _choose(self, index: int) -> None:
        if int(self.first_in_view) <= index < len(self.cards):
            self.pointed = 0 if self.first_in_view else index  # the chosen neighbour becomes the sample in view
            self.chosen.emit(self.cards[index].samples)
