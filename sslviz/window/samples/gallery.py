"""Galleries: rows of cards with small images of equal size, or a list of texts. A card shows a sample or a pair."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize

from sslviz.window.samples.card_painter import BAR, GAP
from sslviz.window.samples.card_view import BELOW, CardView

HEIGHT = 40
"""Height of an image, in pixels."""
BAR_BELOW = BAR + 2
"""Height of the bar below an image whose card has no note, in pixels."""


class Gallery(CardView):
    """A gallery of samples, such as the selected ones: each card shows one sample, as an image or as a line of text."""

    below = BAR_BELOW
    """Height of the bar, and of the card's note if any, below an image, in pixels."""

    def __init__(
        self,
        name: str = "The selected samples",
        tooltip: str = "Click a sample, or choose it with the arrow keys and Enter, to keep it in view.",
    ) -> None:
        super().__init__(name, tooltip)

    @staticmethod
    def max_cards(size: QSize) -> int:
        """Return an upper bound for the number of image cards that fit into an area, before the images are known.

        The images are assumed to be at least half as wide as high.
        """
        return int((2 * size.width() // HEIGHT + 1) * (size.height() // HEIGHT + 1))

    def boxes(self) -> list[QRectF]:
        if not self.cards:
            return []
        if self.is_text:
            return self.line_boxes(QRectF(self.rect()))[: len(self.cards)]
        width, height = HEIGHT * self.aspect, HEIGHT + self.below
        columns, rows = int((self.width() + GAP) // (width + GAP)), int((self.height() + GAP) // (height + GAP))
        places = [(row * (height + GAP), column * (width + GAP)) for row in range(rows) for column in range(columns)]
        return [QRectF(left, top, width, HEIGHT) for top, left in places[: len(self.cards)]]


class PairGallery(Gallery):
    """A gallery of pairs of samples: each card shows the images of both samples side by side, with a number below."""

    below = BELOW
    max_aspect = 2.5

    def __init__(self) -> None:
        super().__init__(
            "Pairs of samples", "Click a pair, or choose it with the arrow keys and Enter, to see both on the map."
        )
