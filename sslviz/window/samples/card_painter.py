"""Paints the card of a sample: its image or text, a coloured bar, its labels and a note.

The note, the attribute ``figure`` of the card, is a number or a short text about the sample.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from sslviz.window.samples.sample_cards import SampleCard
from sslviz.window.style.theme import number_font, small_font, theme

GAP, LINE, BAR = 8, 16, 3
"""Space between cards, and heights of a line of text and of the bar in the label's colour, in pixels."""
FIGURE_WIDTH, LABELS_WIDTH = 46, 96
"""Widths of the note and of the labels in a line of a list, in pixels."""


def paint_card(painter: QPainter, card: SampleCard, box: QRectF, *, labelled: bool) -> None:
    """Paint a card: its image or text in ``box``, and below ``box`` its coloured bar, its labels and its note.

    The bar is as wide as the image, which may be narrower than the box.

    The labels are painted only if ``labelled``.
    """
    palette = theme().palette
    content = _paint_content(painter, card, box)
    if card.colour:
        painter.fillRect(QRectF(content.left(), box.bottom() + 2, content.width(), BAR), QColor(card.colour))
    line = QRectF(box.left(), box.bottom() + BAR + 3, box.width(), LINE)
    if labelled:
        _write(painter, line, card.labels, small_font(), palette.text)
        line.translate(0, LINE)
    _write(painter, line, card.figure, number_font(), palette.dim, Qt.TextElideMode.ElideMiddle)


def paint_line(painter: QPainter, card: SampleCard, box: QRectF) -> None:
    """Paint a card as one line, from left to right: coloured bar, note, labels and the beginning of the text."""
    palette = theme().palette
    if card.colour:
        painter.fillRect(QRectF(box.left(), box.top() + 1, BAR, box.height() - 2), QColor(card.colour))
    labels_left = GAP + (FIGURE_WIDTH if card.figure else 0)
    columns = (
        (GAP, FIGURE_WIDTH, card.figure, number_font(), palette.dim),
        (labels_left, LABELS_WIDTH, card.labels, small_font(), palette.text),
        (labels_left + LABELS_WIDTH + GAP, box.width(), card.text, small_font(), palette.dim),
    )
    for left, width, text, font, colour in columns:
        place = QRectF(box.left() + left, box.top(), min(width, box.width() - left), box.height())
        _write(painter, place, text, font, colour)


def _paint_content(painter: QPainter, card: SampleCard, box: QRectF) -> QRectF:
    """Paint the image or the text of a card into a box; return the part of the box that it takes up."""
    if card.image.isNull():
        painter.fillRect(box, QColor(theme().palette.raised))
        painter.setFont(small_font())
        painter.setPen(QColor(theme().palette.text))
        painter.drawText(box.adjusted(6, 4, -6, -4), Qt.TextFlag.TextWordWrap, card.text)
        return box
    size = card.image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRectF(0, 0, size.width(), size.height())
    place.moveCenter(box.center())
    painter.drawImage(place, card.image)
    return place


def _write(
    painter: QPainter,
    place: QRectF,
    text: str,
    font: QFont,
    colour: str,
    mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    """Write one line of text, cut off with an ellipsis where it is too long."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    elided = painter.fontMetrics().elidedText(text, mode, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)
