"""Makes a picture of a widget for a file: an SVG, or an image with at least two pixels per logical pixel of Qt.

The widget looks as on the screen, but lines and points are smoother, and controls that do not belong in an image are
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsItem, QLabel, QStyleOptionGraphicsItem, QWidget

from sslviz.window.plotting.svg import finished
from sslviz.window.style.theme import theme

MIN_RATIO = 2.0
"""Minimum number of image pixels per logical pixel of Qt, along each axis."""
DOTS_PER_INCH = 96
"""Resolution of a screen, for the size of the image in a text processor."""
ON_SCREEN_ONLY = "on-screen-only"
"""Name of a property of widgets: those in which it is True are not drawn for export, and their place stays empty."""
IN_PICTURES = "in-pictures"
"""Name of a property of labels: the text that is drawn for export in place of the text on the screen."""
FRONT = 1e9
"""z value of an item in front of all others."""


def picture(widget: QWidget) -> QImage:
    """Return an image of the widget: at least two pixels wide and high for each logical pixel of Qt.

    It has an alpha channel if the surface of the palette is transparent.
    """
    ratio = max(MIN_RATIO, widget.devicePixelRatioF())
    opaque = QColor(theme().palette.surface).alpha() == 255
    image = QImage(widget.size() * ratio, QImage.Format.Format_RGB32 if opaque else QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    with drawn_for_export(widget, ratio):
        _paint(widget, painter)
    painter.end()
    dots = round(DOTS_PER_INCH * ratio / 0.0254)  # a text processor inserts the image as large as on the screen
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    return image


def frame(widget: QWidget, size: QSize, ratio: float) -> QImage:
    """Return an image of the widget in ``size`` pixels, ``ratio`` of which are drawn for each logical pixel of Qt.

    To be called within :func:`drawn_for_export`, once for each frame of a film.
    """
    image = QImage(size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    _paint(widget, painter)
    painter.end()
    return image


def svg(widget: QWidget) -> bytes:
    """Return an SVG of the widget, as large as on the screen: lines and points are shapes, text stays text.

    What is drawn as an image stays an image, such as a similarity matrix and the points of a very large map.
    """
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    with drawn_for_export(widget, 1.0), _bracketed(widget) as (word, areas):
        painter = QPainter(generator)
        _paint(widget, painter)
        painter.end()
    return finished(bytes(buffer.data().data()).decode(), word, areas).encode()


def _paint(widget: QWidget, painter: QPainter) -> None:
    painter.fillRect(widget.rect(), QColor(theme().palette.surface))
    widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


@contextmanager
def drawn_for_export(widget: QWidget, ratio: float) -> Iterator[None]:
    """Change how the plots of the widget draw while the context is active, and restore the plots afterwards.

    On a screen, plots draw lines segment by segment and points from cached images, since this is faster; for export,
    smooth shapes are drawn instead. The widths of pens are in pixels of the image and are therefore multiplied by
    ``ratio``. The frame that marks the keyboard focus is hidden, and so are controls that do not belong in an image.
    """
    with ExitStack() as undo:
        _hide_controls(widget, undo)
        _leave_out_what_passes(widget, undo)
        for view in widget.findChildren(pg.GraphicsView):
            for item in view.scene().items():
                if isinstance(item, pg.PlotCurveItem):
                    undo.callback(item.setSegmentedLineMode, item.opts["segmentedLineMode"])
                    item.setSegmentedLineMode("off")
                if (pen := _pen_of(item)) is not None:
                    undo.callback(item.setPen, pen)
                    item.setPen(_thicker(pen, ratio))
                if isinstance(item, pg.GraphicsItem):
                    undo.callback(item.setExportMode, False)
                    item.setExportMode(True, {"antialias": True})
        yield


def _hide_controls(widget: QWidget, undo: ExitStack) -> None:
    """Hide the frame that marks the keyboard focus, and the controls that do not belong in an image.

    They are shown again when the context of ``undo`` ends.
    """
    focus = QApplication.focusWidget()
    if focus is not None and widget.isAncestorOf(focus):
        undo.callback(focus.setFocus)
        focus.clearFocus()
    for part in widget.findChildren(QWidget):
        if part.property(ON_SCREEN_ONLY) and not part.isHidden():
            undo.callback(part.show)
            part.hide()


def _leave_out_what_passes(widget: QWidget, undo: ExitStack) -> None:
    """Give labels the texts that they have in pictures (see :data:`IN_PICTURES`) until the context of ``undo`` ends."""
    for part in widget.findChildren(QLabel):
        if (text := part.property(IN_PICTURES)) is not None:
            undo.callback(part.setText, part.text())
            part.setText(text)


def _pen_of(item: QGraphicsItem) -> QPen | None:
    pen: QPen | None = None
    if isinstance(item, pg.PlotCurveItem | pg.ScatterPlotItem):
        pen = item.opts["pen"]
    elif isinstance(item, pg.InfiniteLine):
        pen = item.pen
    elif isinstance(item, pg.AxisItem):
        pen = item.pen()
    return pen


def _thicker(pen: QPen, ratio: float) -> QPen:
    result = QPen(pen)
    result.setWidthF(pen.widthF() * ratio)
    return result


class _Word(QGraphicsItem):
    """An item that draws the text ``word``, which marks in the SVG where the data of a plot begin or end.

    :func:`finished` looks for this text and removes it. Items are drawn in the order of their ``z`` values: with a low
    value, the text is drawn before the data, with a high one after them.
    """

    def __init__(self, view: pg.ViewBox, word: str, z: float) -> None:
        super().__init__(view.childGroup)
        self._area, self._word = QRectF(view.viewRect()), word
        self.setZValue(z)

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.resetTransform()
        painter.setPen(Qt.GlobalColor.black)
        painter.drawText(0, 0, self._word)


@contextmanager
def _bracketed(widget: QWidget) -> Iterator[tuple[str, list[QRect]]]:
    """While the context is active, each plot of the widget draws one text before its data and another after them.

    The texts mark in the SVG where the data begin and end: :func:`finished` clips what is between them to the area of
    the plot, and removes them. The context manager returns what :func:`finished` needs: ``word``, with which all these
    texts begin, and a list with the area of each plot's data, in pixels of the widget.
    """
    key, areas = uuid4().hex, list[QRect]()
    with ExitStack() as undo:
        for plot in widget.findChildren(pg.PlotWidget):
            box = plot.getViewBox()
            area = plot.mapFromScene(box.sceneBoundingRect()).boundingRect()
            for end, z in (("begin", -FRONT), ("end", FRONT)):
                undo.callback(plot.scene().removeItem, _Word(box, f"{key}-{len(areas)}-{end}", z))
            areas.append(QRect(plot.mapTo(widget, area.topLeft()), area.size()))
        yield key, areas
