"""A small plot of cosine similarity over the strength of one augmentation; images of the views may be shown below."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF

from sslviz.window.plotting.pens import plain_pen
from sslviz.window.style.theme import number_font, small_font, theme

HEAD, VIEW = 16, 22
"""Height of the line with the name, and maximum height of the views below the plot, in pixels."""
MIN_COSINE = -0.2
"""Cosine at the lower edge of the plot; smaller cosines, and those that are not finite, are drawn at that edge."""
Floats = npt.NDArray[np.float32]


class Strengths(NamedTuple):
    """Cosine similarity of h of a sample and h of its views under one augmentation, at S strengths from none to full.

    At each strength, it is the mean over several views. The sample is the one that the user has pinned. ``label`` names
    the augmentation. ``cosines``, float32[S], is the newest result of the engine for this sample, and ``before``,
    float32[S], the first result after the user had pinned it; ``before`` is empty if the newest result is the first,
    or if the first had other augmentations. ``here`` is the strength that the training uses now, as a fraction of the
    full strength; NaN if unknown. ``views`` holds the image of one view for each strength; it may be empty.
    """

    label: str
    cosines: Floats
    before: Floats
    here: float
    views: tuple[QImage, ...]


def paint_strengths(painter: QPainter, box: QRectF, shown: Strengths, colour: str) -> None:
    """Paint the plot of one augmentation into a box: name, cosine at full strength, curves, and views if they fit."""
    palette = theme().palette
    line = QRectF(box.left(), box.top(), box.width(), HEAD)
    value = f"{shown.cosines[-1]:.2f}".replace("0.", ".", 1)
    painter.setFont(number_font(11, bold=True))
    painter.setPen(QColor(palette.text))
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value)
    room = int(box.width()) - painter.fontMetrics().horizontalAdvance(value) - 4
    painter.setFont(small_font())
    painter.setPen(QColor(palette.dim))
    name = painter.fontMetrics().elidedText(shown.label, Qt.TextElideMode.ElideRight, room)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
    side = min(box.width() / len(shown.cosines), VIEW, (box.height() - HEAD) / 3)
    views = bool(shown.views) and side >= 8
    area = QRectF(box.left(), box.top() + HEAD + 2, box.width(), box.height() - HEAD - 4 - (side + 2 if views else 0))
    _paint_curves(painter, area, shown, colour)
    if views:
        _paint_views(painter, QRectF(box.left(), area.bottom() + 2, box.width(), side), shown.views)


def _paint_curves(painter: QPainter, area: QRectF, shown: Strengths, colour: str) -> None:
    palette = theme().palette
    painter.setPen(plain_pen(palette.line, 1.0))
    for level in (0.0, 1.0):
        painter.drawLine(QLineF(area.left(), _height(level, area), area.right(), _height(level, area)))
    if np.isfinite(shown.here):
        x = area.left() + shown.here * area.width()
        painter.setPen(plain_pen(palette.warning, 1.0, 200))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
    for values, width, alpha in ((shown.before, 1.0, 110), (shown.cosines, 1.8, 255)):
        if len(values) > 1:
            along = np.linspace(area.left(), area.right(), len(values)).tolist()
            places = [QPointF(at, _height(cosine, area)) for at, cosine in zip(along, values.tolist(), strict=True)]
            style = Qt.PenStyle.SolidLine if alpha == 255 else Qt.PenStyle.DashLine
            painter.setPen(plain_pen(colour, width, alpha, style))
            painter.drawPolyline(QPolygonF(places))


def _paint_views(painter: QPainter, row: QRectF, views: tuple[QImage, ...]) -> None:
    """Paint the views side by side from the left to the right end of ``row``, the weakest augmentation first."""
    left = np.linspace(row.left(), row.right() - row.height(), len(views))
    for x, image in zip(left.tolist(), views, strict=True):
        painter.drawImage(QRectF(x, row.top(), row.height(), row.height()), image)


def _height(cosine: float, area: QRectF) -> float:
    value = min(max(cosine, MIN_COSINE), 1.0) if np.isfinite(cosine) else MIN_COSINE
    return area.bottom() - (value - MIN_COSINE) / (1 - MIN_COSINE) * area.height()
