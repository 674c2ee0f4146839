"""Figures under pictures: each a number over a thin line as long as it is large, so that they compare at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from sslviz.window.plotting.numbers import places_for, short
from sslviz.window.style.theme import number_font, small_font, theme

FIGURE = 16
"""px of a line of figures"""
LINE = 2.0
FEWEST = 2
"""decimal places: small errors stand beside a large reference"""
ALIGN = Qt.AlignmentFlag


class Figures(NamedTuple):
    """A name, one value a picture, and the colours of the values and of their lines."""

    name: str
    values: Sequence[float]
    ink: str
    line: str


def paint_figures(painter: QPainter, places: Sequence[QRectF], lines: Sequence[Figures], caption: float) -> None:
    """Under each place its values, a line for each name, which stands before them or in ``caption`` px at the left."""
    values = [value for line in lines for value in line.values if math.isfinite(value)]
    if not values or not places:
        return
    digits, largest = max(places_for(values), FEWEST), max(*values, 1e-30)
    painter.setFont(number_font(11))
    widest = max(painter.fontMetrics().horizontalAdvance(short(value, digits)) for value in values)
    every = stride(widest, places)
    for index, line in enumerate(lines):
        top = places[0].bottom() + 3 + index * FIGURE
        first = next((at for at, value in enumerate(line.values) if math.isfinite(value)), 0)
        left = places[0].left() - caption
        _paint_caption(painter, QRectF(left, top, places[first].left() - 8 - left, FIGURE - 4), line)
        for number, (place, value) in enumerate(zip(places, line.values, strict=False)):
            if not math.isfinite(value):
                continue
            painter.setPen(QColor(line.ink))
            box = QRectF(place.center().x() - 40, top, 80, FIGURE - 4)
            if number % every == 0:
                painter.drawText(box, ALIGN.AlignCenter, short(value, digits))
            track = QRectF(place.left(), top + FIGURE - 4, place.width(), LINE)
            painter.fillRect(track, QColor(theme().palette.line))
            track.setWidth(min(max(value / largest, 0.0), 1.0) * place.width())
            painter.fillRect(track, QColor(line.line))


def _paint_caption(painter: QPainter, box: QRectF, line: Figures) -> None:
    if box.width() <= 0:
        return
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    name = painter.fontMetrics().elidedText(line.name, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, ALIGN.AlignRight | ALIGN.AlignVCenter, name)
    painter.setFont(number_font(11))


def paint_names(painter: QPainter, places: Sequence[QRectF], names: Sequence[str], height: float) -> None:
    """Over each place its name; where there is no room for all, every second, third … one."""
    painter.setFont(small_font())
    painter.setPen(QColor(theme().palette.dim))
    widest = max((painter.fontMetrics().horizontalAdvance(name) for name in names), default=0)
    for index, (place, name) in enumerate(zip(places, names, strict=False)):
        if index % stride(widest, places) == 0:
            box = QRectF(place.center().x() - 60, place.top() - height, 120, height - 3)
            painter.drawText(box, ALIGN.AlignHCenter | ALIGN.AlignBottom, name)


def stride(widest: float, places: Sequence[QRectF]) -> int:
    """Texts up to this wide stand under every so many-th place without touching."""
    apart = places[1].left() - places[0].left() if len(places) > 1 else math.inf
    return max(1, math.ceil((widest + 4) / max(apart, 1.0)))
