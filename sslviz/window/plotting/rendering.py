"""A widget as a picture in twice the screen's pixels, or as a drawing in shapes and text; both are its own painting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from sslviz.window.plotting.svg import finished
from sslviz.window.style.theme import theme

LEAST_RATIO = 2.0
DOTS_PER_INCH = 96
FRONT = 1e9


def picture(widget: QWidget) -> QImage:
    """What the widget shows, in at least two pixels for each of the screen's."""
    ratio = max(LEAST_RATIO, widget.devicePixelRatioF())
    image = QImage(widget.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    with _drawn_for_export(widget, ratio):
        _paint(widget, painter)
    painter.end()
    dots = round(DOTS_PER_INCH * ratio / 0.0254)  # a text processor inserts it as large as it was
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    return image


def svg(widget: QWidget) -> bytes:
    """What the widget shows as a drawing: lines and points are shapes, text is text; as large as on the screen."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    with _drawn_for_export(widget, 1.0), _bracketed(widget) as (word, areas):
        painter = QPainter(generator)
        _paint(widget, painter)
        painter.end()
    return finished(bytes(buffer.data().data()).decode(), word, areas).encode()


def _paint(widget: QWidget, painter: QPainter) -> None:
    painter.fillRect(widget.rect(), QColor(theme().palette.surface))
    widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


@contextmanager
def _drawn_for_export(widget: QWidget, ratio: float) -> Iterator[None]:
    """Plots draw smooth shapes, not what is quick on a screen: segments of lines, stamped points.

    Their pens count in the picture's pixels, so they become thicker by ``ratio``. No frame tells where the focus is.
    """
    with ExitStack() as undo:
        focus = QApplication.focusWidget()
        if focus is not None and widget.isAncestorOf(focus):
            undo.callback(focus.setFocus)
            focus.clearFocus()
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
    """Leaves a word in the drawing, in front of or behind all else in a plot's data."""

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
    """Put words around the data of every plot, to be cut there; gives what they begin with, and where the data are."""
    key, areas = uuid4().hex, list[QRect]()
    with ExitStack() as undo:
        for plot in widget.findChildren(pg.PlotWidget):
            box = plot.getViewBox()
            area = plot.mapFromScene(box.sceneBoundingRect()).boundingRect()
            for end, z in (("begin", -FRONT), ("end", FRONT)):
                undo.callback(plot.scene().removeItem, _Word(box, f"{key}-{len(areas)}-{end}", z))
            areas.append(QRect(plot.mapTo(widget, area.topLeft()), area.size()))
        yield key, areas
