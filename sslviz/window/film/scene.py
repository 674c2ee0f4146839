"""The picture of a film: title and step, the map in each colouring, and a line with the time and changed settings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from sslviz.window.film.filmed_map import FilmMap
from sslviz.window.film.storyboard import Storyboard
from sslviz.window.film.timeline import FilmTimeline
from sslviz.window.plotting.rendering import frame
from sslviz.window.style.labels import label
from sslviz.window.style.ownership import nested
from sslviz.window.style.sizes import enlarged
from sslviz.window.style.theme import TEXT_PX, number_font

FRAME_MS = 80
"""Time for which each frame is shown, in milliseconds."""
FIRST_S, LAST_S = 0.5, 1.0
"""Time for which the first and the last map are shown, in seconds; in a short film less."""
MARK_S = 2.0
"""Time for which the text of a mark is shown, in seconds."""
LOGICAL_HEIGHT = 360
"""Height of the picture in the units of its widgets: a higher film shows the same, larger."""


class FilmOptions(NamedTuple):
    """Width and height of a film in pixels, its duration in seconds, and whether points are shown as pictures."""

    width: int = 640
    height: int = 480
    seconds: float = 10.0
    pictures: bool = False


class FilmScene(QWidget):
    """Draws the frames of a film, in the colours of the current theme.

    The film takes equally long from each map to the next.
    """

    def __init__(self, storyboard: Storyboard, options: FilmOptions) -> None:
        super().__init__()
        self._storyboard, self._seconds = storyboard, options.seconds
        self.count = max(2, round(options.seconds * 1000 / FRAME_MS))
        """Number of frames."""
        self.ratio = max(1.0, options.height / LOGICAL_HEIGHT)
        self._pixels = QSize(options.width, options.height)
        images = storyboard.images if options.pictures else None
        self.maps = [FilmMap(storyboard, colouring, images) for colouring in storyboard.colourings]
        self.step = label()
        self.step.setFont(enlarged(number_font(TEXT_PX)))
        self.step.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.step.setMinimumWidth(self.step.fontMetrics().horizontalAdvance(_step_text(storyboard.steps[-1])))
        marks = [(self._share_of(step), text) for step, text in storyboard.marks]
        self.timeline = FilmTimeline([(at, text) for at, text in marks if 0 <= at <= 1])
        self._lay_out()
        self.resize(self._pixels / self.ratio)
        self.grab()  # lays out all widgets, which are never shown
        QApplication.sendPostedEvents()
        for each in self.maps:
            each.fit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        head = nested(column, QHBoxLayout())
        title = label(self._storyboard.title, role="heading", elided=True)
        title.setMinimumWidth(1)
        head.addWidget(title, 1)
        head.addWidget(self.step)
        row = nested(column, QHBoxLayout(), 1)
        row.setSpacing(12)
        for each in self.maps:
            row.addWidget(each, 1)
        column.addWidget(self.timeline)

    def frame(self, index: int) -> QImage:
        """Return the frame with this index."""
        share = index / (self.count - 1)
        at = self._map_at(share)
        before = min(int(at), len(self._storyboard.steps) - 2)
        for each in self.maps:
            each.show_between(before, at - before)
        step = np.interp(at, np.arange(len(self._storyboard.steps)), self._storyboard.steps)
        self.step.setText(_step_text(step))
        self.timeline.show_at(share, self._said(share))
        return frame(self, self._pixels, self.ratio)

    @property
    def _moving(self) -> tuple[float, float]:
        """The shares of the film at which the points begin to move, and at which they have arrived."""
        first, last = (min(hold, self._seconds / 5) / self._seconds for hold in (FIRST_S, LAST_S))
        return first, 1 - last

    def _map_at(self, share: float) -> float:
        """Return where the points are at this share of the film: between map 2 and map 3 if it is 2.5, for example."""
        return float(np.interp(share, self._moving, (0, len(self._storyboard.steps) - 1)))

    def _share_of(self, step: int) -> float:
        """Return at which share of the film a step is shown; NaN if no map is as early or as late."""
        steps = self._storyboard.steps
        at = np.interp(step, steps, np.arange(len(steps)), left=np.nan, right=np.nan)
        return float(np.interp(at, (0, len(steps) - 1), self._moving))

    def _said(self, share: float) -> int | None:
        """Return the index of the last mark that was reached at most :data:`MARK_S` before."""
        length = MARK_S / self._seconds
        reached = [index for index, (at, _) in enumerate(self.timeline.marks) if at <= share <= at + length]
        return reached[-1] if reached else None


def _step_text(step: float) -> str:
    return f"step {round(float(step)):,}"
