"""Words on the map: the beginnings of texts, each beside its point, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.points import NO_INDICES, Indices, Points
from sslviz.window.plotting.halo_texts import HaloText, HaloTexts, text_size
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import theme

MAX_LENGTH = 18
"""Maximum number of characters of a beginning."""
GAP_PX = 6.0
"""Distance from the middle of a point to its words, in pixels; as much is kept free on the other side of the point."""
CELL_PX = 4
"""Side of the squares of a grid in which room for words is looked for, in pixels."""
Z = 2.5
"""Z value of the words: above the points, below the names of classes."""
Boxes = npt.NDArray[np.floating]
"""Rectangles in pixels, with y downwards: left, top, right and bottom, float[m, 4]."""


class Words:
    """Writes the beginnings of texts beside their points; while the points glide, the words move with them."""

    def __init__(self, plot: Plot, cloud: PointCloud) -> None:
        self._view, self._cloud = plot.getViewBox(), cloud
        self.item = HaloTexts("dim")
        self.item.setZValue(Z)
        plot.addItem(self.item, ignoreBounds=True)
        self._texts: Sequence[str] = ()
        self._beginnings: dict[tuple[int, float], tuple[str, float, float]] = {}
        """Words with their width and height in pixels, by the index of the point and the text size."""
        self._candidates: Indices = NO_INDICES
        self._avoided: tuple[HaloText, ...] = ()
        self.indices: Indices = NO_INDICES
        """Indices of the points that have words."""
        cloud.moved.connect(self._draw)

    def show(self, texts: Sequence[str], candidates: Indices) -> None:
        """Write the beginnings of those of the ``candidates`` for which there is room, the first ones first.

        ``texts`` holds a text for each point of the map; the candidates are indices of points.
        """
        if texts is not self._texts:
            self._texts, self._beginnings = texts, {}
        self._candidates = candidates
        self._place()

    def avoid(self, names: tuple[HaloText, ...]) -> None:
        """Write no words over these names of classes."""
        if names != self._avoided:
            self._avoided = names
            self._place()

    def clear(self) -> None:
        """Write no words."""
        self._texts, self._beginnings, self._candidates = (), {}, NO_INDICES
        self._place()

    def at(self, x: float, y: float) -> int | None:
        """Return the index of the point whose words are at a position of the map, or None if there are none."""
        place = np.array(self._view.mapFromView(QPointF(x, y)).toTuple())
        boxes = self._boxes(self.indices)
        hit = ((boxes[:, :2] <= place) & (place <= boxes[:, 2:])).all(axis=1)
        return int(self.indices[np.argmax(hit)]) if hit.any() else None

    def _place(self) -> None:
        """Choose those candidates for whose words there is room, and write these."""
        boxes, names = self._boxes(self._candidates), self._boxes_of_names()
        self.indices = self._candidates[with_room(boxes, names, self._view.width(), self._view.height())]
        self._draw()

    def _pixels(self, xy: Points) -> npt.NDArray[np.floating]:
        """Return positions of the map, float[m, 2], in pixels."""
        seen = self._view.viewRect()
        scale = np.array([self._view.width() / seen.width(), -self._view.height() / seen.height()])
        return np.asarray((xy - np.array([seen.left(), seen.bottom()])) * scale)

    def _boxes_of_names(self) -> Boxes:
        at = np.array([name.at.toTuple() for name in self._avoided]).reshape(-1, 2)
        offsets = np.array([name.offset.toTuple() for name in self._avoided]).reshape(-1, 2)
        half = np.array([text_size(name.text).toTuple() for name in self._avoided]).reshape(-1, 2) / 2
        middles = self._pixels(at) + offsets
        return np.concatenate([middles - half, middles + half], axis=1)

    def _boxes(self, indices: Indices) -> Boxes:
        """Return the rectangles of the words of these points, together with their points."""
        places = self._pixels(self._cloud.xy[indices])
        sizes = np.array([self._beginning(index)[1:] for index in indices.tolist()]).reshape(-1, 2)
        left_top = places - np.stack([np.full(len(indices), GAP_PX), sizes[:, 1] / 2], axis=1)
        return np.concatenate([left_top, left_top + sizes + (2 * GAP_PX, 0)], axis=1)

    def _beginning(self, index: int) -> tuple[str, float, float]:
        key = (index, theme().scale)
        if key not in self._beginnings:
            text = beginning(self._texts[index])
            self._beginnings[key] = (text, *text_size(text).toTuple())
        return self._beginnings[key]

    def _draw(self) -> None:
        indices = self.indices[self.indices < len(self._cloud.xy)]
        if not len(indices) and not self.item.texts:
            return
        self.item.show_texts(
            HaloText(text, QPointF(*place), QPointF(GAP_PX + width / 2, 0))
            for place, (text, width, _) in zip(
                self._cloud.xy[indices].tolist(), map(self._beginning, indices.tolist()), strict=True
            )
        )


def _cells(boxes: Boxes) -> npt.NDArray[np.int_]:
    """Return the columns and rows of the grid that the boxes begin in and end before, int[m, 4]."""
    low, high = np.floor(boxes[:, :2] / CELL_PX), np.ceil(boxes[:, 2:] / CELL_PX)
    return np.concatenate([low, high], axis=1).astype(int)


def beginning(text: str) -> str:
    """Return the first words of a text, at most :data:`MAX_LENGTH` characters."""
    words = " ".join(text[: 4 * MAX_LENGTH].split())
    return words if len(words) <= MAX_LENGTH else words[: MAX_LENGTH + 1].rsplit(" ", 1)[0][:MAX_LENGTH]


def with_room(boxes: Boxes, obstacles: Boxes, width: float, height: float) -> list[int]:
    """Return the indices of boxes that lie inside an area of this size and overlap no obstacle and no box before."""
    taken = np.zeros((int(height // CELL_PX), int(width // CELL_PX)), bool)
    for left, top, right, bottom in _cells(obstacles).clip(0).tolist():
        taken[top:bottom, left:right] = True
    cells_of_boxes = _cells(boxes)
    inside = ((cells_of_boxes[:, :2] >= 0) & (cells_of_boxes[:, 2:] <= taken.shape[::-1])).all(axis=1)
    kept = []
    for index in np.flatnonzero(inside).tolist():
        left, top, right, bottom = cells_of_boxes[index].tolist()
        cells = taken[top:bottom, left:right]
        if not cells.any():
            cells[:] = True
            kept.append(index)
    return kept
