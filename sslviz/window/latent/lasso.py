"""The lasso: a closed line that the user draws around points with the mouse, freehand or as a rectangle."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import theme

Shape = Literal["lasso", "rectangle"]
Corners = npt.NDArray[np.float64]
CLICK_PX, STEP_PX = 4, 5
"""Distances in pixels: a drag shorter than ``CLICK_PX`` is a click; consecutive corners of a freehand line are at
least ``STEP_PX`` apart, since each corner costs 0.15 ms with 50,000 points."""
Z = 20
FILL_ALPHA, LINE_WIDTH = 30, 1.5


class Lasso(QObject):
    """Draws a lasso over a plot while the mouse is dragged: freehand with Shift, a rectangle with Ctrl and Shift.

    A drag without Shift draws what ``shape`` says: "lasso" for freehand, or "rectangle". If ``shape`` is None, a drag
    without Shift draws nothing; the plot then reacts to the drag, for instance by moving its visible range.
    """

    drawn = Signal(object)
    """Emitted with the corners of the line, float64[n, 2], in the units of the plot.

    A click emits the plot's signal ``pressed`` instead."""

    def __init__(self, plot: Plot, shape: Shape | None = None) -> None:
        super().__init__(plot)
        self._plot = plot
        self.shape = shape
        self._drawing: Shape | None = None
        self._line: list[QPointF] = []
        self._item = QGraphicsPathItem()
        self._item.setZValue(Z)
        self._item.hide()
        plot.scene().addItem(self._item)
        plot.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QMouseEvent):
            return False
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            return self._begin(event)
        if self._drawing and event.type() == QEvent.Type.MouseMove:
            self._extend(event.position())
            return True
        if self._drawing and event.type() == QEvent.Type.MouseButtonRelease:
            self._end()
            return True
        return False

    def _begin(self, event: QMouseEvent) -> bool:
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        self._drawing = ("rectangle" if control else "lasso") if shift else self.shape
        if self._drawing is None:
            return False
        self._plot.setFocus(Qt.FocusReason.MouseFocusReason)
        self._line = [event.position()]
        return True

    def _extend(self, place: QPointF) -> None:
        if self._drawing == "rectangle":
            start = self._line[0]
            self._line = [start, QPointF(place.x(), start.y()), place, QPointF(start.x(), place.y())]
        elif (place - self._line[-1]).manhattanLength() >= STEP_PX:
            self._line.append(place)
        self._show_line()

    def _show_line(self) -> None:
        path = QPainterPath()
        path.addPolygon([self._in_scene(each) for each in self._line])
        path.closeSubpath()
        fill = QColor(theme().palette.accent)
        self._item.setPen(pen(theme().palette.accent, LINE_WIDTH))
        fill.setAlpha(FILL_ALPHA)
        self._item.setBrush(fill)
        self._item.setPath(path)
        self._item.show()

    def _end(self) -> None:
        self._drawing = None
        self._item.hide()
        view = self._plot.getViewBox()
        corners = [view.mapSceneToView(self._in_scene(place)) for place in self._line]
        start = self._line[0]
        if max((place - start).manhattanLength() for place in self._line) < CLICK_PX:
            self._plot.pressed.emit(corners[0].x(), corners[0].y())
            return
        self.drawn.emit(np.array([[corner.x(), corner.y()] for corner in corners]))

    def _in_scene(self, place: QPointF) -> QPointF:
        scene: QPointF = self._plot.mapToScene(place.toPoint())
        return scene


def inside(xy: npt.NDArray[np.floating], corners: Corners) -> npt.NDArray[np.bool_]:
    """Return which points ``xy`` float[n, 2] lie in the polygon ``corners`` float[m, 2] (even-odd rule), bool[n]."""
    x, y = xy[:, 0], xy[:, 1]
    result = np.zeros(len(xy), bool)
    in_bounds = (
        (x >= corners[:, 0].min())
        & (x <= corners[:, 0].max())
        & (y >= corners[:, 1].min())
        & (y <= corners[:, 1].max())
    )
    candidates = np.flatnonzero(in_bounds)
    candidates = candidates[np.argsort(y[candidates])]  # so that each edge is compared only with points at its height
    x, y, odd = x[candidates], y[candidates], np.zeros(len(candidates), bool)
    ends = np.roll(corners, -1, axis=0)
    heights = np.searchsorted(y, np.sort(np.stack([corners[:, 1], ends[:, 1]], axis=1), axis=1))
    for (x1, y1), (x2, y2), (low, high) in zip(corners, ends, heights.tolist(), strict=True):
        if low < high:
            odd[low:high] ^= x[low:high] < (x2 - x1) * (y[low:high] - y1) / (y2 - y1) + x1
    result[candidates] = odd
    return result
