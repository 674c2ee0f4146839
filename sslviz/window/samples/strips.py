"""Strips of pictures, one a sample: what was predicted beside what came; one at a time large, and as a film."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QHideEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QSizePolicy

from sslviz.core.panel_data import Strips
from sslviz.window.plotting.painting import PaintedWidget
from sslviz.window.samples.strip_data import StripData
from sslviz.window.samples.strip_figures import FIGURE
from sslviz.window.samples.strip_painter import HEADER, StripStyle, paint_strips
from sslviz.window.samples.strip_plan import GAP, Margins, Plan, beside, one_large
from sslviz.window.style.theme import small_font

CAPTION_LEAST, CAPTION_MOST = 36, 104
"""px for names at the left"""
FRAME_MS, HOLD = 140, 5
"""of a film: a frame, and how many of them its end is held"""
TIP = "Click a strip, or choose it with the arrow keys and Enter, to see it large; Escape shows all of them."
MOVES: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class StripsView(PaintedWidget):
    """Strips of one column stand side by side, those of several are shown one at a time, until a person chooses."""

    playing_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._data: StripData | None = None
        self._colour = 0
        self.chosen = 0
        self.large = False
        self._film = QTimer(self)
        self._film.setInterval(FRAME_MS)
        self._film.timeout.connect(self._next_frame)
        self._frame = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Predicted beside actual, a strip a sample")
        self.setToolTip(TIP)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 60))

    # ------------------------------------------------------------------ what is shown

    def show_strips(self, strips: Strips, colour: int) -> None:
        """Draw these, figures in one of the runs' colours. Strips of another form are shown as it suits them."""
        before, self._data, self._colour = self._data, StripData(strips), colour
        if before is None or before.turned != self._data.turned:
            self.large = not self._data.turned
        self.chosen = min(self.chosen, max(self._data.count - 1, 0))
        names = [name for name, _ in self._data.numbers()]
        self.setToolTip("\n".join([TIP, f"The figures: {', and of '.join(names)}."] if names else [TIP]))
        if not self.can_play:
            self.play(on=False)
        self.update()

    @property
    def can_play(self) -> bool:
        """Whether there is more than one moment."""
        return self._data is not None and len(self._data.film) > 1

    @property
    def playing(self) -> bool:
        """Whether a film runs."""
        return self._film.isActive()

    def play(self, *, on: bool) -> None:
        """Let the chosen strip run as a film from its beginning, over and over, or show it whole again."""
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
        """Which column a film shows now."""
        columns = self._data.film if self._data is not None else []
        return columns[min(self._frame, len(columns) - 1)] if columns else 0

    def _next_frame(self) -> None:
        columns = self._data.film if self._data is not None else []
        self._frame = (self._frame + 1) % (len(columns) + HOLD)
        self.update()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.play(on=False)

    # ------------------------------------------------------------------ choosing

    def choose(self, strip: int) -> None:
        """Show another strip large, or point at it where all are shown."""
        if self._data is not None and self._data.count:
            self.chosen = min(max(strip, 0), self._data.count - 1)
            self._frame = 0
            self.update()

    def enlarge(self, *, on: bool) -> None:
        """Show the chosen strip large, or all."""
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
        found = self._strip_at(event.position())
        if found is None:
            return
        again = self.large and found == self.chosen
        self.choose(found)
        self.enlarge(on=not again)

    def _strip_at(self, place: QPointF) -> int | None:
        plan = self.plan()
        for strip, rect in enumerate(plan.edge):
            if rect.adjusted(-GAP, -GAP, GAP, GAP).contains(place):
                return strip
        for strip, board in enumerate(plan.boards):
            if board.rect.contains(place):
                return self.chosen if self._is_large else strip
        return None

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # ------------------------------------------------------------------ where it lies

    @property
    def _is_large(self) -> bool:
        return self.large or self.playing

    def plan(self) -> Plan:
        """Where everything lies under the present size."""
        data = self._data
        if data is None or not data.count or not data.lines or not data.columns:
            return Plan(())
        size, lines = QSizeF(self.width(), self.height()), FIGURE * len(data.numbers())
        if not self._is_large:
            return beside(size, data.count, data.grid, Margins(self._caption, 0, lines if data.turned else 0))
        if data.turned:
            return one_large(size, data.count, data.large, Margins(0, HEADER, FIGURE if lines else 0))
        return one_large(size, data.count, data.large, Margins(self._caption, HEADER, lines))

    @property
    def _caption(self) -> float:
        """px for the names at the left: those that cannot stand where cells are blank."""
        data, metrics = self._data, QFontMetrics(small_font())
        if data is None:
            return CAPTION_LEAST
        names = [data.name(line) for line in range(len(data.lines)) if not data.begins(line)]
        names += [name for name, errors in data.numbers() if np.isfinite(errors[:, 0]).any()]
        widest = max((metrics.horizontalAdvance(each) for name in names for each in name.splitlines()), default=0)
        return min(max(widest + 10, CAPTION_LEAST), CAPTION_MOST)

    def paint(self, painter: QPainter) -> None:
        plan, data = self.plan(), self._data
        if data is None or not plan.boards:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = StripStyle(self.chosen, self._is_large, self._colour, self.hasFocus(), self._caption)
        paint_strips(painter, data, plan, look, self.column if self.playing else None)
