"""Rows of numbers, such as prediction errors, below images, and the scale of images that show magnitudes by colours.

Below each number is a thin line, whose length is proportional to the number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter

from sslviz.window.plotting.numbers import places_for, short
from sslviz.window.style.theme import number_font, small_font, theme

FIGURE = 16
"""Height of a row of numbers, in pixels."""
LINE = 2.0
"""Thickness of the line below a number, in pixels."""
MIN_DECIMALS = 2
"""Minimum number of decimal places, so that small errors do not read 0 beside a large reference error."""
FONT_SIZE = 11
SCALE_LEFT, SCALE, SCALE_WIDTH = 6, 8, 26
"""Distance of a colour scale from the image on its left, its width, and the width of both with the numbers beside it,
in pixels."""
NAMES_APART = 8
"""Minimum distance between the names of two columns, which may consist of several words, in pixels."""
MIN_SCALE = 22
"""Height of a colour scale, in pixels, from which its two ends have numbers."""
ALIGN = Qt.AlignmentFlag


class Figures(NamedTuple):
    """A row of numbers: its name, one number for each image, the colour of the numbers, the colour of their lines."""

    name: str
    values: Sequence[float]
    text_colour: str
    line_colour: str


def paint_figures(painter: QPainter, places: Sequence[QRectF], rows: Sequence[Figures], caption: float) -> None:
    """Paint rows of numbers below a row of images.

    ``places`` are the rectangles of the images. The name of a row stands left of its first finite number, and begins no
    further left than ``caption`` pixels before the first image. Values that are not finite are left out. If there is
    not enough room, only every n-th number is painted; the thin lines below the numbers are always there.
    """
    values = [value for row in rows for value in row.values if math.isfinite(value)]
    if not values or not places:
        return
    decimals, largest = max(places_for(values), MIN_DECIMALS), max(*values, 1e-30)
    painter.setFont(number_font(FONT_SIZE))
    widest = max(painter.fontMetrics().horizontalAdvance(short(value, decimals)) for value in values)
    every = stride(widest, places)
    for index, row in enumerate(rows):
        top = places[0].bottom() + 3 + index * FIGURE
        first = next((column for column, value in enumerate(row.values) if math.isfinite(value)), 0)
        left = places[0].left() - caption
        _paint_caption(painter, QRectF(left, top, places[first].left() - 8 - left, FIGURE - 4), row.name)
        for number, (place, value) in enumerate(zip(places, row.values, strict=False)):
            if math.isfinite(value):
                text = short(value, decimals) if number % every == 0 else ""
                _paint_figure(painter, QRectF(place.left(), top, place.width(), FIGURE), row, text, value / largest)


def _paint_figure(painter: QPainter, place: QRectF, row: Figures, text: str, share: float) -> None:
    """Paint a number, and below it a line whose length is ``share`` of the width of the place."""
    painter.setPen(QColor(row.text_colour))
    painter.drawText(QRectF(place.center().x() - 40, place.top(), 80, FIGURE - 4), ALIGN.AlignCenter, text)
    track = QRectF(place.left(), place.top() + FIGURE - 4, place.width(), LINE)
    painter.fillRect(track, QColor(theme().palette.line))
    track.setWidth(min(max(share, 0.0), 1.0) * place.width())
    painter.fillRect(track, QColor(row.line_colour))


def _paint_caption(painter: QPainter, box: QRectF, name: str) -> None:
    if box.width() <= 0:
        return
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, ALIGN.AlignRight | ALIGN.AlignVCenter, elided)
    painter.setFont(number_font(FONT_SIZE))


def paint_names(painter: QPainter, places: Sequence[QRectF], names: Sequence[str], height: float) -> None:
    """Paint a name above each place, or above every n-th place if there is no room for all names."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    widest = max((painter.fontMetrics().horizontalAdvance(name) for name in names), default=0)
    every = stride(widest, places, NAMES_APART)
    for index, (place, name) in enumerate(zip(places, names, strict=False)):
        if index % every == 0:
            box = QRectF(place.center().x() - 60, place.top() - height, 120, height - 3)
            painter.drawText(box, ALIGN.AlignHCenter | ALIGN.AlignBottom, name)


def paint_scale(
    painter: QPainter, place: QRectF, colours: npt.NDArray[np.uint8], ends: tuple[str, str] = ("0", "1")
) -> None:
    """Paint, at the right of an image, the scale of its colours, uint8[256, 3], with texts at its lower and upper end.

    By default, they are those of magnitudes: 0 and 1, the maximum.
    """
    bar = QRectF(place.right() + SCALE_LEFT, place.top(), SCALE, place.height())
    gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
    for level in range(0, len(colours), 15):
        gradient.setColorAt(level / (len(colours) - 1), QColor(*colours[level].tolist()))
    painter.fillRect(bar, gradient)
    if bar.height() < MIN_SCALE:
        return
    painter.setFont(number_font(FONT_SIZE))
    painter.setPen(QColor(theme().palette.dim))
    box = bar.adjusted(SCALE + 3, 0, 40, 0)
    painter.drawText(box, ALIGN.AlignLeft | ALIGN.AlignTop, ends[1])
    painter.drawText(box, ALIGN.AlignLeft | ALIGN.AlignBottom, ends[0])


def stride(widest: float, places: Sequence[QRectF], apart: float = 4) -> int:
    """Return the smallest n so that texts at every n-th place are at least ``apart`` pixels apart.

    The texts are up to ``widest`` pixels wide.
    """
    pitch = places[1].left() - places[0].left() if len(places) > 1 else math.inf
    return max(1, math.ceil((widest + apart) / max(pitch, 1.0)))
