"""Many labelled points that glide to new places: one shared-brush item a class, positions changed in place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal
from PySide6.QtGui import QBrush, QColor, QPen

from sslviz.window.latent.raster import NO_COLOURS, NONE, Raster
from sslviz.window.style.palette import point_style
from sslviz.window.style.theme import theme

Points = npt.NDArray[np.float32]
GLIDE_MS = 300
GLIDERS = 20_000
"""more points neither glide nor have a sprite each: they are one image"""
FORWARD = 10_000
"""selected points that are drawn: 30,000 took 115 ms to be made, and look the same"""
LOOKS = 100
"""classes that look different; one item each of 1,000 took 244 ms a frame"""
OUTLINED = 30
"""selected points that get an outline: so few would be lost where their colour is near the background's"""
LAYERS = 4
"""in which the points of each step of a number lie: in one, the highest would hide the others"""
BACK = 0.12
"""opacity of what has stepped back"""
FARTHEST = 1e9
"""Beyond it the painter's arithmetic loses its footing; such a point counts as not finite."""


class Part(NamedTuple):
    """Points that are drawn together: their label, which they are, and what draws them."""

    label: int
    members: npt.NDArray[np.intp]
    item: pg.ScatterPlotItem


class PointCloud(QObject):
    """The points of a map inside a plot. Positions are float32[n, 2]; labels int32[n] pick colour and marker."""

    moved = Signal()

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._parts: list[Part] = []
        self._chosen: list[Part] = []
        self._pointed: list[Part] = []
        self._shared = False
        """whether parts have several classes in them that look alike"""
        self._selected: npt.NDArray[np.integer] = np.empty(0, np.intp)
        self.labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._shades = 0
        self._highlighted: int | None = None
        self._from: Points = np.empty((0, 2), np.float32)
        self._to: Points = np.empty((0, 2), np.float32)
        self.xy: Points = np.empty((0, 2), np.float32)
        self._raster = Raster()
        plot.addItem(self._raster, ignoreBounds=True)
        self._glide = QVariantAnimation(self)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setDuration(GLIDE_MS)
        self._glide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glide.valueChanged.connect(self._glide_to)
        theme().changed.connect(self._dress)

    @property
    def target(self) -> Points:
        """Where the points are going, float32[n, 2]."""
        return self._to

    def move_to(self, xy: Points, labels: npt.NDArray[np.int32], shades: int = 0) -> None:
        """Let the points go to new places; at once where these are others than before, or many.

        With ``shades`` the labels are steps of a number, so many of them, and not classes. Rows that are not finite
        stay where they were, or in the middle; labels of another number are not believed.
        """
        xy = self._finite(xy)
        if len(labels) != len(xy):
            labels = np.full(len(xy), -1, np.int32)
        known = len(xy) == len(self.xy)
        if not known or shades != self._shades or not np.array_equal(labels, self.labels):
            self._shades = shades
            self._rebuild(self.xy if known else xy, labels)
        if known and np.array_equal(xy, self._to):  # they are there, or on their way
            return
        self._glide.stop()
        if not known:
            self._to = xy
            return
        self._from, self._to = self.xy, xy
        if len(xy) > GLIDERS:
            self._place(xy)
        else:
            self._glide.start()

    def highlight(self, label: int | None) -> None:
        """Let all classes but one step back; None brings them all forward."""
        self._highlighted = label
        self._drop(self._pointed)
        self._pointed = []
        if label is not None and self._shared:  # its part has other classes in it
            self._pointed = [self._part(label, np.flatnonzero(self.labels == label))]
        for part in self._parts:
            alone = label == part.label and not self._shared
            part.item.setOpacity(1.0 if alone or (label is None and not self._chosen) else BACK)
        for part in self._chosen:
            part.item.setOpacity(1.0 if label in (None, part.label) else BACK)
        if self._raster.on:
            self._raster.step_back(self._behind(label), BACK)

    def _behind(self, label: int | None) -> npt.NDArray[np.bool_]:
        """bool[n], those of an image that step back for a class, or where none is pointed at for the selection."""
        if label is not None:
            return np.asarray(self.labels != label)
        there = self._selected[self._selected < len(self.xy)]
        back = np.full(len(self.xy), len(there) > 0)
        back[there] = False
        return back

    def select(self, indices: npt.NDArray[np.integer]) -> None:
        """Bring these points to the front and let all others step back; of none, all are as they were.

        Of more than :data:`FORWARD` some stand for the rest.
        """
        if np.array_equal(indices, self._selected):  # as with every map that comes; to make them takes 40 ms of 10,000
            return
        self._drop(self._chosen)
        self._selected = indices
        indices = indices[indices < len(self.xy)]
        if self._raster.on and len(indices) > OUTLINED:  # the image shows them; each as an item would take 5 µs more
            indices = indices[:0]
        indices = indices[:: max(1, -(-len(indices) // FORWARD))]
        labels = self.labels[indices]
        self._chosen = [self._part(int(label), indices[labels == label]) for label in np.unique(labels)]
        for part in self._chosen:
            part.item.setZValue(2 if len(indices) > OUTLINED else 4)  # a few lie over the names of classes too
        self._outline()
        self.highlight(self._highlighted)

    def nearest(self, x: float, y: float, reach: float) -> int | None:
        """Index of the point nearest to a place, if within ``reach``; 0.3 ms for 50,000 points."""
        if not len(self.xy):
            return None
        distances = (self.xy[:, 0] - x) ** 2 + (self.xy[:, 1] - y) ** 2
        index = int(np.argmin(distances))
        return index if distances[index] <= reach**2 else None

    def _finite(self, xy: Points) -> Points:
        good = np.asarray((np.abs(xy) < FARTHEST).all(axis=1))
        if good.all():
            return xy
        before = self.xy if len(self.xy) == len(xy) else np.zeros_like(xy)
        return np.where(good[:, None], xy, before).astype(np.float32)

    def _rebuild(self, xy: Points, labels: npt.NDArray[np.int32]) -> None:
        self._drop(self._all)
        self._chosen, self._pointed, self._selected = [], [], np.empty(0, np.intp)
        self.labels, self.xy = labels.copy(), xy
        layers = LAYERS if self._shades else 1
        many = len(xy) > GLIDERS
        self._raster.show_points(*((xy, self._colours()) if many else (NONE, NO_COLOURS)))
        drawn = np.where(labels < 0, labels, labels % LOOKS)[: 0 if many else None]
        self._shared = not np.array_equal(drawn, labels[: len(drawn)])
        members = {int(label): np.flatnonzero(drawn == label) for label in np.unique(drawn)}
        self._parts = [
            self._part(label, each[layer::layers]) for layer in range(layers) for label, each in members.items()
        ]
        self.highlight(self._highlighted)
        self.moved.emit()

    def _part(self, label: int, members: npt.NDArray[np.intp]) -> Part:
        size = float(np.interp(len(self.xy), [500, 2_000, 10_000, 50_000], [9, 7.5, 5, 3]))
        pen, brush, symbol = self._dress_of(label)  # later they would be set point by point, at twice the cost
        x, y = self.xy[members].T
        item = pg.ScatterPlotItem(x=x, y=y, symbol=symbol, size=size, pxMode=True, pen=pen, brush=brush)
        self._plot.addItem(item, ignoreBounds=True)
        return Part(label, members, item)

    def _dress(self) -> None:
        for part in self._all:
            pen, brush, _ = self._dress_of(part.label)
            part.item.setBrush(brush)
            part.item.setPen(pen)
        self._outline()
        if self._raster.on:
            self._raster.recolour(self._colours())

    def _colours(self) -> npt.NDArray[np.uint8]:
        """uint8[n, 3], each point's."""
        shown, of = np.unique(self.labels, return_inverse=True)
        dresses = (QColor(point_style(int(label), self._shades)[0]) for label in shown)
        rgb = [(each.red(), each.green(), each.blue()) for each in dresses]
        return np.array(rgb, np.uint8).reshape(-1, 3)[of]

    @property
    def _all(self) -> list[Part]:
        return [*self._parts, *self._chosen, *self._pointed]

    def _drop(self, parts: list[Part]) -> None:
        for part in parts:
            self._plot.removeItem(part.item)

    def _outline(self) -> None:
        if len(self._selected) <= OUTLINED:
            for part in self._chosen:
                part.item.setPen(pg.mkPen(QColor(theme().palette.text), width=1.2))

    def _dress_of(self, label: int) -> tuple[QPen, QBrush, str]:
        colour, symbol = point_style(label, self._shades)
        fill = QColor(colour)
        fill.setAlpha(225)
        return pg.mkPen(QColor(theme().palette.surface), width=0.6), QBrush(fill), symbol

    def _glide_to(self, position: float) -> None:
        if len(self._from) == len(self._to):
            self._place(self._from + np.float32(position) * (self._to - self._from))

    def _place(self, xy: Points) -> None:
        self.xy = xy
        for _, members, item in self._all:
            item.data["x"], item.data["y"] = xy[members, 0], xy[members, 1]
            item.bounds = [None, None]
            item.prepareGeometryChange()
            item.invalidate()
        if self._raster.on:
            self._raster.move(xy)
        self.moved.emit()
