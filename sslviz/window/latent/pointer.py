"""Pointing at a sample of the map to see a card about it, and pinning samples; by mouse or keyboard."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QWidget

from sslviz.core.panel_data import Probe
from sslviz.window.latent.labels import description
from sslviz.window.latent.map_canvas import MapCanvas
from sslviz.window.latent.points import Points
from sslviz.window.plotting.images import to_pixmap
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.hover_card import HoverCard

REACH_PX = 12
"""Maximum distance in pixels from the mouse to a point for the mouse to point at it, if it is on no picture."""
PICTURE_PX = 72
"""Height of the image on the card, in pixels; a very wide image is less high, see :func:`to_pixmap`."""


class SamplePointer(QObject):
    """Shows a card with images and text about the sample that is pointed at; a click or the Enter key pins the sample.

    A pinned sample stays marked on the map and shown in other panels, also after the mouse has moved on. While the
    points glide, a card opened by the mouse changes to the sample that is now under the mouse, whereas a card opened by
    the arrow keys moves with its sample.
    """

    pinned = Signal(object)
    """Emitted with the index (int) of a sample that the user pins."""
    toggled = Signal(int)
    """Emitted with the index of a sample that is clicked with Ctrl held down."""
    revealed = Signal(int)
    """Emitted with the index of a sample that has a file and is clicked twice."""
    pointed = Signal(object)
    """Emitted with the index (int) of the sample whose card appears, or None when the card disappears."""

    def __init__(self, area: QWidget, canvas: MapCanvas, run: RunModel) -> None:
        """React to mouse and keys in the plot of ``canvas``; show the cards over ``area``, which contains the plot.

        ``run`` holds the samples that the points in the plot stand for.
        """
        super().__init__(area)
        self.run = run
        self.card = HoverCard(area)
        plot, cloud = canvas.plot, canvas.cloud
        self._area, self._plot, self._cloud, self._pictures = area, plot, cloud, canvas.pictures
        self._index = 0
        self._probe: Probe | None = None
        self._by_keys = False
        plot.hovered.connect(self._hover)
        plot.left.connect(self.hide)
        plot.stepped.connect(self._step)
        plot.entered.connect(self._pin_pointed)
        plot.pressed.connect(self._press)
        plot.added.connect(self._toggle)
        plot.takes_double_click = self._reveal
        cloud.moved.connect(self._follow)

    def hide(self) -> bool:
        """Hide the card; return whether it was visible."""
        visible = self.card.isVisible()
        self.card.hide()
        if visible:
            self.pointed.emit(None)
        return visible

    def _hover(self, x: float, y: float) -> None:
        self._by_keys = False
        self._point_at(self._sample_at(x, y))

    def _step(self, right: int, down: int) -> None:
        """React to an arrow key: show the card of the next sample in the direction of the key.

        This is the sample nearest in that direction to the one whose card is visible. If no card is visible, show the
        card of the first sample.
        """
        visible = self.card.isVisible() and self._index < len(self._cloud.xy)
        self._by_keys = True
        self._point_at(nearest_in_direction(self._cloud.xy, self._index, right, -down) if visible else 0)

    def _press(self, x: float, y: float) -> None:
        """React to a click at a position of the plot: pin the sample there.

        A click beside all points unpins nothing, since it may be the first half of a double click, which resets the
        zoom.
        """
        index = self._sample_at(x, y)
        if index is not None:
            self.pinned.emit(index)

    def _pin_pointed(self) -> None:
        if self.card.isVisible():
            self.pinned.emit(self._index)

    def _reveal(self) -> bool:
        """React to a double click: show the file of the sample under the mouse; return whether it has one."""
        has_file = self.card.isVisible() and self._probe is not None and bool(self._probe.files)
        if has_file:
            self.revealed.emit(self._index)
        return has_file

    def _toggle(self, x: float, y: float) -> None:
        index = self._sample_at(x, y)
        if index is not None:
            self.toggled.emit(index)

    def _follow(self) -> None:
        """After the points have moved, show the sample under the mouse, or move a card opened by keys to its sample."""
        if not self.card.isVisible():
            return
        if self._by_keys:
            self.card.move_to(self._place_of(self._index))
        else:
            point = self._plot.getViewBox().mapSceneToView(self._plot.mouse)
            self._point_at(self._sample_at(point.x(), point.y()))

    def _point_at(self, index: int | None) -> None:
        probe = self.run.probe
        if index is None or probe is None or index >= len(probe.ids.numpy()):
            self.hide()
            return
        if index == self._index and probe is self._probe and self.card.isVisible():
            return  # else the film on the card would start again at each move of the mouse
        self._index, self._probe = index, probe
        frames = [to_pixmap(frame, PICTURE_PX) for frame in probe.images.numpy()[index]]
        self.card.show_at(self._place_of(index), frames[:1] or [QPixmap()], description(probe, index))
        self.card.play(frames)
        self.pointed.emit(index)

    def _sample_at(self, x: float, y: float) -> int | None:
        """Return the index of the sample at a position, in units of the map, or None if there is none.

        This is the sample whose picture or words are seen there or, without any, the nearest one whose point is at most
        :data:`REACH_PX` pixels away.
        """
        index = self._pictures.at(x, y)
        if index is not None:
            return index
        width, height = self._plot.getViewBox().viewPixelSize()
        return self._cloud.nearest(x, y, REACH_PX * max(width, height))

    def _place_of(self, index: int) -> QPoint:
        """Return the position of a sample in the area that contains the plot, in pixels."""
        scene = self._plot.getViewBox().mapViewToScene(pg.Point(*self._cloud.xy[index].tolist()))
        return QPoint(self._plot.mapTo(self._area, self._plot.mapFromScene(scene)))


def nearest_in_direction(xy: Points, index: int, right: int, up: int) -> int:
    """Return the index of the nearest point to the left of point ``index``, to its right, above it or below it.

    The direction is given by ``right`` and ``up``: (1, 0) is right, (-1, 0) left, (0, 1) up and (0, -1) down. A point
    counts if the line to it from point ``index`` deviates from this direction by at most 45°. If no point counts,
    the result is ``index`` itself.
    """
    offsets = xy - xy[index]
    along, across = offsets @ np.array([right, up]), np.abs(offsets @ np.array([up, right]))
    candidates = np.flatnonzero((along > 0) & (across <= along))
    return int(candidates[np.argmin((offsets[candidates] ** 2).sum(axis=1))]) if len(candidates) else index
