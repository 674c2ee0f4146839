"""The heading of a map in the comparison: a line in the colour of the run, its title, and its newest figures."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import small_font, theme

HEIGHT, LINE, GAP = 20, 14, 5
"""Height, length of the line, and distance between the parts, in pixels."""


class Heading(PaintedWidget):
    """One line of text: the title at the left, elided where there is no room, and the figures at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._figures, self._colour = "", "", 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        sized(self.setFixedHeight, HEIGHT)

    def say(self, title: str, figures: str, colour: int, tip: str) -> None:
        """Show a title and figures; ``colour`` is the index of the run's colour in the palette."""
        self.setToolTip(verbatim(tip))
        self.setAccessibleName(f"{title}: {figures}")
        if (title, figures, colour) != (self._title, self._figures, self._colour):
            self._title, self._figures, self._colour = title, figures, colour
            self.update()

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, middle = theme().palette, self.height() / 2
        painter.setPen(QPen(QColor(palette.run(self._colour)), 3.0))
        painter.drawLine(QLineF(1, middle, LINE - 1, middle))
        painter.setFont(small_font())
        painter.setPen(QColor(palette.dim))
        box = QRectF(LINE + GAP, 0, self.width() - LINE - GAP, self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._figures)
        box.setWidth(box.width() - painter.fontMetrics().horizontalAdvance(self._figures) - GAP)
        font = QFont(small_font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(palette.text))
        title = painter.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
