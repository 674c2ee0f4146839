"""A strip of cards: a large card of the pinned sample, and small cards of its views and of its nearest neighbours.

The neighbours are those samples of the map that are nearest to the pinned sample in the latent space. The strip calls
the pinned sample the sample in view.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from sslviz.window.samples.card_painter import BAR, GAP, LINE
from sslviz.window.samples.card_view import BELOW, CardView
from sslviz.window.style.theme import number_font

MAX_HEIGHT, MIN_HEIGHT = 200, 44
"""Maximum and minimum height of the image of the sample in view, in pixels."""
MIN_NEIGHBOUR_HEIGHT = 34
"""Minimum height of the neighbours' images in two rows, in pixels; if there is less room, they stand in one row."""
MAX_NOTE = 72
"""Maximum width of a small card in pixels that is due to its note."""
BELOW_FIRST = 2 * LINE + BAR + 4
"""Height of the bar, labels and note below the image of the sample in view, in pixels."""
APART = 20
"""Space between the sample in view and its neighbours, in pixels."""


class NeighbourStrip(CardView):
    """Shows the first card, that of the pinned sample, large, and the other cards small at its right.

    The other cards show first the views of the pinned sample, then its neighbours in the latent space.
    """

    first_in_view = True

    def __init__(self) -> None:
        super().__init__(
            "The sample in view and its neighbours",
            "Click a neighbour, or choose it with the arrow keys and Enter, to take it into view instead.",
        )

    def boxes(self) -> list[QRectF]:
        if not self.cards:
            return []
        height = min(max(self.height() - BELOW_FIRST, MIN_HEIGHT), MAX_HEIGHT)
        first = QRectF(2, max(0.0, (self.height() - height - BELOW_FIRST) / 2), height * self.aspect, height)
        rest = QRectF(first.topRight(), QPointF(self.width(), first.bottom() + BELOW_FIRST)).adjusted(APART, 0, 0, 0)
        neighbours = self.line_boxes(rest) if self.is_text else self._image_boxes(rest)
        return [first, *neighbours[: len(self.cards) - 1]]

    def _image_boxes(self, area: QRectF) -> list[QRectF]:
        """Return the rectangles of the small images: in two rows if there is enough height, else in one row.

        They are at least as wide as the notes below them.
        """
        rows = 2 if area.height() >= 2 * (MIN_NEIGHBOUR_HEIGHT + BELOW) + GAP else 1
        height = min((area.height() - (rows - 1) * GAP) / rows - BELOW, area.height() - BELOW_FIRST)
        width = max(height * self.aspect, self._widest_note())
        columns = min(int((area.width() + GAP) // (width + GAP)), -(-(len(self.cards) - 1) // rows))
        return [
            QRectF(area.left() + column * (width + GAP), area.top() + row * (height + BELOW + GAP), width, height)
            for row in range(rows)
            for column in range(columns)
        ]

    def _widest_note(self) -> float:
        """Return the width of the widest note of the small cards, in pixels; a longer one is elided."""
        metrics = QFontMetricsF(number_font())
        widest = max((metrics.horizontalAdvance(card.figure) for card in self.cards[1:]), default=0.0)
        return min(math.ceil(widest), MAX_NOTE)
