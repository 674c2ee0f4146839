"""A map in a film: points in one colouring, which move from map to map, with names and a legend."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QAbstractAnimation, QEasingCurve
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from sslviz.window.film.storyboard import Colouring, Storyboard
from sslviz.window.latent.class_names import ClassNames
from sslviz.window.latent.cloud import LAYERS, PointCloud
from sslviz.window.latent.map_range import PADDING, QUANTILES
from sslviz.window.latent.picture_item import PictureItem
from sslviz.window.latent.picture_sheet import Images
from sslviz.window.latent.pictures import next_side, room_for, thinned
from sslviz.window.plotting.legend import Legend
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.shade_legend import ShadeLegend
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested

MAGNIFICATION = 0.75
"""Size of the points, as a multiple of their size in the window, where they have to be pointed at."""
PLACED_EVERY = 6
"""Number of frames after which the names are placed anew, if there is no new map before."""
GLIDE_MS = 100_000
"""Duration of the movement between two maps, by the clock of the animation, which the film sets itself."""


class FilmMap(QWidget):
    """Draws the points of a storyboard in one of its colourings, in a fixed range in which all its maps have room."""

    def __init__(self, storyboard: Storyboard, colouring: Colouring, images: Images | None) -> None:
        """Create a map without points; it shows the points as pictures unless ``images`` is None."""
        super().__init__()
        self._xy, self._colours = storyboard.xy, colouring.colours
        self._index = -1
        """Index of the map from which the points move to the next one."""
        self._frames = 0
        """Number of frames since that map."""
        self._plot = Plot()
        self.cloud = PointCloud(self._plot, magnification=MAGNIFICATION, layers=LAYERS)
        self.cloud.glide_for(GLIDE_MS)
        self.cloud.animation.setEasingCurve(QEasingCurve.Type.Linear)
        self.pictures = PictureItem(self.cloud)
        self._images = images
        self._plot.addItem(self.pictures, ignoreBounds=True)
        self.names = ClassNames(self._plot, self.cloud)
        self.names.of = self._colours.class_names
        self.cloud.moved.connect(self.names.follow)
        self._lay_out(colouring.name)
        for axis in ("left", "bottom"):
            self._plot.hideAxis(axis)
        self._plot.getViewBox().setAspectLocked(True)

    def _lay_out(self, name: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if name:
            coloured_by = label(f"by {name}", role="small", elided=True)
            coloured_by.setMinimumWidth(1)
            column.addWidget(coloured_by)
        row = nested(column, QHBoxLayout(), 1)
        row.addWidget(self._plot, 2)
        legend = self._legend()
        legend.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        row.addWidget(legend, 1)  # a third of the width at most

    def _legend(self) -> QWidget:
        colours = self._colours
        if colours.shades:
            scale = ShadeLegend()
            scale.show_steps(colours.names, colours.ends)
            return scale
        legend = Legend()
        unknown = bool(colours.names) and colours.has_unknown
        legend.show_names(colours.names, has_unknown=unknown, styles=colours.styles)
        return legend

    def fit(self) -> None:
        """Fit the visible range to the points of all maps."""
        low, high = np.quantile(self._xy.reshape(-1, 2), QUANTILES, axis=0).tolist()
        ranges = {"xRange": (low[0], high[0]), "yRange": (low[1], high[1])}
        self._plot.getViewBox().setRange(**ranges, padding=PADDING, disableAutoRange=False)
        self._move_to(0)
        if self._images is not None:
            self._show_pictures(self._images)

    def _show_pictures(self, images: Images) -> None:
        """Show the points as pictures, as large as there is room for on the last map; of very many only some."""
        indices = thinned(np.arange(len(images)))
        room = room_for(self._xy[-1], max(self._plot.getViewBox().viewPixelSize()))
        self.pictures.show_pictures(images, indices, next_side(room, 0))
        self.cloud.hide(len(indices) == len(images))

    def show_between(self, index: int, share: float) -> None:
        """Show the points on their way from map ``index`` to the next one, of which they have gone ``share``."""
        self._frames += 1
        if index != self._index:
            self._index, self._frames = index, 0
            self._move_to(index)
            self.cloud.arrive()
            self.cloud.adapt_outlines()
            self._move_to(index + 1)
        if self.cloud.gliding:
            self.cloud.animation.setCurrentTime(round(share * GLIDE_MS))
        if self._frames % PLACED_EVERY == PLACED_EVERY - 1:
            self.names.place()

    def _move_to(self, index: int) -> None:
        self.cloud.move_to(self._xy[index], self._colours.labels, self._colours.styles)
        if self.cloud.animation.state() is QAbstractAnimation.State.Running:
            self.cloud.animation.pause()
