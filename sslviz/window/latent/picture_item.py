"""Draws points of the map as small pictures of their samples."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from sslviz.window.latent.cloud import FADED, MAX_OUTLINED, PointCloud
from sslviz.window.latent.picture_sheet import Images, PictureSheet, Places
from sslviz.window.latent.points import NO_INDICES, Indices
from sslviz.window.latent.raster import NO_COLOURS, pixel_ratio
from sslviz.window.style.theme import theme

Z = 1.5
"""Z value of the pictures: above the trails, below the names of classes and the rings."""
PINNED_PX, SELECTED_PX, NEIGHBOUR_PX = 3, 2, 1
"""Widths of the lines around the pictures of the pinned sample, of a few selected ones and of neighbours, in pixels."""
SVG_RATIO, MAX_SVG_PIXELS = 2.0, 500_000
"""Pixels of the image in an SVG per pixel of the plot, along each axis, unless it would have more than
``MAX_SVG_PIXELS`` pixels: even of photographs, the file then stays below 3 MB."""


class PictureItem(pg.GraphicsObject):  # type: ignore[misc]
    """Draws some points of ``cloud`` as pictures, all of the same size whatever the zoom, and faded if the points are.

    The border of a picture has the colour of the point.
    """

    def __init__(self, cloud: PointCloud) -> None:
        super().__init__()
        self.setZValue(Z)
        self._cloud = cloud
        self.indices: Indices = NO_INDICES
        """Indices of the points that have a picture."""
        self.side = 0
        """Size of the pictures, see :meth:`PictureSheet.size`, in pixels."""
        self._pinned: Indices = NO_INDICES
        self._neighbours: Indices = NO_INDICES
        self._sheet: PictureSheet | None = None
        self._colours = NO_COLOURS
        cloud.moved.connect(self.update)

    def show_pictures(self, images: Images, indices: Indices, side: int) -> None:
        """Draw the points ``indices`` as pictures with this :attr:`side`, and borders in the present colours.

        ``images``, uint8[n, h, w, 3], holds an image for each point of the map.
        """
        if self._sheet is None or not np.array_equal(indices, self.indices):
            self._sheet = PictureSheet(images[indices])
        self.indices, self.side = indices, side
        self._colours = self._cloud.colours[indices]
        self.update()

    def clear(self) -> None:
        """Draw no pictures, and free the memory that they take."""
        self._sheet, self.indices, self.side = None, NO_INDICES, 0
        self.update()

    def mark(self, pinned: int | None, neighbours: Indices) -> None:
        """Outline the pictures of the sample ``pinned``, if any, and of its ``neighbours``, in front of all others."""
        self._pinned = NO_INDICES if pinned is None else np.array([pinned])
        self._neighbours = neighbours
        self.update()

    def size(self, ratio: float = 1.0) -> tuple[int, int]:
        """Return width and height of each picture in pixels, of which there are ``ratio`` per logical pixel of Qt."""
        return self._sheet.size(self.side * ratio) if self._sheet is not None else (0, 0)

    def at(self, x: float, y: float) -> int | None:
        """Return the index of the point whose picture is seen at a position of the map, or None if there is none."""
        reach = np.array(self.size()) / 2 * self.getViewBox().viewPixelSize()
        offsets = np.abs(self._cloud.xy[self.indices] - np.array((x, y)))
        hit = self.indices[(offsets <= reach).all(axis=1)]
        return int(hit[np.argsort(self._depths()[hit], kind="stable")[-1]]) if len(hit) else None

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        if self._sheet is None:
            return
        to_device = painter.deviceTransform()
        painter.save()
        painter.resetTransform()  # keeps the offset of the widget in an image of several widgets
        to_painter, _ = painter.deviceTransform().inverted()
        if painter.paintEngine().type() == QPaintEngine.Type.SVG:
            self._paint_image(painter, self._sheet, to_device, to_painter)
        else:
            painter.setTransform(to_painter)
            self._draw(painter, self._sheet, to_device, pixel_ratio(self.getViewBox(), to_device))
        painter.restore()

    def _paint_image(
        self, painter: QPainter, sheet: PictureSheet, to_device: QTransform, to_painter: QTransform
    ) -> None:
        """Paint all pictures as one image: as images of their own they would make the SVG very large."""
        area = to_device.mapRect(self.viewRect())
        ratio = min(SVG_RATIO, math.sqrt(MAX_SVG_PIXELS / max(area.width() * area.height(), 1)))
        image = QImage((area.size() * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        inner = QPainter(image)
        try:
            to_image = (
                to_device * QTransform.fromTranslate(-area.left(), -area.top()) * QTransform.fromScale(ratio, ratio)
            )
            self._draw(inner, sheet, to_image, ratio)
        finally:
            inner.end()  # the process would crash if the image were deleted before
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)  # no pixels as sharp cells, see svg.py
        painter.drawImage(to_painter.mapRect(area), image)

    def _draw(self, painter: QPainter, sheet: PictureSheet, to_device: QTransform, ratio: float) -> None:
        """Draw the pictures with a painter whose unit is a pixel of the device; ``ratio`` of them are a pixel of Qt."""
        widths = self._outline_widths()
        order = np.argsort(self._depths()[self.indices], kind="stable")
        places = self._cloud.xy[self.indices[order]] * (to_device.m11(), to_device.m22())
        places += (to_device.dx(), to_device.dy())
        seen = self._seen(places, to_device.mapRect(self.viewRect()), ratio)
        order, places = order[seen], places[seen]
        outlines = widths[self.indices[order]] * ratio
        opacity = np.where(self._cloud.faded[self.indices[order]], FADED, 1.0)
        draw = partial(sheet.draw, painter, side=self.side * ratio, colours=self._colours)
        plain = outlines == 0
        draw(order[plain], places[plain], opacity=opacity[plain])
        for each in np.flatnonzero(~plain):
            self._fill(painter, places[each], outlines[each], ratio)
            draw(order[each : each + 1], places[each : each + 1], opacity=np.ones(1))

    def _seen(self, places: Places, area: QRectF, ratio: float) -> npt.NDArray[np.bool_]:
        """Return for which places some of the picture is in the area."""
        margin = np.array(self.size(ratio)) / 2
        low = np.array((area.left(), area.top())) - margin
        high = np.array((area.right(), area.bottom())) + margin
        return np.asarray(((places > low) & (places < high)).all(axis=1))

    def _fill(self, painter: QPainter, place: Places, outline: float, ratio: float) -> None:
        """Fill the area of a picture and its outline in the colour of the outline; the picture is then drawn above."""
        size = np.array(self.size(ratio))
        left, top = np.rint(place - size / 2) - outline
        width, height = size + 2 * outline
        painter.fillRect(QRectF(left, top, width, height), QColor(theme().palette.text))

    def _outline_widths(self) -> npt.NDArray[np.floating]:
        """Return the width of the outline of each point's picture in pixels, float[n]; 0 if it has none."""
        widths = np.zeros(len(self._cloud.xy))
        selected = self._cloud.selected if len(self._cloud.selected) <= MAX_OUTLINED else NO_INDICES
        for indices, width in ((self._neighbours, NEIGHBOUR_PX), (selected, SELECTED_PX), (self._pinned, PINNED_PX)):
            widths[indices[indices < len(widths)]] = width
        return widths

    def _depths(self) -> npt.NDArray[np.int_]:
        """Return numbers by which the pictures of the n points are drawn: those with low numbers first, int[n].

        First come faded ones, then most others, selected ones, neighbours of the pinned sample, and last this sample.
        """
        depths = np.where(self._cloud.faded, 0, 1)
        for depth, indices in enumerate((self._cloud.selected, self._neighbours, self._pinned), 2):
            depths[indices[indices < len(depths)]] = depth
        return depths
