"""A sentence at the top of the map that says what the colours of its points wait for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLayout, QVBoxLayout, QWidget

MARGIN_PX = 8
"""Distance of the sentence from the edges of the map, in pixels."""


class MapNote(QLabel):
    """A sentence at the top of a plot, in front of its content; mouse events go to the plot behind it."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__()
        self.setObjectName("mapNote")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(4)
        layout = QVBoxLayout(plot)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        layout.addWidget(self, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, text: str) -> None:
        """Show the sentence ``text``; if ``text`` is empty, show nothing."""
        self.setText(text)
        self.setVisible(bool(text))
