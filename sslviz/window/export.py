"""A panel as a picture in a file: PNG in twice the screen's pixels, SVG in shapes and text; both its own painting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from sslviz.core.run_folder import write_durably
from sslviz.window.images import to_png
from sslviz.window.svg import finished
from sslviz.window.table import Table, to_csv
from sslviz.window.theme import theme

LEAST_RATIO = 2.0
DOTS_PER_INCH = 96
FRONT = 1e9


class ExportError(Exception):
    """It could not be saved, and whatever was there is as it was; the text says why."""


def picture(widget: QWidget) -> QImage:
    """What the widget shows, in at least two pixels for each of the screen's."""
    ratio = max(LEAST_RATIO, widget.devicePixelRatioF())
    image = QImage(widget.size() * ratio, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    with _drawn_for_export(widget):
        _paint(widget, painter)
    painter.end()
    dots = round(DOTS_PER_INCH * ratio / 0.0254)  # a text processor inserts it as large as it was
    image.setDotsPerMeterX(dots)
    image.setDotsPerMeterY(dots)
    return image


def png(widget: QWidget) -> bytes:
    """:func:`picture` as a file's content."""
    return to_png(picture(widget))


def svg(widget: QWidget) -> bytes:
    """What the widget shows as a drawing: lines and points are shapes, text is text; as large as on the screen."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    with _drawn_for_export(widget), _bracketed(widget) as (word, areas):
        painter = QPainter(generator)
        _paint(widget, painter)
        painter.end()
    return finished(bytes(buffer.data().data()).decode(), word, areas).encode()


def save_picture(widget: QWidget, path: Path) -> None:
    """Write PNG or SVG, as the name ends. Raises ExportError."""
    make = {".png": png, ".svg": svg}.get(path.suffix.lower())
    if make is None:
        raise ExportError(f"Pictures are saved as .png or .svg, and {path.name} ends in neither.")
    _write(path, make(widget))


def save_table(table: Table, path: Path) -> None:
    """Write CSV. Raises ExportError."""
    _write(path, to_csv(table).encode())


def _write(path: Path, data: bytes) -> None:
    try:
        write_durably(path, data)
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror or error}.") from error


def _paint(widget: QWidget, painter: QPainter) -> None:
    painter.fillRect(widget.rect(), QColor(theme().palette.surface))
    widget.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)


@contextmanager
def _drawn_for_export(widget: QWidget) -> Iterator[None]:
    """Plots draw smooth shapes, not what is quick on a screen: pieces of lines, stamped points, a kept background."""
    with ExitStack() as undo:
        for view in widget.findChildren(pg.GraphicsView):
            undo.callback(view.setCacheMode, view.cacheMode())
            view.setCacheMode(view.CacheModeFlag.CacheNone)
            for item in view.scene().items():
                if isinstance(item, pg.PlotCurveItem):
                    undo.callback(item.setSegmentedLineMode, item.opts["segmentedLineMode"])
                    item.setSegmentedLineMode("off")
                if isinstance(item, pg.GraphicsItem):
                    undo.callback(item.setExportMode, False)
                    item.setExportMode(True, {"antialias": True})
        yield


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
