"""Makes text labels, among them the labels above a plot that show values of the plot."""

from __future__ import annotations

import html

from PySide6.QtGui import QPainter, QPaintEvent, Qt
from PySide6.QtWidgets import QLabel

from sslviz.window.style.theme import number_font


class ElidedLabel(QLabel):
    """A label of one line that ends in an ellipsis where the text is wider than the label.

    If there are ``shorter`` texts, the first of them that has room is shown instead, or else the last.

    A new text repaints the label only. QLabel would have the layout of the whole window computed again, several times a
    second for a label that shows changing numbers. The label is therefore as wide as its layout makes it; its size hint
    is that of the text with which it was created. Used instead of superqt's QElidingLabel, which does not widen again
    after it was elided.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text or " ")  # an empty label would have no height
        self._text = text
        self.shorter: tuple[str, ...] = ()

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, place = QPainter(self), self.contentsRect()
        painter.drawText(place, self.alignment(), self.shown(place.width()))

    def shown(self, width: int) -> str:
        """Return the text that is shown if the label is so wide, in pixels."""
        metrics, texts = self.fontMetrics(), (self._text, *self.shorter)
        fitting = (text for text in texts if metrics.horizontalAdvance(text) <= width)
        return next(fitting, metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, width))


def label(text: str = "", role: str = "", *, numbers: bool = False, elided: bool = False) -> QLabel:
    """Return a label that shows its text verbatim, also where the text looks like HTML.

    ``role`` selects a style of the style sheet. With ``numbers``, the digits have equal width. With ``elided``, a text
    that is too long for the label is cut off with an ellipsis.
    """
    result = ElidedLabel(text) if elided else QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if numbers:
        result.setFont(number_font())
        result.setProperty("numbers", "yes")  # the style sheet gives it its size
    return result


def verbatim(text: str) -> str:
    """Return a text for a tooltip that shows ``text`` as it is, also where it looks like HTML."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<span>{html.escape(text).replace(chr(10), '<br>')}</span>"


def readout() -> QLabel:
    """Return a right-aligned label, to be put above a plot and to show values of this plot.

    The values are those at the position of the mouse, or the newest values if the mouse is elsewhere. The minimum width
    of the label is 1 px, so that a long text never makes the panel wider.
    """
    line = label(role="small", numbers=True, elided=True)
    line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    line.setMinimumWidth(1)
    return line
