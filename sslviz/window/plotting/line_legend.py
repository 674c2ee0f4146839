"""Legend of lines, in rows: a short line in the colour of each curve, and what the curve is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.legend import PointedLegend
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import small_font, theme

ROW, LINE, GAP = 18, 14, 5
"""Height of an entry, length of its line, and distance from the line to the name, in pixels."""
MAX_NAME, BETWEEN = 170, 14
"""Maximum width of a name, and the distance between two entries, in pixels."""


class LineEntry(NamedTuple):
    """An entry of the legend. ``colour`` is the index of a colour in the palette's colours of runs."""

    name: str
    colour: int
    bold: bool = False
    hidden: bool = False
    """Whether the curves are hidden: the line is then thin and grey."""


class LineLegend(PointedLegend):
    """Shows entries side by side, in as many rows as they need; the user points at one by mouse or arrow keys."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[LineEntry, ...] = ()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: Sequence[LineEntry]) -> None:
        """Show these entries, the first at the upper left."""
        self._entries, self._names = tuple(entries), tuple(entry.name for entry in entries)
        if self._pointed is not None and self._pointed >= len(entries):
            self._pointed = None
        self._fit()
        self.update()

    def entry_at(self, place: QPointF) -> int | None:
        return next((index for index, box in enumerate(self.places()) if box.contains(place)), None)

    def places(self) -> list[QRectF]:
        """Return the rectangle of each entry, in pixels; an entry that does not fit into a line begins the next."""
        result: list[QRectF] = []
        x = y = 0.0
        for entry in self._entries:
            width = LINE + GAP + min(QFontMetrics(_font(entry)).horizontalAdvance(entry.name), MAX_NAME) + BETWEEN
            if x and x + width > self.width():
                x, y = 0.0, y + ROW
            result.append(QRectF(x, y, width, ROW))
            x += width
        return result

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, place in enumerate(self.places()):
            self._paint_entry(painter, index, place)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(theme().palette.accent))
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 4, 4)

    def _paint_entry(self, painter: QPainter, index: int, place: QRectF) -> None:
        palette, entry, y = theme().palette, self._entries[index], place.center().y()
        painter.setPen(QPen(QColor(palette.dim), 1.0) if entry.hidden else QPen(QColor(palette.run(entry.colour)), 3.0))
        painter.drawLine(QLineF(place.left() + 1, y, place.left() + LINE - 1, y))
        painter.setFont(_font(entry))
        in_front = not entry.hidden and self._pointed in (None, index)
        painter.setPen(QColor(palette.text if in_front else palette.dim))
        box = place.adjusted(LINE + GAP, 0, GAP - BETWEEN, 0)
        text = painter.fontMetrics().elidedText(entry.name, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

    def _fit(self) -> None:
        """Make the legend as high as its lines."""
        self.setFixedHeight(px(max((place.bottom() for place in self.places()), default=ROW)))


def _font(entry: LineEntry) -> QFont:
    font = small_font()
    if entry.bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font
