"""Small maps: some hundred points in a little square, and several of them in one alignment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sslviz.core.run_summary import SmallMap
from sslviz.reduction.alignment import procrustes
from sslviz.window.style.palette import BY_CLASS
from sslviz.window.style.theme import theme

POINT_PX = 2.0
"""Diameter of a point, in pixels."""


def aligned(maps: Sequence[SmallMap | None]) -> list[SmallMap | None]:
    """Return maps of the same points, each turned, mirrored, scaled and moved so that it fits the first one best.

    None stands for a map that does not exist yet. A map of another number of points shows others, and stays as it is.
    """
    first = next((each for each in maps if each is not None), None)
    return [each if first is None or each is None else _onto(first, each) for each in maps]


def _onto(first: SmallMap, other: SmallMap) -> SmallMap:
    if other is first or len(other.xy) != len(first.xy):
        return other
    return SmallMap(procrustes(other.xy, first.xy), other.labels)


def paint_points(painter: QPainter, place: QRectF, small_map: SmallMap, point_px: float = POINT_PX) -> None:
    """Draw the points of a map into the square ``place``, each in the colour of its class."""
    palette = theme().palette
    low, high = small_map.xy.min(axis=0), small_map.xy.max(axis=0)
    scale = (place.width() - point_px) / max(float((high - low).max()), 1e-9)
    places, middle = (small_map.xy - (low + high) / 2) * np.float32(scale), place.center()
    for label in sorted(set(small_map.labels.tolist())):
        painter.setPen(QPen(QColor(BY_CLASS.of(label, palette)[0]), point_px, c=Qt.PenCapStyle.RoundCap))
        own = places[small_map.labels == label].tolist()
        painter.drawPoints([QPointF(middle.x() + x, middle.y() - y) for x, y in own])
