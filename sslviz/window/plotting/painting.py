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
from PySide6.QtCore import QEvent, QPoint, QRect, QTimer
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

ABOVE_PX = 12
"""Pixels by which a tooltip is asked for above the place where it is to be: Qt puts it as much below the place."""


class PaintedWidget(QWidget):
    """Base class of widgets that paint themselves: a subclass draws in :meth:`paint`, not in Qt's ``paintEvent``.

    The base class calls :meth:`paint` from ``paintEvent`` and catches its exceptions. It shows tooltips below what they
    explain, so that they do not cover it.
    """

    def paint(self, painter: QPainter) -> None:
        """Draw the whole widget. An exception in this method disables the panel of the widget, but no other panel."""
        raise NotImplementedError

    def tip_at(self, place: QPoint) -> tuple[str, QRect]:
        """Return the tooltip for a place in the widget, and the part of the widget that it explains.

        By default, these are the tooltip of the widget and the whole widget.
        """
        return self.toolTip(), self.rect()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text, area = self.tip_at(event.pos())
            QToolTip.showText(self.mapToGlobal(area.bottomLeft() - QPoint(0, ABOVE_PX)), text, self, area)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self.paint(painter)
        except Exception as error:
            _report_later(error)
        finally:
            painter.end()


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
