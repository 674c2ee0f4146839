"""A sample beside its neighbours in the latent space, as pictures or as what is read, each with what it is."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip

from sslviz.window.painting import PaintedWidget
from sslviz.window.theme import number_font, small_font, theme

GAP, LINE, BAR = 8, 16, 3
LARGEST, SMALLEST = 132, 44
"""px, side of a picture"""
UNDER_FIRST, UNDER = 2 * LINE + BAR + 4, LINE + BAR + 2
"""px below a picture: a bar in the label's colour and two lines, or one"""
READ = 1.7
"""times its height, of a piece that is read"""


class Piece(NamedTuple):
    """``sample`` is its place among the map's; a picture or, where there is none, a text; one line each below it."""

    sample: int
    image: QImage
    text: str
    colour: str
    figure: str
    label: str
    told: str


class NeighbourStrip(PaintedWidget):
    """As many as there is room for; a click, or the arrow keys and Enter, choose one."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.pieces: tuple[Piece, ...] = ()
        self.pointed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 60))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("The sample in view and its neighbours")
        self.setToolTip("Click a neighbour, or choose it with the arrow keys and Enter, to take it into view instead.")

    def show_pieces(self, pieces: tuple[Piece, ...]) -> None:
        """The first is the one in view, the others are its neighbours, nearest first."""
        self.pieces = pieces
        self.pointed = min(self.pointed, max(len(pieces) - 1, 0))
        self.setAccessibleDescription("; ".join(f"{piece.label} {piece.figure}".strip() for piece in pieces))
        self.update()

    def boxes(self) -> list[QRectF]:
        """Where the pictures are, for as many pieces as fit: the first large, pictures beside it in two rows."""
        if not self.pieces:
            return []
        reads = self.pieces[0].image.isNull()
        height = min(max(self.height() - UNDER_FIRST, SMALLEST), LARGEST)
        first = QRectF(2, max(0.0, (self.height() - height - UNDER_FIRST) / 2), height * self._shape(), height)
        rows = 1 if reads or height + UNDER_FIRST < 2 * (SMALLEST + UNDER) + GAP else 2
        side = height if reads else (height + UNDER_FIRST - (rows - 1) * GAP) / rows - UNDER
        width, left = side * self._shape(), first.right() + 2.5 * GAP
        columns = max(0, int((self.width() - left + GAP) // (width + GAP)))
        count = len(self.pieces) - 1
        columns = min(columns, -(-count // rows))
        places = [
            QRectF(left + column * (width + GAP), first.top() + row * (side + UNDER + GAP), width, side)
            for row in range(rows)
            for column in range(columns)
        ]
        return [first, *places[:count]]

    def _shape(self) -> float:
        """Width by height of what is shown."""
        images = [piece.image for piece in self.pieces if not piece.image.isNull()]
        return min(max((image.width() / image.height() for image in images), default=READ), READ)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, (piece, box) in enumerate(zip(self.pieces, self.boxes(), strict=False)):
            self._paint_piece(painter, piece, box, first=number == 0)
            if self.hasFocus() and number == self.pointed:
                painter.setPen(QPen(QColor(theme().palette.accent), 2))
                painter.drawRect(box.adjusted(-1, -1, 1, 1))

    def _paint_piece(self, painter: QPainter, piece: Piece, box: QRectF, *, first: bool) -> None:
        palette = theme().palette
        if piece.image.isNull():
            painter.fillRect(box, QColor(palette.raised))
            painter.setFont(small_font())
            painter.setPen(QColor(palette.text))
            painter.drawText(box.adjusted(6, 4, -6, -4), Qt.TextFlag.TextWordWrap, piece.text)
        else:
            size = piece.image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(box.center())
            painter.drawImage(place, piece.image)
        below = QRectF(box.left(), box.bottom() + 2, box.width(), BAR)
        if piece.colour:
            painter.fillRect(below, QColor(piece.colour))
        lines = ((piece.label, small_font(), palette.text), (piece.figure, number_font(), palette.dim))
        shown = lines if first or piece.image.isNull() else lines[1:]  # the bar and a tooltip tell the label
        for number, (text, font, colour) in enumerate(shown):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            line = QRectF(box.left(), below.bottom() + 1 + number * LINE, box.width(), LINE)
            short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)

    # ------------------------------------------------------------------ choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        found = self._piece_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and found:
            self._choose(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves:
            self.pointed = min(max(self.pointed + moves[event.key()], 0), max(len(self.boxes()) - 1, 0))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.pointed)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._piece_at(event.x(), event.y())
            told = self.pieces[found].told if found is not None else ""
            QToolTip.showText(event.globalPos(), told or self.toolTip(), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _piece_at(self, x: float, y: float) -> int | None:
        """Whose picture, or what stands below it, is there."""
        whole = (box.adjusted(-GAP / 2, 0, GAP / 2, UNDER + GAP) for box in self.boxes())
        return next((number for number, box in enumerate(whole) if box.contains(x, y)), None)

    def _choose(self, number: int) -> None:
        if 0 < number < len(self.pieces):
            self.pointed = 0
            self.chosen.emit(self.pieces[number].sample)
