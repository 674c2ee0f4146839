"""Plots in the program's clothes, and the one place where data is made safe before pyqtgraph sees it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QCoreApplication, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QPen, QResizeEvent

from sslviz.window.plotting.painting import contain_errors_of_items
from sslviz.window.style.buttons import small_button
from sslviz.window.style.ownership import DeletedByQt
from sslviz.window.style.theme import small_font, theme

Floats = npt.NDArray[np.float64]
contain_errors_of_items()
TICK_APART_PX = 18
"""between two figures of an axis"""
LOG_STEPS = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,))
LARGEST = 1e30
"""Beyond it the painter's arithmetic overflows."""
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def clean(x: npt.NDArray[np.generic], y: npt.NDArray[np.generic]) -> tuple[Floats, Floats]:
    """Equal lengths, finite and drawable values only; both float64[n]."""
    length = min(len(x), len(y))
    steps, values = np.asarray(x[:length], float), np.asarray(y[:length], float)
    good = np.isfinite(steps) & np.isfinite(values) & (np.abs(values) < LARGEST)
    return steps[good], values[good]


def pen(colour: str, width: float = 1.0, alpha: int = 255, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen of the given colour, cosmetic: as wide in the units of any data, and counted in the device's pixels."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    result = QPen(shade, width, style)
    result.setCosmetic(True)
    return result


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose logarithmic ticks are few enough to be read: decades, and where these are few 2 and 5 of each."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:
        """pyqtgraph's, but for a logarithmic axis: it names all nine of each decade, one over the other."""
        if not self.logMode:
            found: list[tuple[float | None, list[float]]] = super().tickValues(minVal, maxVal, size)
            return found
        return [(None, log_ticks(minVal, maxVal, size))]

    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        return [f"{10**value:.2g}".replace("e-0", "e-") for value in values]


def log_ticks(low: float, high: float, size: float) -> list[float]:
    """Common logarithms between two of them, for an axis of so many px: the finest of some steps that has room."""
    room = max(size / TICK_APART_PX, 1.0)
    for each in LOG_STEPS:
        span = range(math.floor(low), math.ceil(high) + 1)
        found = [decade + math.log10(step) for decade in span for step in each]
        found = [tick for tick in found if low <= tick <= high]
        if len(found) <= room or each == LOG_STEPS[-1]:
            return found[:: max(1, math.ceil(len(found) / room))]
    return []


class SteadyRange:
    """A range that does not jump: it grows with room to spare and shrinks only when it has become far too wide."""

    def __init__(self, room: float = 0.08) -> None:
        self.room = room
        self._low = self._high = 0.0
        self._set = False

    def reset(self) -> None:
        """Forget; the next data sets it anew."""
        self._set = False

    def fit(self, low: float, high: float) -> tuple[float, float]:
        """The range to show for data between ``low`` and ``high``."""
        span = max(high - low, 1e-9, abs(high) * 1e-6)
        inside = self._set and self._low <= low and high <= self._high
        if not inside or span < 0.6 * (self._high - self._low):
            self._low, self._high = low - self.room * span, high + self.room * span
            self._set = True
        return self._low, self._high


class Plot(DeletedByQt, pg.PlotWidget):  # type: ignore[misc]
    """A plot with thin axes that follows the data until a person zooms; a double click or its button follows again."""

    hovered = Signal(float, float)
    left = Signal()
    """Nobody points at anything any more, by mouse or keys."""
    pressed = Signal(float, float)
    """Clicked there, without a drag; the second click of two is none."""
    added = Signal(float, float)
    """The same with Ctrl held down."""
    entered = Signal()
    """Return was pressed."""
    stepped = Signal(int, int)
    """An arrow key: so many steps to the right and down."""
    escaped = Signal()
    """Escape was pressed."""
    follows = True
    """whether the view is the data's; a person's since they zoomed or dragged it"""
    zoomed = Signal(bool)
    """True: a person has taken the view into their own hands; False: it follows again, and wants drawing."""

    def __init__(self, name: str = "") -> None:
        """Make one; with a name it can be reached and inspected by keys."""
        super().__init__(background=None, enableMenu=False, axisItems={"left": Axis("left")})
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if name else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription("Arrow keys inspect it, Escape ends that." if name else "")
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setAntialiasing(False)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # a kept background would be the theme's before
        self.back = small_button("reset", f"Show all of {name or 'the plot'} again (double click)")
        self.back.setParent(self)
        self.back.clicked.connect(self.let_go)
        self.back.hide()
        self._range = SteadyRange()
        self._followed: tuple[tuple[float, float], tuple[float, float]] | None = None
        self._lines: list[pg.InfiniteLine] = []
        self._levels: list[tuple[float, str]] = []
        self.mouse = QPointF()
        """where it was last, in the scene"""
        view = self.getViewBox()
        view.sigRangeChangedManually.connect(self._stop_following)
        view.sigResized.connect(self._on_resized)
        view.disableAutoRange()
        self.scene().sigMouseMoved.connect(self._on_mouse)
        self.scene().sigMouseClicked.connect(self._on_click)
        self.setCursor(Qt.CursorShape.CrossCursor)
        for axis in (self.getAxis("left"), self.getAxis("bottom")):
            axis.setStyle(tickFont=small_font(), tickLength=-4, tickTextOffset=4, maxTickLevel=0)
            axis.enableAutoSIPrefix(False)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Axes and grid in the theme's colours."""
        palette = theme().palette
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            axis.setPen(pen(palette.line))
            axis.setTextPen(pen(palette.dim))
            axis.setTickPen(pen(palette.line))
        for line in self._lines:
            line.setPen(pen(palette.reference, 1.0, 200, Qt.PenStyle.DashLine))
            line.label.setColor(QColor(palette.dim))

    def curve(self) -> pg.PlotDataItem:
        """A new line; thousands of points stay quick."""
        item = self.plot([], [])
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        return item

    def show_reference_lines(self, levels: list[tuple[float, str]], curve_at: float = math.nan) -> None:
        """Horizontal levels with a label each; replaces those before.

        ``curve_at``: where the curve ends, at whose other side the labels stand.
        """
        if levels != self._levels:
            self._levels = list(levels)
            self._range.reset()  # their labels need room
        while len(self._lines) > len(levels):
            self.removeItem(self._lines.pop())
        while len(self._lines) < len(levels):
            options = {"position": 0.99, "anchors": [(1, 1), (1, 0)], "movable": False}
            line = pg.InfiniteLine(angle=0, label="", labelOpts=options)
            line.label.setFont(small_font())
            self._lines.append(line)
            self.addItem(line, ignoreBounds=True)
            self.apply_theme()
        for line, (level, label) in zip(self._lines, levels, strict=True):
            line.setVisible(bool(np.isfinite(level)))
            if np.isfinite(level):
                line.setValue(level)
            line.label.setFormat(label)
            if np.isfinite(curve_at):
                line.label.anchors = [(1, 1 if level >= curve_at else 0)] * 2
                line.label.updatePosition()

    def follow(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Fit the view to the data, calmly, unless a person has zoomed."""
        self._followed = (x, y)
        if not self.follows:
            return
        if self._lines:  # room for the labels outside of the outermost lines
            room = min(0.3, 17 / max(self.getViewBox().height() - 34, 30))
            if room > self._range.room:
                self._range.reset()
            self._range.room = room
        low, high = self._range.fit(*y)
        self.getViewBox().setRange(xRange=x, yRange=(low, high), padding=0, disableAutoRange=False)

    def follow_again(self) -> None:
        """Forget the zoom."""
        self.follows = True
        self.back.hide()
        self._range.reset()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        event.accept()
        self.let_go()

    def let_go(self) -> None:
        """Out of the person's hands: it follows its data again, and wants drawing."""
        self.follow_again()
        self.zoomed.emit(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The right button may begin a drag, which zooms; only a click without one asks for the menu."""
        event.setAccepted(event.reason() == QContextMenuEvent.Reason.Mouse)

    def _on_click(self, click: MouseClickEvent) -> None:
        parent, view = self.parentWidget(), self.getViewBox()
        inside = view.sceneBoundingRect().contains(click.scenePos())
        if click.button() == Qt.MouseButton.LeftButton and inside and not click.double():
            point = view.mapSceneToView(click.scenePos())
            more = bool(click.modifiers() & Qt.KeyboardModifier.ControlModifier)
            (self.added if more else self.pressed).emit(point.x(), point.y())
        if click.button() == Qt.MouseButton.RightButton and parent is not None:
            place = click.screenPos().toPoint()
            asked = QContextMenuEvent(QContextMenuEvent.Reason.Other, parent.mapFromGlobal(place), place)
            QCoreApplication.sendEvent(parent, asked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.follows:
            self._place_back()

    def _on_resized(self) -> None:
        if self._followed is not None:
            self.follow(*self._followed)  # the labels of its lines need their room in a lower plot too

    def _place_back(self) -> None:
        self.back.adjustSize()
        self.back.move(self.width() - self.back.width() - 4, 4)
        self.back.show()
        self.back.raise_()

    def leaveEvent(self, event: object) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = ARROWS.get(event.key())
        if arrow is not None:
            self.stepped.emit(*arrow)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            self.left.emit()
        else:
            event.ignore()  # the window's

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def _stop_following(self) -> None:
        self.follows = False
        self._place_back()
        self.zoomed.emit(True)

    def _on_mouse(self, position: QPointF) -> None:
        view = self.getViewBox()
        if view.sceneBoundingRect().contains(position):
            self.mouse = position
            point = view.mapSceneToView(position)
            self.hovered.emit(point.x(), point.y())
        else:
            self.left.emit()
