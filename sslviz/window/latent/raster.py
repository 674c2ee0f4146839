"""Very many points as one image, each a few pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

Points = npt.NDArray[np.float32]
Colours = npt.NDArray[np.uint8]
NONE: Points = np.empty((0, 2), np.float32)
NO_COLOURS: Colours = np.empty((0, 3), np.uint8)
SIDE, ROUND = 3, 5
"""px of a point; from so many on its corners are left out"""


class Raster(pg.GraphicsObject):  # type: ignore[misc]
    """Points float32[n, 2] in colours uint8[n, 3]; some may step back, and lie below the others."""

    def __init__(self) -> None:
        super().__init__()
        self._xy, self._colours = NONE, np.empty((0, 3), np.uint8)
        self._back = np.empty(0, bool)
        self._opacity = 1.0
        self._by_height = self._order = np.empty(0, np.intp)
        self._laid = NONE.T
        self._values = np.empty(0, np.uint32)
        self._bounds = QRectF()
        self._drawn: tuple[object, QImage] | None = None

    @property
    def on(self) -> bool:
        """Whether it has any points."""
        return len(self._xy) > 0

    def show_points(self, xy: Points, colours: Colours) -> None:
        """Other points, all of them in front."""
        self._colours, self._back = colours, np.zeros(len(xy), bool)
        self.move(xy)

    def recolour(self, colours: Colours) -> None:
        """The same points in other colours."""
        self._colours = colours
        self._lay()

    def move(self, xy: Points) -> None:
        """The same points elsewhere."""
        self.prepareGeometryChange()
        self._xy = xy
        self._bounds = bounds(xy)
        self._by_height = np.argsort(xy[:, 1])
        self._lay()

    def step_back(self, back: npt.NDArray[np.bool_], opacity: float) -> None:
        """Let these be seen through, the others not."""
        self._back, self._opacity = back, opacity
        self._lay()

    def _lay(self) -> None:
        """Which is drawn when, and in what colour: those that have stepped back first, each row by row, which is
        quicker than at random and puts no class above all others.
        """
        self._order = self._by_height[np.argsort(~self._back[self._by_height], kind="stable")]
        self._laid = np.ascontiguousarray(self._xy[self._order].T)
        self._values = packed(self._colours, np.where(self._back, self._opacity, 1.0))[self._order]
        self._drawn = None
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if not len(self._xy):
            return
        transform, ratio = painter.deviceTransform(), painter.device().devicePixelRatioF()
        area = transform.mapRect(self.getViewBox().viewRect()).toAlignedRect()
        key = (transform, area)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, self._image(transform, area, max(1, round(SIDE * ratio))))
        painter.save()
        painter.resetTransform()  # what is left of it leads to the widget's place in a picture of several
        beneath, _ = painter.deviceTransform().inverted()
        painter.drawImage(beneath.mapRect(QRectF(area)), self._drawn[1])
        painter.restore()

    def _image(self, transform: QTransform, area: QRect, side: int) -> QImage:
        """What is seen in an area of the device."""
        width, height = area.width(), area.height()
        x, y = self._laid
        column = np.rint(np.clip(x * transform.m11() + (transform.dx() - area.left() - side / 2), -9, 1e5))
        row = np.rint(np.clip(y * transform.m22() + (transform.dy() - area.top() - side / 2), -9, 1e5))
        there = (column >= 0) & (row >= 0) & (column <= width - side) & (row <= height - side)
        places = row[there].astype(np.intp) * width + column[there].astype(np.intp)
        values = self._values[there]
        pixels = np.zeros(width * height, np.uint32)
        for down in range(side):
            for across in range(side):
                if side < ROUND or down % (side - 1) or across % (side - 1):
                    pixels[places + (down * width + across)] = values
        return QImage(pixels.tobytes(), width, height, QImage.Format.Format_ARGB32_Premultiplied).copy()


def bounds(xy: Points) -> QRectF:
    """Around all points, with room for their size."""
    if not len(xy):
        return QRectF()
    (left, top), (right, bottom) = xy.min(0).tolist(), xy.max(0).tolist()
    room = 0.02 * max(right - left, bottom - top, 1e-6)
    return QRectF(left, top, right - left, bottom - top).adjusted(-room, -room, room, room)


def packed(colours: Colours, opacity: npt.NDArray[np.floating]) -> npt.NDArray[np.uint32]:
    """uint32[n], premultiplied ARGB of uint8[n, 3] and of how far each hides what lies below it, 0…1."""
    red, green, blue = np.rint(colours.T * opacity).astype(np.uint32)
    found: npt.NDArray[np.uint32] = np.rint(opacity * 255).astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return found
