"""The widget for strips: a strip is a grid of one sample's images, the predicted ones beside the actual ones."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHideEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.core.panel_data import Strips
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.samples.strip_data import StripData
from sslviz.window.samples.strip_figures import FIGURE, SCALE_WIDTH
from sslviz.window.samples.strip_painter import HEADER, StripStyle, paint_strips
from sslviz.window.samples.strip_plan import GAP, Margins, Plan, one_large, side_by_side
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import small_font

MIN_CAPTION, MAX_CAPTION = 52, 104
"""Minimum and maximum width of the names at the left, in pixels."""
MIN_HEIGHT, MIN_HEIGHT_OF_ONE = 36.0, 64.0
"""Wanted minimum height of an image while strips are side by side, in pixels: of strips with several columns, of strips
with a single one. If there is not enough room, fewer strips are shown."""
READABLE, GAIN = 40.0, 1.2
"""Height of an image in pixels from which on one recognises what is on it, unless it has fewer pixels, and ratio by
which images have to grow without the error images: then these are left out."""
FRAME_MS, HOLD = 140, 5
"""Duration of a frame of the film, in milliseconds, and number of further frames for which its end stays."""
TIP = "Click a strip, or choose it with the arrow keys and Enter, to see it large. Escape shows several side by side."
SCALE_TIP = (
    "Error images show by their colour how far each pixel is off: 0 is right, 1 is black in place of white. They are "
    "left out where all images would be too small."
)
MOVES: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class StripsView(PaintedWidget):
    """Shows strips side by side, or one large strip, which can also be played as a film.

    A strip is a grid with the images of one sample. At first, strips that have one column of images are shown side
    by side; if they have several columns, one strip is shown large. Clicks and keys switch between the two. If there is
    no room for all strips, those around the chosen one are shown. If all images would be small, error images are left
    out.
    """

    playing_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._data: StripData | None = None
        self._without_magnitudes: StripData | None = None
        """The strips without error images; None if there are none."""
        self._colour = 0
        self.chosen = 0
        """Index of the chosen strip."""
        self.large = False
        """Whether the chosen strip is shown large while no film runs; a film is always large."""
        self._film = QTimer(self)
        self._film.setInterval(FRAME_MS)
        self._film.timeout.connect(self.next_frame)
        self._frame = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Predicted beside actual, a strip a sample")
        self.setToolTip(TIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        sized(self.setMinimumSize, 160, 60)

    # ------------------------------------------------------------------ what is shown

    def show_strips(self, strips: Strips, colour: int) -> None:
        """Show ``strips`` instead of the present ones; ``colour`` is the index of the run's colour in the palette.

        The errors of the predictions are written in this colour.

        The index of the chosen strip stays the same; if there are too few strips for it, the last one is chosen. If
        strips change from one column to several, one large strip is shown; if they change from several columns to one,
        all strips are shown. A film stops if the new strips cannot be played.
        """
        before, self._data, self._colour = self._data, StripData(strips), colour
        fewer = StripData(strips, magnitudes=False)
        self._without_magnitudes = fewer if 0 < len(fewer.lines) < len(self._data.lines) else None
        if before is None or before.single_column != self._data.single_column:
            self.large = not self._data.single_column
        self.chosen = min(self.chosen, max(self._data.count - 1, 0))
        self.setToolTip("\n".join([TIP, *_tips(self._data)]))
        if not self.can_play:
            self.play(on=False)
        self.update()

    @property
    def can_play(self) -> bool:
        """Whether the strips can be played as a film: at least two of their columns have images."""
        return self._data is not None and len(self._data.film_columns) > 1

    @property
    def playing(self) -> bool:
        """Whether the film runs."""
        return self._film.isActive()

    def play(self, *, on: bool) -> None:
        """Start the repeating film of the chosen strip at its first frame, or stop it.

        When it stops, the chosen strip is shown large if :attr:`large` is True, otherwise strips are side by side.
        Strips that cannot be played (see :attr:`can_play`) start no film.
        """
        on = on and self.can_play
        if on == self.playing:
            return
        self._frame = 0
        if on:
            self._film.start()
        else:
            self._film.stop()
        self.playing_changed.emit(on)
        self.update()

    @property
    def column(self) -> int:
        """Index of the column whose images the film shows now."""
        columns = self._data.film_columns if self._data is not None else []
        return columns[min(self._frame, len(columns) - 1)] if columns else 0

    def next_frame(self) -> None:
        """Show the next frame of the film; called by its timer."""
        columns = self._data.film_columns if self._data is not None else []
        self._frame = (self._frame + 1) % (len(columns) + HOLD)
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.play(on=False)

    # ------------------------------------------------------------------ choosing

    def choose(self, strip: int) -> None:
        """Choose a strip by its index; :meth:`enlarge` shows the chosen strip large.

        An index outside the range of the strips becomes the nearest one in it. A film that runs begins again, with this
        strip. While strips are side by side, the chosen one has an outline if this widget has the keyboard focus.
        """
        if self._data is not None and self._data.count:
            self.chosen = min(max(strip, 0), self._data.count - 1)
            self._frame = 0
            self.update()

    def enlarge(self, *, on: bool) -> None:
        """Show the chosen strip large, or strips side by side."""
        if not on:
            self.play(on=False)
        self.large = on
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = MOVES.get(event.key())
        if move is not None:
            self.choose(self.chosen + move)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enlarge(on=True)
        elif event.key() == Qt.Key.Key_Escape:
            self.enlarge(on=False)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        strip = self._strip_at(event.position())
        if strip is None:
            return
        is_large = self.large and strip == self.chosen
        self.choose(strip)
        self.enlarge(on=not is_large)

    def _strip_at(self, place: QPointF) -> int | None:
        plan = self.plan()
        for strip, rect in enumerate(plan.thumbnails, plan.first):
            if rect.adjusted(-GAP, -GAP, GAP, GAP).contains(place):
                return strip
        for strip, grid in enumerate(plan.grids, plan.first):
            if grid.rect.contains(place):
                return self.chosen if self._is_large else strip
        return None

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # ------------------------------------------------------------------ layout and painting

    @property
    def _is_large(self) -> bool:
        return self.large or self.playing

    def plan(self) -> Plan:
        """Return the layout of the strips for the present size of the widget."""
        return self._shown()[1]

    def _shown(self) -> tuple[StripData | None, Plan]:
        """Return the strips as they are shown, with or without error images, and their layout."""
        data, fewer = self._data, self._without_magnitudes
        if data is None or not data.count or not data.lines or not data.columns:
            return None, Plan(())
        plan = self._plan(data)
        height = plan.grids[0].cell.height()
        if fewer is not None and not self.playing and height < min(READABLE, data.images.shape[3]):
            higher = self._plan(fewer)
            if higher.grids[0].cell.height() > GAIN * height:
                return fewer, higher
        return data, plan

    def _plan(self, data: StripData) -> Plan:
        size, lines = QSizeF(self.width(), self.height()), FIGURE * len(data.figures())
        caption = _caption(data)
        if not self._is_large:
            return self._side_by_side(data, size, Margins(caption, 0, lines if data.single_column else 0))
        scale = SCALE_WIDTH if any(map(data.is_magnitude, range(len(data.lines)))) else 0
        margins = Margins(0, HEADER, FIGURE) if data.single_column else Margins(caption, HEADER, lines, scale)
        return one_large(size, data.count, data.large_grid, margins, chosen=self.chosen)

    def _side_by_side(self, data: StripData, size: QSizeF, margins: Margins) -> Plan:
        """Return the layout of strips side by side; if not all are shown, a line above says which ones are.

        Strips of a single column have their lines side by side where the images would otherwise be too small.
        """
        min_height = MIN_HEIGHT_OF_ONE if data.single_column else MIN_HEIGHT
        place = partial(side_by_side, size, data.count, chosen=self.chosen, min_height=min_height)
        plan = place(data.grid, margins)
        if len(plan.grids) < data.count:
            plan = place(data.grid, margins._replace(top=HEADER))
        if not data.single_column or plan.grids[0].cell.height() >= min_height:
            return plan
        across = place(data.large_grid, Margins(0, HEADER, FIGURE))
        return max(plan, across, key=lambda each: each.grids[0].cell.height())

    def paint(self, painter: QPainter) -> None:
        data, plan = self._shown()
        if data is None or not plan.grids:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style = StripStyle(self.chosen, self._is_large, self._colour, self.hasFocus(), _caption(data))
        paint_strips(painter, data, plan, style, self.column if self.playing else None)


def _caption(data: StripData) -> float:
    """Return the width of the space left of a strip, where the names of rows and errors are written, in pixels.

    If the first cell of a row is blank, the row's name is written in that cell and needs no such space.
    """
    metrics, first = QFontMetrics(small_font()), data.shown_columns.start
    names = [data.line_name(line) for line in range(len(data.lines)) if data.first_column(line) == first]
    names += [name for name, errors in data.figures() if np.isfinite(errors[:, first]).any()]
    widest = max((metrics.horizontalAdvance(each) for name in names for each in name.splitlines()), default=0)
    return min(max(widest + 10, MIN_CAPTION), MAX_CAPTION)


def _tips(data: StripData) -> list[str]:
    """Return sentences that explain the numbers below the images, and the colours of error images, if there are any."""
    names = [name for name, _ in data.figures()]
    tips = (
        [f"The numbers below an image: {', then '.join(names)}{' for comparison' * (len(names) > 1)}."] if names else []
    )
    return [*tips, SCALE_TIP] if any(map(data.is_magnitude, range(len(data.lines)))) else tips
