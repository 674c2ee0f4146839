"""An image that draws very many points, each as a square of a few pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from sslviz.window.latent.points import NO_POINTS, Points

Colours = npt.NDArray[np.uint8]
NO_COLOURS: Colours = np.empty((0, 3), np.uint8)
SIDE, ROUND = 3, 5
"""Side of a point, in pixels; minimum side, in device pixels, at which the corners of points are cut off."""


class Raster(pg.GraphicsObject):  # type: ignore[misc]
    """Draws n points as one image. Some of the points can be faded: drawn with less opacity, below all others.

    In all methods, the positions ``xy`` of the points are float32[n, 2], in the units of the map, and their
    ``colours`` are uint8[n, 3], in RGB.
    """

    def __init__(self) -> None:
        super().__init__()
        self.xy: Points = NO_POINTS
        self._colours: Colours = NO_COLOURS
        self.faded: npt.NDArray[np.bool_] = np.empty(0, bool)
        self.faded_opacity = 1.0
        """Opacity of faded points, from 0 to 1."""
        self._by_height = self._order = np.empty(0, np.intp)
        self._ordered = NO_POINTS.T
        self._values = np.empty(0, np.uint32)
        self._bounds = QRectF()
        self._cached: tuple[object, QImage] | None = None

    @property
    def on(self) -> bool:
        """Whether there are points to draw in the image; False while the map draws its points in another way."""
        return len(self.xy) > 0

    def show_points(self, xy: Points, colours: Colours) -> None:
        """Replace all points and their colours; no point is faded afterwards."""
        self._colours, self.faded = colours, np.zeros(len(xy), bool)
        self.move(xy)

    def recolour(self, colours: Colours) -> None:
        """Show the same points in other colours."""
        self._colours = colours
        self._update_order()

    def move(self, xy: Points) -> None:
        """Show the same points at other positions."""
        self.prepareGeometryChange()
        self.xy = xy
        self._bounds = bounds(xy)
        self._by_height = np.argsort(xy[:, 1])
        self._update_order()

    def fade(self, faded: npt.NDArray[np.bool_], opacity: float) -> None:
        """Draw the points in the mask ``faded``, bool[n], with ``opacity``, from 0 to 1, and all others opaque."""
        self.faded, self.faded_opacity = faded, opacity
        self._update_order()

    def _update_order(self) -> None:
        """Sort the points into the order in which they are drawn: first the faded points, then all others.

        Within either group, points are sorted by their vertical position. This is quicker than a random order, as the
        pixels are written row by row. It is also better than drawing class by class, where the last class would cover
        the others.
        """
        self._order = self._by_height[np.argsort(~self.faded[self._by_height], kind="stable")]
        self._ordered = np.ascontiguousarray(self.xy[self._order].T)
        self._values = packed(self._colours, np.where(self.faded, self.faded_opacity, 1.0))[self._order]
        self._cached = None
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if not len(self.xy):
            return
        transform = painter.deviceTransform()
        ratio = pixel_ratio(self.getViewBox(), transform)
        area = transform.mapRect(self.getViewBox().viewRect()).toAlignedRect()
        key = (transform, area)
        if self._cached is None or self._cached[0] != key:
            self._cached = (key, self.image(transform, area, max(1, round(SIDE * ratio))))
        painter.save()
        painter.resetTransform()  # keeps the offset of the widget in an image of several widgets
        to_painter, _ = painter.deviceTransform().inverted()
        painter.drawImage(to_painter.mapRect(QRectF(area)), self._cached[1])
        painter.restore()

    def image(self, transform: QTransform, area: QRect, side: int) -> QImage:
        """Return the image that :meth:`paint` draws in ``area``, which is in device pixels.

        ``transform`` maps positions on the map to device pixels; ``side`` is the side of a point, in device pixels.
        """
        width, height = area.width(), area.height()
        x, y = self._ordered
        column = np.rint(np.clip(x * transform.m11() + (transform.dx() - area.left() - side / 2), -9, 1e5))
        row = np.rint(np.clip(y * transform.m22() + (transform.dy() - area.top() - side / 2), -9, 1e5))
        visible = (column >= 0) & (row >= 0) & (column <= width - side) & (row <= height - side)
        places = row[visible].astype(np.intp) * width + column[visible].astype(np.intp)
        values = self._values[visible]
        pixels = np.zeros(width * height, np.uint32)
        for down in range(side):
            for across in range(side):
                if side < ROUND or down % (side - 1) or across % (side - 1):
                    pixels[places + (down * width + across)] = values
        return QImage(pixels.tobytes(), width, height, QImage.Format.Format_ARGB32_Premultiplied).copy()


def pixel_ratio(view: pg.ViewBox, transform: QTransform) -> float:
    """Return the number of device pixels per pixel of ``view``, for a ``transform`` from its units to device pixels.

    The painter's device does not say so: in a picture of several widgets it is one of them.
    """
    return float(transform.m11() * view.viewPixelSize()[0])


def bounds(xy: Points) -> QRectF:
    """Return the bounding box of all points, with a margin for their size, in the units of the map."""
    if not len(xy):
        return QRectF()
    (left, top), (right, bottom) = xy.min(0).tolist(), xy.max(0).tolist()
    room = 0.02 * max(right - left, bottom - top, 1e-6)
    return QRectF(left, top, right - left, bottom - top).adjusted(-room, -room, room, room)


def packed(colours: Colours, opacity: npt.NDArray[np.floating]) -> npt.NDArray[np.uint32]:
    """Return premultiplied ARGB values, uint32[n], of RGB colours, uint8[n, 3], and opacities in [0, 1], float[n]."""
    red, green, blue = np.rint(colours.T * opacity).astype(np.uint32)
    argb: npt.NDArray[np.uint32] = np.rint(opacity * 255).astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return argb
