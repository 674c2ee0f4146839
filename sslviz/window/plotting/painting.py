"""Errors kept inside of painting.

PySide goes on painting with an error pending when one leaves a ``paint``, and the process crashes; a painter that is
still open then does the same. So errors are caught where they arise, and reach ``sys.excepthook`` when all is painted.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator

import pyqtgraph as pg
from PySide6.QtCore import QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class PaintedWidget(QWidget):
    """A widget that paints itself: subclasses implement :meth:`paint`."""

    def paint(self, painter: QPainter) -> None:
        """Draw everything; an error disables the panel and nothing else."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self.paint(painter)
        except Exception as error:
            _tell_later(error)
        finally:
            painter.end()


def contain_errors_of_items() -> None:
    """Once, for every kind of item pyqtgraph has."""
    for kind in set(_kinds_of(pg.GraphicsItem)):
        if "paint" in vars(kind):
            setattr(kind, "paint", _contained(vars(kind)["paint"]))  # noqa: B010


def _contained(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def paint(self: object, *arguments: object) -> None:
        try:
            original(self, *arguments)
        except Exception as error:
            _tell_later(error)

    return paint


def _tell_later(error: Exception) -> None:
    QTimer.singleShot(0, lambda: sys.excepthook(type(error), error, error.__traceback__))


def _kinds_of(base: type) -> Iterator[type]:
    kinds: list[type] = base.__subclasses__()
    for kind in kinds:
        yield kind
        yield from _kinds_of(kind)
