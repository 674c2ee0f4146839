"""A sentence at the top of the map that says what the colours of its points wait for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

from sslviz.window.style.overlays import Sentence

MARGIN_PX = 8
"""Distance of the sentence from the edges of the map, in pixels."""


class MapNote(Sentence):
    """A sentence at the top of a plot."""

    def __init__(self, plot: QWidget) -> None:
        super().__init__(plot)
        self.setObjectName("mapNote")
        self.setMargin(4)
        layout = QVBoxLayout(plot)
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        layout.setContentsMargins(MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX)
        layout.addWidget(self, 0, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
