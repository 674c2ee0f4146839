"""Pens for lines."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from sslviz.window.style.theme import theme


def pen(colour: str, width: float = 1.0, alpha: int = 255, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a cosmetic pen for a plot: its width is in device pixels, however far the plot is zoomed.

    ``width`` is that outside of a presentation. ``alpha``: 0 to 255.
    """
    result = plain_pen(colour, width * theme().line_scale, alpha, style)
    result.setCosmetic(True)
    return result


def plain_pen(colour: str, width: float = 1.0, alpha: int = 255, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen for a widget that paints itself: its width grows with all else that the widget paints."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    return QPen(shade, width, style)
