"""The maps of all runs of a sweep, small: a column for each value, a row for each seed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPen, QPixmap

from sslviz.core.run_summary import SmallMap
from sslviz.window.latent.small_map import aligned, paint_points
from sslviz.window.plotting.plots import ARROWS
from sslviz.window.style.sizes import sized
from sslviz.window.style.theme import small_font, theme
from sslviz.window.sweep.part import SweepPart
from sslviz.window.sweep.results import RunResult

HEADER, LINE, ASIDE, GAP, BAR = 18, 2, 44, 6, 3
"""Height of the values above the maps and of the lines below them, width of the seeds at their left, distance of two
maps, and height of the bar that shows how far a run is, in pixels."""
TOP = HEADER + LINE + 4
"""Height of what is above the maps, in pixels."""
MOST_PX = 260
"""Maximum side of a map, in pixels."""
TIP = (
    "The map of each run as it was last: of the same samples, in the same colours, turned to fit the first. Arrow keys "
    "point at a run, Enter or a click opens it."
)


class MapGrid(SweepPart):
    """Shows a map for each run; arrow keys point at a run too, and Enter chooses it.

    The runs that are brought forward have frames in the colours of their values.
    """

    def __init__(self) -> None:
        super().__init__("Maps of the runs", TIP)
        self._texts: tuple[str, ...] = ()
        self._seeds: tuple[int, ...] = ()
        self.maps: list[SmallMap | None] = []
        """The map of each run, aligned with the first one."""
        self._pictures: dict[int, QPixmap] = {}
        self._look: tuple[object, ...] = ()
        """Size in pixels and palette with which the pictures were drawn."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        sized(self.setMinimumSize, 200, 160)

    def show_runs(self, runs: Sequence[RunResult], texts: Sequence[str]) -> None:
        """Show the maps of these runs; ``texts`` are the values as texts."""
        before = [run.small_map for run in self._runs]
        self._runs, self._texts = tuple(runs), tuple(texts)
        self._seeds = tuple(dict.fromkeys(run.run.seed for run in runs))
        now = [run.small_map for run in runs]
        if now != before:  # maps are compared by identity
            self.maps = aligned(now)
            self._pictures.clear()
        self.update()

    # ------------------------------------------------------------------ places

    @property
    def side(self) -> float:
        """Width and height of a map, in pixels."""
        columns, rows = max(len(self._texts), 1), max(len(self._seeds), 1)
        across = (self.width() - ASIDE) / columns - GAP
        down = (self.height() - TOP) / rows - GAP - BAR
        return max(16.0, min(across, down, MOST_PX))

    def place_of(self, run: int) -> QRectF:
        """Return where the map of a run is, in pixels of the widget."""
        side, row = self.side, self._seeds.index(self._runs[run].run.seed)
        left = ASIDE + self._runs[run].value * (side + GAP)
        return QRectF(left, TOP + row * (side + GAP + BAR), side, side)

    def run_at(self, place: QPointF) -> int | None:
        """Return the run whose map is at a place."""
        return next((run for run in range(len(self._runs)) if self.place_of(run).contains(place)), None)

    # ------------------------------------------------------------------ keys

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._point_at(None)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in ARROWS and self._runs:
            self._point_at(self._beside(*ARROWS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._pointed is not None:
            self.chosen.emit(self._pointed)
        elif key == Qt.Key.Key_Escape and self._pointed is not None:
            self._point_at(None)
        else:
            event.ignore()

    def _beside(self, right: int, down: int) -> int:
        """Return the run beside the one that is pointed at, at its right or below it; else the first run."""
        if self._pointed is None:
            return 0
        here = self._runs[self._pointed]
        value, row = here.value + right, self._seeds.index(here.run.seed) + down
        places = {(run.value, self._seeds.index(run.run.seed)): index for index, run in enumerate(self._runs)}
        return places.get((value, row), self._pointed)

    # ------------------------------------------------------------------ drawing

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_names(painter)
        for run in range(len(self._runs)):
            self._paint_run(painter, run)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(theme().palette.accent))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _paint_names(self, painter: QPainter) -> None:
        """Write the values above the columns, over lines in their colours, and the seeds beside the rows."""
        palette, side = theme().palette, self.side
        painter.setFont(small_font())
        painter.setPen(QColor(palette.dim))
        for value, text in enumerate(self._texts):
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(side))
            box = QRectF(ASIDE + value * (side + GAP), 0, side, HEADER)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
            painter.fillRect(QRectF(box.left(), HEADER, side, LINE), QColor(palette.run(value)))
        for row, seed in enumerate(self._seeds):
            box = QRectF(2, TOP + row * (side + GAP + BAR), ASIDE - 6, side)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"seed {seed}")

    def _paint_run(self, painter: QPainter, run: int) -> None:
        palette, place, result, small_map = theme().palette, self.place_of(run), self._runs[run], self.maps[run]
        bold = run in self._bold
        painter.setPen(QPen(QColor(palette.run(result.value) if bold else palette.line), 2 if bold else 1))
        painter.setBrush(QColor(palette.surface))
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if small_map is not None:
            painter.drawPixmap(place.topLeft(), self._picture(painter, run, small_map, place.width()))
        else:
            painter.setFont(small_font())
            painter.setPen(QColor(palette.dim))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "no map" if result.finished else result.state)
        if 0 < result.done < 1:
            bar = QRectF(place.left(), place.bottom() + 1, place.width(), BAR)
            painter.fillRect(bar, QColor(palette.line))
            painter.fillRect(bar.adjusted(0, 0, (result.done - 1) * place.width(), 0), QColor(palette.accent))

    def _picture(self, painter: QPainter, run: int, small_map: SmallMap, side: float) -> QPixmap:
        """Return the map of a run as a picture, which is kept until it changes, or its size or the theme does."""
        ratio = abs(painter.deviceTransform().m11()) or 1.0
        look = (side, ratio, theme().palette)
        if look != self._look:
            self._look = look
            self._pictures.clear()
        if run not in self._pictures:
            pixels = max(1, round(side * ratio))
            picture = QPixmap(pixels, pixels)
            picture.fill(Qt.GlobalColor.transparent)
            picture.setDevicePixelRatio(ratio)
            inside = QPainter(picture)
            inside.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_points(inside, QRectF(0, 0, side, side).adjusted(5, 5, -5, -5), small_map, 2.2)
            inside.end()
            self._pictures[run] = picture
        return self._pictures[run]
