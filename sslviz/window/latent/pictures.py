"""Shows what the points of the map stand for: small pictures in place of the points, or the first words of texts."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QObject, Signal

from sslviz.core.panel_data import Probe
from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.picture_item import PictureItem
from sslviz.window.latent.picture_sheet import Images
from sslviz.window.latent.points import NO_INDICES, Indices, Points
from sslviz.window.latent.scatter_parts import crowding
from sslviz.window.latent.words import Words
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.sizes import px
from sslviz.window.style.theme import theme

CELL_PX, FILLED = 48, 0.8
"""How much room there is, is measured in squares with this side, in pixels; and the share of the squares with points
that the pictures of these points fill."""
APPEAR_PX, VANISH_PX = 18.0, 15.0
"""Sizes for which there is room when pictures appear on a zoomed map, and when they vanish again. All sizes are those
at the usual text size."""
SMALLEST_PX, LARGEST_PX, STEP_PX = 14, 42, 4
"""Smallest and largest size of the pictures, and the difference of two sizes: all pictures are scaled for each size."""
MAX_PICTURES = 2_500
"""Maximum number of pictures, roughly; if more points are in view, only some of them are pictures."""
GOLDEN = (math.sqrt(5) - 1) / 2
"""Fractional parts of its multiples are spread evenly, see :func:`thinned`."""
MIN_SIDE = 4
"""Minimum height and width of images that are shown, in pixels."""


class Pictures(QObject):
    """Shows points as pictures or words if the user has zoomed in so far that there is room, or has switched them on.

    Pictures replace the points, words stand beside them. Spectrograms are pictures too; the picture of a segment of a
    clip is its last frame.
    """

    replaced = Signal(bool)
    """Emitted with True when pictures have replaced all points, and with False when the points are drawn again."""

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        super().__init__(plot)
        self._plot, self._view, self._cloud = plot, plot.getViewBox(), cloud
        self.item = PictureItem(cloud)
        plot.addItem(self.item, ignoreBounds=True)
        self.words = Words(plot, cloud)
        self.on = False
        """Whether points are shown as pictures or words now."""
        self._replaces_points = False
        self._side = 0
        """Size of the pictures at the usual text size, in pixels."""
        self._always, self._when_zoomed = False, True
        self._marked: Indices = NO_INDICES
        self._probe: Probe | None = None
        self._images: Images | None = None
        cloud.restyled.connect(self.adapt)

    @property
    def available(self) -> bool:
        """Whether the samples have pictures or texts."""
        return self._images is not None or (self._probe is not None and self._probe.texts != ())

    def show(self, probe: Probe | None) -> None:
        """Show the samples of ``probe``, whose points are on the map; None if there are no points."""
        if probe is not self._probe:
            self._probe = probe
            self._images = None if probe is None else images_of(probe)
            self._clear()
            self.adapt()

    def mark(self, pinned: int | None, neighbours: Indices) -> None:
        """Outline the pictures of the sample ``pinned`` and of its ``neighbours``, or write their words first of all.

        Without a pinned sample, it is None, and the neighbours are empty.
        """
        self.item.mark(pinned, neighbours)
        marked = neighbours if pinned is None else np.array([pinned, *neighbours])
        if not np.array_equal(marked, self._marked):
            self._marked = marked
            self.adapt()

    def switch(self, on: bool) -> None:
        """Show the points as pictures or words at any zoom, or as :meth:`switch_when_zoomed` says."""
        self._always = on
        self.adapt()

    def switch_when_zoomed(self, on: bool) -> None:
        """Show pictures or words when there is room on a zoomed map, or only when they are switched on."""
        self._when_zoomed = on
        self.adapt()

    def adapt(self) -> None:
        """Adapt pictures or words to the visible range, and to which points are faded."""
        seen = self._points_in_view()
        room = room_for(self._cloud.xy[seen], max(self._view.viewPixelSize()) * theme().scale)
        self.on = self._fits and (self._always or self._has_room(room))
        if not self.on:
            self._clear()
        elif self._images is not None:
            self._side = next_side(room, self._side)
            self._show_pictures(self._images, seen)
        elif self._probe is not None:
            self.words.show(self._probe.texts, self._candidates(seen))

    def at(self, x: float, y: float) -> int | None:
        """Return the index of the point whose picture or words are at a position of the map; None if there are none."""
        index = self.item.at(x, y)
        return self.words.at(x, y) if index is None else index

    @property
    def _fits(self) -> bool:
        """Whether there are pictures or texts, and one for each point."""
        count = len(self._cloud.xy)
        return self._probe is not None and self.available and count == self._probe.ids.shape[0] > 0

    def _has_room(self, room: float) -> bool:
        return self._when_zoomed and not self._plot.follows and room >= (VANISH_PX if self.on else APPEAR_PX)

    def _points_in_view(self) -> Indices:
        (left, right), (low, high) = self._view.viewRange()
        x, y = self._cloud.xy.T
        return np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))

    def _candidates(self, seen: Indices) -> Indices:
        """Return the points whose words are written if there is room; ``seen`` are the points in view."""
        first = self._marked[np.isin(self._marked, seen)]
        others = thinned(seen[~self._cloud.faded[seen]])
        return np.concatenate([first, others[~np.isin(others, first)]])

    def _show_pictures(self, images: Images, seen: Indices) -> None:
        """Show all points as pictures, whether in view or not; but of many points only those in view, or some of them.

        The points are hidden only if all of them are pictures.
        """
        every = len(images) <= MAX_PICTURES
        self.item.show_pictures(images, np.arange(len(images)) if every else thinned(seen), px(self._side))
        self._replace_points(every)

    def _clear(self) -> None:
        self._side = 0
        self.item.clear()
        self.words.clear()
        self._replace_points(False)

    def _replace_points(self, replaced: bool) -> None:
        if replaced != self._replaces_points:
            self._replaces_points = replaced
            self._cloud.hide(replaced)
            self.replaced.emit(replaced)


def images_of(probe: Probe) -> Images | None:
    """Return an image of each segment, uint8[n, h, w, 3]: of a clip the last frame. None if there are none to show."""
    images = np.asarray(probe.images.numpy(), np.uint8)
    return images[:, -1] if images.shape[1] and min(images.shape[2:4]) >= MIN_SIDE else None


def room_for(xy: Points, pixel: float) -> float:
    """Return the size in pixels that pictures at the positions ``xy``, float32[n, 2], can have without much overlap.

    ``pixel`` is the size of a pixel in the units of the map. There is more room the fewer points lie in a square of the
    screen that is not empty; empty ones, such as those between clusters, are of no use.
    """
    return CELL_PX * math.sqrt(FILLED / max(crowding(xy[:, 0], xy[:, 1], CELL_PX * pixel), FILLED))


def next_side(room: float, before: int) -> int:
    """Return the size of pictures for which there is so much room, in pixels.

    While it is about right, it stays as it was ``before``, so that it does not change to and fro; ``before`` is 0 if
    there were no pictures.
    """
    if before and abs(room - before - STEP_PX / 2) <= STEP_PX:
        return before
    return SMALLEST_PX + int(min(max(room, SMALLEST_PX), LARGEST_PX) - SMALLEST_PX) // STEP_PX * STEP_PX


def thinned(indices: Indices) -> Indices:
    """Return about :data:`MAX_PICTURES` of the indices, or all if there are fewer.

    Which ones hardly depends on what else is in view: of fewer indices, those that were returned of more are among the
    result. Every second one would not do, as the segments of a sample may take turns.
    """
    return np.asarray(indices[indices * GOLDEN % 1 < MAX_PICTURES / max(1, len(indices))])
