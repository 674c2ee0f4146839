"""Short texts over the data of a plot, with a halo in the background's colour so that they can be read over points."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from sslviz.window.style.sizes import enlarged
from sslviz.window.style.theme import small_font, theme

HALO_PX = 1.5
"""Width of the halo around the letters, in pixels."""
AROUND = [QPointF(HALO_PX * math.cos(turn * math.pi / 4), HALO_PX * math.sin(turn * math.pi / 4)) for turn in range(8)]
"""The halo is the text itself, drawn so far away in eight directions: drawing the outlines of letters takes ten times
as long."""


class HaloText(NamedTuple):
    """A text, the position in the plot that it belongs to, and its distance from there in pixels."""

    text: str
    at: QPointF
    """Position in the units of the plot."""
    offset: QPointF
    """Position of the middle of the text from ``at``, in pixels, with y downwards."""


class HaloTexts(pg.GraphicsObject):  # type: ignore[misc]
    """Draws all texts of a plot in the small font; their size does not depend on the zoom."""

    def __init__(self, role: str = "text") -> None:
        """Create the item without texts; they will have the colour ``role`` of the palette."""
        super().__init__()
        self._role = role
        self.texts: tuple[HaloText, ...] = ()

    def show_texts(self, texts: Iterable[HaloText]) -> None:
        """Replace all texts."""
        self.texts = tuple(texts)
        self.update()

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        to_device = painter.deviceTransform()
        painter.save()
        painter.resetTransform()  # keeps the offset of the widget in an image of several widgets
        to_pixels = to_device * painter.deviceTransform().inverted()[0]
        painter.setFont(enlarged(small_font()))
        starts = [(each.text, to_pixels.map(each.at) + each.offset + start_of(each.text)) for each in self.texts]
        painter.setPen(QColor(theme().palette.surface))
        for text, start in starts:
            for step in AROUND:
                painter.drawText(start + step, text)
        painter.setPen(QColor(getattr(theme().palette, self._role)))
        for text, start in starts:
            painter.drawText(start, text)
        painter.restore()


def text_size(text: str) -> QSizeF:
    """Return the size of a text with its halo, in pixels."""
    metrics = QFontMetricsF(enlarged(small_font()))
    return QSizeF(metrics.horizontalAdvance(text) + 2 * HALO_PX, metrics.height())


def start_of(text: str) -> QPointF:
    """Return where the baseline of a text begins, relative to the middle of the text, in pixels."""
    metrics = QFontMetricsF(enlarged(small_font()))
    return QPointF(-metrics.horizontalAdvance(text) / 2, (metrics.ascent() - metrics.descent()) / 2)
