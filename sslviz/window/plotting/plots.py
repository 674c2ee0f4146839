"""The base of all plots: axes in the theme's colours, a view that follows the data, signals for mouse and keyboard."""

from __future__ import annotations

import math
from collections.abc import Callable

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QResizeEvent

from sslviz.window.plotting.axis import Axis
from sslviz.window.plotting.painting import contain_errors_of_items
from sslviz.window.plotting.pens import pen
from sslviz.window.plotting.ranges import SteadyRange
from sslviz.window.plotting.reference_lines import Level, ReferenceLines
from sslviz.window.style.buttons import small_button
from sslviz.window.style.ownership import DeletedByQt
from sslviz.window.style.sizes import enlarged, px, sized
from sslviz.window.style.theme import small_font, theme

contain_errors_of_items()
BUTTON_MARGIN_PX = 4
"""Distance of the reset button from the corner of the plot, in pixels."""
LABEL_PX = 17
"""Room for the label of a reference line above or below the line, in pixels."""
LEAST_LABELS = 4
"""A plot that is less than this many times as high as a label has no labels: they would leave too little to the curve.
"""
BARE_ROOM = 0.3
"""Room outside of the outermost lines of a plot without labels, for the tick labels beside them, as a fraction of the
span of the data."""
AXIS_TEXT_PX = 18
"""Height of the tick labels below a plot, in pixels."""
TICK_PX = 6
"""Half the height of a tick label, in pixels."""
ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Steps to the right and down by arrow key."""


class Plot(DeletedByQt, pg.PlotWidget):  # type: ignore[misc]
    """A plot whose view follows the data until the user zooms; a double click or the reset button ends the zoom."""

    hovered = Signal(float, float)
    """The mouse has moved to this point within the axes, in the coordinates of the axes."""
    left = Signal()
    """The mouse or the keyboard focus has left the plot, the mouse is outside of the axes, or Escape was pressed."""
    pressed = Signal(float, float)
    """Left click at this point, without Ctrl and without a drag; not emitted for the second click of a double click."""
    added = Signal(float, float)
    """Left click at this point with Ctrl held down."""
    entered = Signal()
    """Return or Enter was pressed."""
    stepped = Signal(int, int)
    """An arrow key was pressed: steps to the right and down."""
    escaped = Signal()
    """Escape was pressed."""
    follows = True
    """Whether the view follows the data; False once the user has zoomed or dragged it."""
    zoomed = Signal(bool)
    """True: the user has zoomed or dragged the view. False: it follows the data again and must be redrawn."""

    def __init__(self, name: str = "", *, back: bool = True) -> None:
        """Create a plot. If it has a name, it can get the keyboard focus, and a screen reader reads the name out.

        ``back`` says whether a button that ends the zoom appears in the corner of the zoomed plot; a plot without it
        needs such a button elsewhere.
        """
        super().__init__(background=None, enableMenu=False, axisItems={"left": Axis("left")})
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if name else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription("Arrow keys inspect it, Escape ends that." if name else "")
        self.hideButtons()
        self.setFrameShape(self.Shape.NoFrame)
        self.setAntialiasing(False)
        self.setCacheMode(self.CacheModeFlag.CacheNone)  # a cached background would keep an earlier theme
        self.back = small_button("reset", f"Show all of {name or 'the plot'} again (double click)")
        self.back.setParent(self)
        self.back.clicked.connect(self.let_go)
        self.back.hide()
        self._has_back = back
        self._range = SteadyRange()
        self._followed: tuple[tuple[float, float], tuple[float, float]] | None = None
        self._levels = ReferenceLines(self)
        self.mouse = QPointF()
        """Last position of the mouse within the axes, in the coordinates of the scene."""
        self.takes_double_click: Callable[[], bool] = lambda: False
        """Called at a double click; returns whether it has another meaning than to end the zoom."""
        self._connect()
        for axis in (self.getAxis("left"), self.getAxis("bottom")):
            axis.setStyle(tickLength=-4, tickTextOffset=4, maxTickLevel=0)
            axis.enableAutoSIPrefix(False)
        self.getAxis("bottom").setStyle(autoExpandTextSpace=False)  # it would leave too little for large text
        self.apply_theme()

    def _connect(self) -> None:
        view = self.getViewBox()
        view.sigRangeChangedManually.connect(self._stop_following)
        view.sigResized.connect(self._on_resized)
        view.disableAutoRange()
        self.scene().sigMouseMoved.connect(self._on_mouse)
        self.scene().sigMouseClicked.connect(self._on_click)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def reference_lines(self) -> list[Level]:
        """The (value, label) of each reference line."""
        return self._levels.levels

    def apply_theme(self) -> None:
        """Use the colours of the current theme."""
        palette = theme().palette
        for name in ("left", "bottom"):
            axis = self.getAxis(name)
            _write_ticks_in(axis, enlarged(small_font()))
            axis.setPen(pen(palette.line))
            axis.setTextPen(pen(palette.dim))
            axis.setTickPen(pen(palette.line))
        self._levels.apply_theme()

    def leave_room_above(self) -> None:
        """Leave room for the upper half of the uppermost tick label, which stands above its tick."""
        self.getPlotItem().layout.setContentsMargins(0, 0, 0, 0)
        sized(self.getPlotItem().setContentsMargins, 0, TICK_PX, 0, 0)

    def curve(self) -> pg.PlotDataItem:
        """Add an empty curve and return it; it draws thousands of points quickly, downsampled to the visible pixels."""
        item = self.plot([], [])
        item.setDownsampling(auto=True, method="peak")
        item.setClipToView(True)
        return item

    def show_reference_lines(self, levels: list[Level], curve_end: float = math.nan) -> None:
        """Replace the reference lines by one line for each (value, label) in ``levels``.

        ``curve_end`` is the last value of the curve, which labels should not cover; see :meth:`ReferenceLines.show`.
        """
        if levels != self._levels.levels:
            self._range.reset()  # the labels of the lines need room
        self._levels.show(levels, curve_end)

    def follow(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Fit the view to data in the ranges ``x`` and ``y``, each (lowest, highest), unless the user has zoomed.

        The vertical range changes only if the data no longer fit it well, so that the plot does not flicker.
        """
        self._followed = (x, y)
        if not self.follows:
            return
        if self._levels.levels:  # room for the labels outside of the outermost lines
            height = self.getViewBox().height()
            labelled = height >= LEAST_LABELS * px(LABEL_PX)
            self._levels.show_labels(on=labelled)
            room = px(LABEL_PX) / (height - 2 * px(LABEL_PX)) if labelled else BARE_ROOM
            if room != self._range.room:
                self._range.reset()
            self._range.room = room
        low, high = self._range.fit(*y)
        self.getViewBox().setRange(xRange=x, yRange=(low, high), padding=0, disableAutoRange=False)

    def follow_again(self) -> None:
        """End the zoom without emitting ``zoomed``: the view is fitted to the data again at the next :meth:`follow`."""
        self.follows = True
        self.back.hide()
        self._range.reset()

    def zoom_to(self, area: QRectF) -> None:
        """Show this ``area``, in the coordinates of the axes, as if the user had zoomed to it."""
        self.getViewBox().setRange(area, padding=0, disableAutoRange=False)
        self.follows = False
        self._place_back()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        event.accept()
        if not self.takes_double_click():
            self.let_go()

    def let_go(self) -> None:
        """End the zoom of the user and emit ``zoomed``; the view follows the data again from the next redraw on."""
        self.follow_again()
        self.zoomed.emit(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open no menu when the right mouse button is pressed, since the press may begin a drag that zooms.

        The menu of the panel opens when the button is released without a drag.
        """
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
            request = QContextMenuEvent(QContextMenuEvent.Reason.Other, parent.mapFromGlobal(place), place)
            QCoreApplication.sendEvent(parent, request)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if not self.follows:
            self._place_back()

    def _on_resized(self) -> None:
        if self._followed is not None:
            self.follow(*self._followed)  # in a lower plot the labels of the lines need more of the range

    def _place_back(self) -> None:
        if not self._has_back:
            return
        self.back.adjustSize()
        self.back.move(self.width() - self.back.width() - BUTTON_MARGIN_PX, BUTTON_MARGIN_PX)
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
            event.ignore()  # the window handles it

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


def _write_ticks_in(axis: pg.AxisItem, font: QFont) -> None:
    """Set the font of the tick labels; setting the present one again would have the plot laid out anew."""
    if axis.style["tickFont"] != font:
        axis.setStyle(tickFont=font, tickTextHeight=px(AXIS_TEXT_PX))
