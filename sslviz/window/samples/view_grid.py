"""A grid of images: the views of each sample stand below or beside each other; the user can choose a sample."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.samples.strip_figures import paint_names
from sslviz.window.samples.view_places import CAPTION, GAP, HEADER, Places, arrange
from sslviz.window.style.labels import verbatim
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import small_font, theme

FRAME = 1.5
"""Width of the frame around a column, in pixels."""


class ViewGrid(PaintedWidget):
    """A grid of square images, one column per sample; every row has a caption at its left.

    The grid is centred in the widget, and its images are as large as the widget allows. Where they would be too small,
    the images of a sample stand side by side instead, see :func:`arrange`. Not all samples have room then; the arrow
    keys go on to the others.
    """

    chosen = Signal(int)
    """Emitted with the column that was clicked or on which Enter was pressed."""
    added = Signal(int)
    """Emitted with the column that was clicked with Ctrl held down or on which the space bar was pressed."""
    dragged = Signal(int, int)
    """Emitted with the first and the last of several columns over which the mouse was dragged."""
    turned = Signal()
    """Emitted when other samples than before may be shown, see :attr:`shown`."""

    def __init__(self) -> None:
        super().__init__()
        self._captions: tuple[str, ...] = ()
        self._names: tuple[str, ...] = ()
        self._images: list[list[QImage]] = []
        self._framed: frozenset[int] = frozenset()
        self._pointed = 0
        self._drag: tuple[int, int] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, 160, 60)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Samples and their views")
        self.setToolTip("Click a sample to keep it in view, drag over some to select them (Ctrl: one more)")

    def show_images(
        self, images: npt.NDArray[np.generic], captions: tuple[str, ...], names: tuple[str, ...] = ()
    ) -> None:
        """Show images uint8[rows, columns, H, W, 3], with a caption for each row.

        ``names`` are those of the columns, for tooltips; empty if they have none.
        """
        self._captions, self._names = captions, names
        self._images = [[to_image(image) for image in row] for row in images]
        self._pointed = min(self._pointed, max(self.columns - 1, 0))
        self.update()

    def show_column(self, column: int, images: npt.NDArray[np.generic]) -> None:
        """Replace the images of one column by uint8[rows, H, W, 3]."""
        for row, image in zip(self._images, images, strict=True):
            row[column] = to_image(image)
        self.update()

    def frame(self, columns: frozenset[int]) -> None:
        """Draw a frame around each column whose index is in ``columns``, and remove the frames of other columns."""
        if columns != self._framed:
            self._framed = columns
            self.update()

    @property
    def framed(self) -> frozenset[int]:
        """Indices of the columns that :meth:`frame` has framed."""
        return self._framed

    @property
    def columns(self) -> int:
        """Number of columns."""
        return max((len(row) for row in self._images), default=0)

    @property
    def shown(self) -> range:
        """Indices of the columns, that is, of the samples, for which there is room."""
        places = self.places()
        return range(places.first, places.first + len(places.images))

    def places(self) -> Places:
        """Return the places of the images at the present size of the widget."""
        pixels = max((image.height() for row in self._images for image in row[:1]), default=0)
        size = QSizeF(self.width(), self.height())
        return arrange(size, self.columns, len(self._captions), self._pointed, pixels)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(small_font())
        places = self.places()
        if not places.images:
            return
        self._paint_captions(painter, places)
        for column, rects in enumerate(places.images, places.first):
            for row, rect in zip(self._images, rects, strict=False):
                painter.drawImage(rect, row[column])
        framed = self._framed | ({self._pointed} if self.hasFocus() else set())
        if self._drag is not None:
            framed = frozenset(range(min(self._drag), max(self._drag) + 1))
        painter.setPen(QPen(QColor(theme().palette.accent), FRAME))
        for column, box in enumerate(places.boxes, places.first):
            if column in framed:
                painter.drawRect(box.adjusted(0.75, 0.75, -0.75, -0.75))

    def _paint_captions(self, painter: QPainter, places: Places) -> None:
        """Paint the captions left of the first column or, where samples lie across, above each of them."""
        for rects in places.images if places.across else ():
            paint_names(painter, rects, self._captions, HEADER)
        painter.setPen(QColor(theme().palette.dim))
        for rect, caption in () if places.across else zip(places.images[0], self._captions, strict=True):
            place = QRectF(rect.left() - CAPTION, rect.top(), CAPTION - 8, rect.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, caption)

    # ------------------------------------------------------------------ choosing

    def mousePressEvent(self, event: QMouseEvent) -> None:
        column = self._column_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and column is not None:
            self._pointed, self._drag = column, (column, column)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        column = self._column_at(event.position())
        if self._drag is not None and column is not None:
            self._drag = (self._drag[0], column)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        drag, self._drag = self._drag, None
        self.update()
        if drag is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if drag[0] != drag[1]:
            self.dragged.emit(min(drag), max(drag))
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.added.emit(drag[0])
        else:
            self.chosen.emit(drag[0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in moves:
            self._pointed = min(max(self._pointed + moves[event.key()], 0), max(self.columns - 1, 0))
            self.turned.emit()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.columns:
            self.chosen.emit(self._pointed)
        elif event.key() == Qt.Key.Key_Space and self.columns:
            self.added.emit(self._pointed)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.turned.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def tip_at(self, place: QPoint) -> tuple[str, QRect]:
        column = self._column_at(place.toPointF())
        if column is None or column >= len(self._names):
            return super().tip_at(place)
        places = self.places()
        return verbatim(self._names[column]), places.boxes[column - places.first].toAlignedRect()

    def _column_at(self, place: QPointF) -> int | None:
        x, y = place.x(), place.y()
        places = self.places()
        areas = (box.adjusted(-GAP / 2, -GAP, GAP / 2, GAP) for box in places.boxes)
        return next((column for column, box in enumerate(areas, places.first) if box.contains(x, y)), None)
