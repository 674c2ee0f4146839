"""A sample beside its neighbours in the latent space, as pictures or as what is read, each with what it is."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip

from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.style.theme import number_font, small_font, theme

GAP, LINE, BAR = 8, 16, 3
LARGEST, SMALLEST, LEAST = 200, 44, 34
"""px, side of the picture in view, and the least of a neighbour's in two rows"""
FIGURE, LABEL, NARROWEST = 46, 96, 240
"""px of a line: its figure, its label, and the least in which there is room for some words"""
UNDER_FIRST, UNDER = 2 * LINE + BAR + 4, LINE + BAR + 2
"""px below a picture: a bar in the label's colour and two lines, or one"""
NOWHERE = -1
"""what the keys are at, where it has gone: no frame is around another instead"""
THUMB = 40
"""px, the height of a picture among many"""
READ = 1.7
"""times its height, of a segment that is read"""


class Piece(NamedTuple):
    """``samples`` are the places among the map's of the one or two that it shows; a picture or, where there is none, a
    text; one line each below it.
    """

    samples: tuple[int, ...]
    image: QImage
    text: str
    colour: str
    figure: str
    label: str
    told: str

    @property
    def sample(self) -> int:
        """The one that it shows, or the first of two."""
        return self.samples[0]


class NeighbourStrip(PaintedWidget):
    """As many as there is room for; a click, or the arrow keys and Enter, choose one and emit its samples."""

    chosen = Signal(tuple)
    leads = True
    """whether the first is the one in view, and large"""
    widest = READ
    """of a picture, in units of its height"""

    def __init__(self) -> None:
        super().__init__()
        self.segments: tuple[Piece, ...] = ()
        self.pointed = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 60))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("The sample in view and its neighbours")
        self.setToolTip("Click a neighbour, or choose it with the arrow keys and Enter, to take it into view instead.")

    def show_pieces(self, segments: tuple[Piece, ...]) -> None:
        """The first is the one in view, the others are its neighbours, nearest first."""
        self.pointed = self._follow(segments)
        self.segments = segments
        self.setAccessibleDescription("; ".join(f"{segment.label} {segment.figure}".strip() for segment in segments))
        self.update()

    def _follow(self, segments: tuple[Piece, ...]) -> int:
        """Where that which the keys are at is among these; where it is not: at the one in view, or nowhere."""
        if not self.segments or (self.leads and not self.pointed):
            return 0
        if self.pointed == NOWHERE:
            return NOWHERE
        samples, now = self.segments[self.pointed].samples, [segment.samples for segment in segments]
        if now[self.pointed : self.pointed + 1] == [samples]:  # not to another picture of the same
            return self.pointed
        return now.index(samples) if samples in now else 0 if self.leads else NOWHERE

    @property
    def _reads(self) -> bool:
        """Whether segments are read and not looked at."""
        return bool(self.segments) and self.segments[0].image.isNull()

    def boxes(self) -> list[QRectF]:
        """Where the segments are, for as many as fit: the first large, beside it pictures in rows, or a line each."""
        if not self.segments:
            return []
        height = min(max(self.height() - UNDER_FIRST, SMALLEST), LARGEST)
        first = QRectF(2, max(0.0, (self.height() - height - UNDER_FIRST) / 2), height * self._shape(), height)
        rest = QRectF(first.topRight(), QPointF(self.width(), first.bottom() + UNDER_FIRST)).adjusted(20, 0, 0, 0)
        places = self._lines(rest) if self._reads else self._pictures(rest)
        return [first, *places[: len(self.segments) - 1]]

    def _lines(self, rest: QRectF) -> list[QRectF]:
        """One below the other."""
        count = int(rest.height() // (LINE + 3)) if rest.width() >= NARROWEST else 0
        return [QRectF(rest.left(), rest.top() + row * (LINE + 3), rest.width(), LINE) for row in range(count)]

    def _pictures(self, rest: QRectF) -> list[QRectF]:
        """In two rows where these are high enough to be seen."""
        rows = 2 if rest.height() >= 2 * (LEAST + UNDER) + GAP else 1
        side = min((rest.height() - (rows - 1) * GAP) / rows - UNDER, rest.height() - UNDER_FIRST)
        width = side * self._shape()
        columns = min(int((rest.width() + GAP) // (width + GAP)), -(-(len(self.segments) - 1) // rows))
        return [
            QRectF(rest.left() + column * (width + GAP), rest.top() + row * (side + UNDER + GAP), width, side)
            for row in range(rows)
            for column in range(columns)
        ]

    def _shape(self) -> float:
        """Width by height of what is shown."""
        images = [segment.image for segment in self.segments if not segment.image.isNull()]
        return min(max((image.width() / image.height() for image in images), default=READ), self.widest)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, (segment, box) in enumerate(zip(self.segments, self.boxes(), strict=False)):
            first = self.leads and not number
            if self._reads and not first:
                self._paint_line(painter, segment, box)
            else:
                self._paint_piece(painter, segment, box, labelled=first)
            if self.hasFocus() and number == self.pointed:
                painter.setPen(QPen(QColor(theme().palette.accent), 2))
                painter.drawRect(box.adjusted(-1, -1, 1, 1))

    def _paint_piece(self, painter: QPainter, segment: Piece, box: QRectF, *, labelled: bool) -> None:
        """What it looks like or says; below it a bar in its colour, its label where asked for, and its figure."""
        palette = theme().palette
        if segment.image.isNull():
            painter.fillRect(box, QColor(palette.raised))
            painter.setFont(small_font())
            painter.setPen(QColor(palette.text))
            painter.drawText(box.adjusted(6, 4, -6, -4), Qt.TextFlag.TextWordWrap, segment.text)
        else:
            size = segment.image.size().scaled(box.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(box.center())
            painter.drawImage(place, segment.image)
        if segment.colour:
            painter.fillRect(QRectF(box.left(), box.bottom() + 2, box.width(), BAR), QColor(segment.colour))
        line = QRectF(box.left(), box.bottom() + BAR + 3, box.width(), LINE)
        if labelled:
            _write(painter, line, segment.label, small_font(), palette.text)
            line.translate(0, LINE)
        _write(painter, line, segment.figure, number_font(), palette.dim)

    def _paint_line(self, painter: QPainter, segment: Piece, box: QRectF) -> None:
        """A bar in its colour, its figure, its label, and how it begins."""
        palette = theme().palette
        if segment.colour:
            painter.fillRect(QRectF(box.left(), box.top() + 1, BAR, box.height() - 2), QColor(segment.colour))
        label = GAP + (FIGURE if segment.figure else 0)
        columns = (
            (GAP, FIGURE, segment.figure, number_font(), palette.dim),
            (label, LABEL, segment.label, small_font(), palette.text),
            (label + LABEL + GAP, box.width(), segment.text, small_font(), palette.dim),
        )
        for left, width, text, font, colour in columns:
            place = QRectF(box.left() + left, box.top(), min(width, box.width() - left), box.height())
            _write(painter, place, text, font, colour)

    # ------------------------------------------------------------------ choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        found = self._piece_at(event.position().x(), event.position().y())
        if event.button() == Qt.MouseButton.LeftButton and found is not None:
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
            told = self.segments[found].told if found is not None else ""
            QToolTip.showText(event.globalPos(), told or self.toolTip(), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.pointed = max(self.pointed, 0)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _piece_at(self, x: float, y: float) -> int | None:
        """Whose picture, or what stands below it, is there."""
        below = 3 if self._reads else UNDER + GAP
        whole = (box.adjusted(-GAP / 2, 0, GAP / 2, below) for box in self.boxes())
        return next((number for number, box in enumerate(whole) if box.contains(x, y)), None)

    def _choose(self, number: int) -> None:
        if int(self.leads) <= number < len(self.segments):
            self.pointed = 0 if self.leads else number  # a neighbour comes to lead
            self.chosen.emit(self.segments[number].samples)


class Gallery(NeighbourStrip):
    """Pieces of equal rank, as many as there is room for."""

    leads = False
    under = BAR + 2
    """px below a picture"""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("The selected samples")
        self.setToolTip("Click a sample, or choose it with the arrow keys and Enter, to keep it in view.")

    @staticmethod
    def most_in(size: QSize) -> int:
        """For how many there can be room: pictures half as wide as high; lines are fewer."""
        return int((2 * size.width() // THUMB + 1) * (size.height() // THUMB + 1))

    def boxes(self) -> list[QRectF]:
        if not self.segments:
            return []
        if self._reads:
            return self._lines(QRectF(self.rect()))[: len(self.segments)]
        width, height = THUMB * self._shape(), THUMB + self.under
        columns, rows = int((self.width() + GAP) // (width + GAP)), int((self.height() + GAP) // (height + GAP))
        places = [(row * (height + GAP), column * (width + GAP)) for row in range(rows) for column in range(columns)]
        return [QRectF(left, top, width, THUMB) for top, left in places[: len(self.segments)]]


class Pairs(Gallery):
    """Pairs of equal rank, each a picture of both, with a figure below."""

    under = UNDER
    widest = 2.5

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Pairs of samples")
        self.setToolTip("Click a pair, or choose it with the arrow keys and Enter, to see both on the map.")


def _write(painter: QPainter, place: QRectF, text: str, font: QFont, colour: str) -> None:
    """One line, its end left out where it is too long."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
