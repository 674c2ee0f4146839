"""The points of the map, which glide to new positions and can be highlighted, selected and found by position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Signal
from PySide6.QtGui import QColor

from sslviz.window.latent.points import NO_INDICES, NO_POINTS, Indices, Points
from sslviz.window.latent.raster import NO_COLOURS, Colours, Raster
from sslviz.window.latent.scatter_parts import Part, ScatterParts
from sslviz.window.style.palette import BY_CLASS, PointStyles
from sslviz.window.style.theme import theme

GLIDE_MS, FRAME_MS = 300, 30
"""Duration of the movement between two maps, and the shortest time between two drawings during it, in milliseconds."""
MAX_GLIDING = 20_000
"""Maximum number of points that glide and are drawn by scatter items; more points jump and are drawn as one image."""
MAX_SELECTED_DRAWN = 10_000
"""Maximum number of selected points that are drawn again above the others: 30,000 would look the same, but take
115 ms to draw."""
DISTINCT_CLASSES = 100
"""Number of classes that look different. Classes that look the same share a scatter item, since 1,000 items took
244 ms a frame."""
MAX_OUTLINED = 30
"""Maximum number of selected points that are outlined: without outlines, so few points would be hard to see where
their colour is near that of the background."""
LAYERS = 4
"""Number of layers over which the points of each interval of a number are spread: in one layer, the points of the
highest interval would hide the others."""
FADED = 0.12
"""Opacity of faded points: those that do not belong to the selection or to the class pointed at."""
Z_MANY_SELECTED, Z_FEW_SELECTED = 2, 4
"""Z values of many and of a few selected points: below and above the names of classes."""
FARTHEST = 1e9
"""Largest coordinate that pyqtgraph can paint; a point beyond it counts as not finite."""


class PointCloud(QObject):
    """Draws the points of a map inside a plot, moves and fades them, and finds the point nearest to a position.

    Positions ``xy`` are float32[n, 2]; ``labels``, int32[n], determine colour and marker of each point.
    """

    moved = Signal()
    """Emitted when points were drawn at other positions, also during a glide, and when other points replaced them."""

    restyled = Signal()
    """Emitted when the colours of points, or which points are selected or faded, may have changed."""

    def __init__(self, plot: pg.PlotWidget, *, magnification: float = 1.0, layers: int = 1) -> None:
        """Create a cloud without points.

        ``magnification`` multiplies the size of the points. ``layers`` is the number of layers over which the points of
        each class are spread, so that they do not hide those of other classes; each takes time to draw.
        """
        super().__init__(plot)
        self._view = plot.getViewBox()
        self._classes, self._selected_parts, self._pointed = (ScatterParts(plot, magnification) for _ in range(3))
        self._layers = layers
        self._several_classes_in_part = False
        self._selected: Indices = NO_INDICES
        self._fades = True
        self.labels: npt.NDArray[np.int32] = np.empty(0, np.int32)
        self._styles = BY_CLASS
        self._highlighted: int | None = None
        self._from: Points = NO_POINTS
        self._to: Points = NO_POINTS
        self.xy: Points = NO_POINTS
        self.raster = Raster()
        """Draws the points as one image if there are more than :data:`MAX_GLIDING`."""
        plot.addItem(self.raster, ignoreBounds=True)
        self.animation = QVariantAnimation(self)
        """Animation of the movement between two maps; its value goes from 0 to 1."""
        self.animation.setStartValue(0.0)
        self.animation.setEndValue(1.0)
        self.animation.setDuration(GLIDE_MS)
        self.animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._glided_ms = 0
        self.animation.valueChanged.connect(self._glide_to)
        theme().changed.connect(self._apply_theme)

    @property
    def target(self) -> Points:
        """Positions at which the points arrive when they have stopped gliding, float32[n, 2]."""
        return self._to

    @property
    def gliding(self) -> bool:
        """Whether the points are on their way to :attr:`target`."""
        return self.xy is not self._to

    @property
    def colours(self) -> Colours:
        """Colours of the points, uint8[n, 3] in RGB."""
        labels, inverse = np.unique(self.labels, return_inverse=True)
        colours = (QColor(self._styles.of(int(label), theme().palette)[0]) for label in labels)
        rgb = [(colour.red(), colour.green(), colour.blue()) for colour in colours]
        return np.array(rgb, np.uint8).reshape(-1, 3)[inverse]

    @property
    def selected(self) -> Indices:
        """Indices of the selected points."""
        return self._selected[self._selected < len(self.xy)]

    @property
    def faded(self) -> npt.NDArray[np.bool_]:
        """Which points are faded, bool[n].

        While a class is pointed at in the legend, the points of all other classes are faded. Otherwise, if some points
        are selected, those that are not selected are faded, unless :meth:`select` was told otherwise.
        """
        if self._highlighted is not None:
            return np.asarray(self.labels != self._highlighted)
        faded = np.full(len(self.xy), self._fades and len(self.selected) > 0)
        faded[self.selected] = False
        return faded

    @property
    def class_parts(self) -> tuple[Part, ...]:
        """The scatter items that together draw all points of the map; the first in the tuple is painted first.

        The tuple is empty if there are so many points that :attr:`raster` draws all of them as one image.

        Usually an item draws the points of one class. If there are more than :data:`DISTINCT_CLASSES` classes, some
        classes look the same; one item then draws the points of all classes that look the same. If the points are
        coloured by a number, an item draws one of :data:`LAYERS` parts of an interval's points.
        """
        return self._classes.parts

    @property
    def selected_parts(self) -> tuple[Part, ...]:
        """Scatter items that draw the selected points a second time, above all points."""
        return self._selected_parts.parts

    @property
    def pointed_parts(self) -> tuple[Part, ...]:
        """One extra scatter item, which draws only the class that the mouse points at in the legend, or no item.

        The extra item exists only while the mouse points at a class, and only on maps on which one scatter item draws
        the points of several classes: to fade the other classes, all items of :attr:`class_parts` are then faded.
        """
        return self._pointed.parts

    def move_to(self, xy: Points, labels: npt.NDArray[np.int32], styles: PointStyles = BY_CLASS) -> None:
        """Let the points glide to new positions.

        The points jump instead if the number of points has changed or is above :data:`MAX_GLIDING`. Points whose new
        position is not finite stay where they are, or lie at the origin if they are new.

        The label of a point is its class, or its interval if the points are coloured by a number such as the loss;
        ``styles`` are the colours and markers of the labels. If there are not as many labels as points, all points are
        grey.

        If the number of points, their labels or ``styles`` change, no points are selected until the next call of
        :meth:`select`.
        """
        xy = self._finite(xy)
        if len(labels) != len(xy):
            labels = np.full(len(xy), -1, np.int32)
        same_points = len(xy) == len(self.xy)
        if not same_points:
            self.animation.stop()
            self._to = xy
        if not same_points or styles != self._styles or not np.array_equal(labels, self.labels):
            self._styles = styles
            self._rebuild(self.xy if same_points else xy, labels)
        if np.array_equal(xy, self._to):  # the points are there, or gliding there
            return
        self.animation.stop()
        self._from, self._to = self.xy, xy
        if len(xy) > MAX_GLIDING:
            self._place(xy)
        else:
            self._glided_ms = 0
            self.animation.start()

    def glide_for(self, milliseconds: int) -> None:
        """Let points glide for this time from now on, usually :data:`GLIDE_MS`."""
        self.animation.setDuration(milliseconds)

    def arrive(self) -> None:
        """Let points that glide arrive at their new positions at once."""
        self.animation.setCurrentTime(self.animation.duration())

    def hide(self, hidden: bool) -> None:
        """Hide all points, also those that are shown later, as something else is drawn in their place; or show them."""
        for layer in (self._classes, self._selected_parts, self._pointed):
            layer.hide(hidden)
        self.raster.setVisible(not hidden)

    def adapt_outlines(self) -> None:
        """Outline the points of those classes that stand apart in the visible range, and not those that lie close."""
        pixel = float(max(self._view.viewPixelSize()))
        for layer in (self._classes, self._selected_parts):
            layer.adapt_outlines(pixel)

    def highlight(self, label: int | None) -> None:
        """Fade all classes but ``label``; with None, fade only what :meth:`select` fades."""
        self._highlighted = label
        self._pointed.clear()
        if label is not None and self._several_classes_in_part:
            self._pointed.show(self.xy, [(label, np.flatnonzero(self.labels == label))], self._styles)
        clear = label is None and not (self._fades and self.selected_parts)
        for part in self.class_parts:
            alone = label == part.label and not self._several_classes_in_part
            part.item.setOpacity(1.0 if alone or clear else FADED)
        for part in self.selected_parts:
            part.item.setOpacity(1.0 if label in (None, part.label) else FADED)
        if self.raster.on:
            self.raster.fade(self.faded, FADED)
        self.restyled.emit()

    def select(self, indices: Indices, *, fade: bool = True) -> None:
        """Draw the points ``indices`` in front and, if ``fade``, fade all others unless ``indices`` is empty.

        Of more than :data:`MAX_SELECTED_DRAWN` points, only every second, third … one is drawn in front. If
        :attr:`raster` draws the points, none are drawn in front when more than :data:`MAX_OUTLINED` are selected.
        """
        if fade == self._fades and np.array_equal(indices, self._selected):
            return  # as after each new map; to draw 10,000 points again takes 40 ms
        self._selected, self._fades = indices, fade
        self._show_selected(indices[indices < len(self.xy)])
        self.highlight(self._highlighted)

    def nearest(self, x: float, y: float, reach: float) -> int | None:
        """Return the index of the point nearest to (x, y), or None if no point is within ``reach``, in map units.

        The search takes 0.3 ms for 50,000 points.
        """
        if not len(self.xy):
            return None
        distances = (self.xy[:, 0] - x) ** 2 + (self.xy[:, 1] - y) ** 2
        index = int(np.argmin(distances))
        return index if distances[index] <= reach**2 else None

    def _show_selected(self, indices: Indices) -> None:
        if self.raster.on and len(indices) > MAX_OUTLINED:  # the image shows the points; an item costs 5 µs a point
            indices = indices[:0]
        indices = indices[:: max(1, -(-len(indices) // MAX_SELECTED_DRAWN))]
        labels = self.labels[indices]
        members = [(int(label), indices[labels == label]) for label in np.unique(labels)]
        z = Z_MANY_SELECTED if len(indices) > MAX_OUTLINED else Z_FEW_SELECTED
        outlined = len(self._selected) <= MAX_OUTLINED
        self._selected_parts.show(self.xy, members, self._styles, outlined=outlined, z=z)

    def _finite(self, xy: Points) -> Points:
        finite = np.asarray((np.abs(xy) < FARTHEST).all(axis=1))
        if finite.all():
            return xy
        before = self.xy if len(self.xy) == len(xy) else np.zeros_like(xy)
        return np.where(finite[:, None], xy, before).astype(np.float32)

    def _rebuild(self, xy: Points, labels: npt.NDArray[np.int32]) -> None:
        self._selected_parts.clear()
        self._pointed.clear()
        self._selected = NO_INDICES
        self.labels, self.xy = labels.copy(), xy
        many = len(xy) > MAX_GLIDING
        self.raster.show_points(*((xy, self.colours) if many else (NO_POINTS, NO_COLOURS)))
        self._show_classes(NO_INDICES if many else labels)
        self.highlight(self._highlighted)
        self.moved.emit()

    def _show_classes(self, labels: Indices) -> None:
        drawn = np.where(labels < 0, labels, labels % DISTINCT_CLASSES)
        self._several_classes_in_part = not np.array_equal(drawn, labels)
        ordered = sorted(np.unique(drawn).tolist(), key=lambda label: label != self._styles.others)  # the others below
        members = {label: np.flatnonzero(drawn == label) for label in ordered}
        layers = LAYERS if self._styles.shades else self._layers
        parts = [(label, each[layer::layers]) for layer in range(layers) for label, each in members.items()]
        self._classes.show(self.xy, parts, self._styles)

    def _apply_theme(self) -> None:
        for layer in (self._classes, self._selected_parts, self._pointed):
            layer.apply_theme()
        if self.raster.on:
            self.raster.recolour(self.colours)
        self.restyled.emit()

    def _glide_to(self, position: float) -> None:
        now = self.animation.currentTime()
        if len(self._from) == len(self._to) and (now - self._glided_ms >= FRAME_MS or position == 1.0):
            self._glided_ms = now
            between = self._from + np.float32(position) * (self._to - self._from)
            self._place(self._to if position == 1.0 else between)

    def _place(self, xy: Points) -> None:
        self.xy = xy
        for layer in (self._classes, self._selected_parts, self._pointed):
            layer.move(xy)
        if self.raster.on:
            self.raster.move(xy)
        self.moved.emit()
