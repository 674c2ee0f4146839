"""Catches exceptions in paint methods, so that they do not crash the program.

If an exception leaves a ``paint`` method, PySide goes on painting with the exception pending, and the process crashes.
The process also crashes if the painter is still active when the exception leaves the method. Exceptions are therefore
caught in the paint methods, and passed to ``sys.excepthook`` after the painting.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, QTimer
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from sslviz.window.style.theme import theme

ABOVE_PX = 12
"""Pixels by which a tooltip is asked for above the place where it is to be: Qt puts it as much below the place."""


class PaintedWidget(QWidget):
    """Base class of widgets that paint themselves: a subclass draws in :meth:`paint`, not in Qt's ``paintEvent``.

    The base class calls :meth:`paint` from ``paintEvent`` and catches its exceptions. It shows tooltips below what they
    explain, so that they do not cover it.

    It also enlarges all that is painted with the text. A subclass need not know: its width and height, what it paints
    and the positions of mouse events are in pixels at the usual text size. Only sizes that it gives to Qt, such as its
    minimum size, are in real pixels (see :mod:`sslviz.window.style.sizes`).
    """

    def __init__(self) -> None:
        super().__init__()
        self._scale = theme().scale
        theme().changed.connect(self._follow_text)

    def paint(self, painter: QPainter) -> None:
        """Draw the whole widget. An exception in this method disables the panel of the widget, but no other panel."""
        raise NotImplementedError

    def tip_at(self, place: QPoint) -> tuple[str, QRect]:
        """Return the tooltip for a place in the widget, and the part of the widget that it explains.

        By default, these are the tooltip of the widget and the whole widget.
        """
        return self.toolTip(), self.rect()

    def width(self) -> int:
        return _whole(super().width() / self._scale)

    def height(self) -> int:
        return _whole(super().height() / self._scale)

    def rect(self) -> QRect:
        return QRect(0, 0, self.width(), self.height())

    def seen(self) -> QRect:
        """Return the rectangle around what is visible of the widget; it is empty if nothing is."""
        return _scaled(self.visibleRegion().boundingRect(), 1 / self._scale)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.pos())
            return True
        if isinstance(event, QMouseEvent) and self._scale != 1.0:
            return self._take_mouse(event)
        return super().event(event)

    def _show_tip(self, place: QPoint) -> None:
        text, area = self.tip_at(place / self._scale)
        area = _scaled(area, self._scale)
        QToolTip.showText(self.mapToGlobal(area.bottomLeft() - QPoint(0, ABOVE_PX)), text, self, area)

    def _take_mouse(self, event: QMouseEvent) -> bool:
        """Handle a copy of a mouse event whose position is in pixels at the usual text size."""
        scene, screen, buttons = event.scenePosition(), event.globalPosition(), (event.button(), event.buttons())
        place, keys, device = event.position() / self._scale, event.modifiers(), event.pointingDevice()
        copy = QMouseEvent(event.type(), place, scene, screen, *buttons, keys, device)
        handled = super().event(copy)
        event.setAccepted(copy.isAccepted())
        return handled

    def _follow_text(self) -> None:
        """Take on a new text size: to the subclass, the widget has another size from now on."""
        if self._scale != theme().scale:
            self._scale = theme().scale
            QApplication.sendEvent(self, QResizeEvent(self.size(), QSize()))
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.scale(self._scale, self._scale)
        try:
            self.paint(painter)
        except Exception as error:
            _report_later(error)
        finally:
            painter.end()


def _whole(size: float) -> int:
    return int(size + 1e-6)  # a rounding error makes no pixel less


def _scaled(area: QRect, scale: float) -> QRect:
    return QRect(area.topLeft() * scale, area.size() * scale)


def contain_errors_of_items() -> None:
    """Make all graphics items of pyqtgraph catch the exceptions of their paint methods; to be called once.

    The exceptions are passed to ``sys.excepthook`` after the painting. All subclasses of ``pg.GraphicsItem`` are
    changed, also those of this program and of plug-ins: existing ones at the call, all others when they are defined.
    """
    for item_type in set(_subclasses_of(pg.GraphicsItem)):
        _contain_errors_of(item_type)
    pg.GraphicsItem.__init_subclass__ = classmethod(_init_subclass)


def _init_subclass(item_type: type) -> None:
    super(pg.GraphicsItem, item_type).__init_subclass__()
    _contain_errors_of(item_type)


def _contain_errors_of(item_type: type) -> None:
    if "paint" in vars(item_type):
        setattr(item_type, "paint", _contained(vars(item_type)["paint"]))  # noqa: B010


def _contained(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def paint(self: object, *arguments: object) -> None:
        try:
            original(self, *arguments)
        except Exception as error:
            _report_later(error)

    return paint


def _report_later(error: Exception) -> None:
    QTimer.singleShot(0, lambda: sys.excepthook(type(error), error, error.__traceback__))


def _subclasses_of(base: type) -> Iterator[type]:
    subclasses: list[type] = base.__subclasses__()
    for subclass in subclasses:
        yield subclass
        yield from _subclasses_of(subclass)
