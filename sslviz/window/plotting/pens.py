"""Pens for lines in plots."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen


def pen(colour: str, width: float = 1.0, alpha: int = 255, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a cosmetic pen: its width is in device pixels, however far the plot is zoomed. ``alpha``: 0 to 255."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    result = QPen(shade, width, style)
    result.setCosmetic(True)
    return result
