"""Labels and readouts."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel

from sslviz.window.style.theme import number_font


class ElidedLabel(QLabel):
    """As much of a line as there is room for. (superqt's keeps the width of what it has once been cut to.)"""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, place = QPainter(self), self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def label(text: str = "", role: str = "", *, numbers: bool = False, elided: bool = False) -> QLabel:
    """A label that shows its text as it is, whatever is in it."""
    result = ElidedLabel(text) if elided else QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if numbers:
        result.setFont(number_font())
    return result


def readout() -> QLabel:
    """A line over a plot, at its right: what is pointed at, or how things stand. It never makes its panel wider."""
    line = label(role="small", numbers=True)
    line.setAlignment(Qt.AlignmentFlag.AlignRight)
    line.setMinimumWidth(1)
    return line
