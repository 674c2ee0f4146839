"""The window's clock: every 33 ms it takes in the engines' new messages and draws at most one panel.

One panel per tick keeps the event loop's iterations short: drawing all panels at once would make the sliders stutter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer

from sslviz.core.log import logger
from sslviz.core.startup_timing import reached

TICK_MS = 33
"""Interval of the clock in milliseconds."""
SLOW_S = 0.05
"""Duration in seconds beyond which a tick is reported under the log topic ``frames``."""


class Drawable(Protocol):
    """Declares what the clock uses of a panel."""

    min_interval_s: float
    """Minimum interval between two drawings, in seconds."""

    @property
    def name(self) -> str:
        """Name of the panel, which is logged when a tick of the clock was slow."""

    def wants_drawing(self) -> bool:
        """Return whether the panel can be seen, can be drawn, and has changed since the last drawing."""

    def draw(self) -> None:
        """Draw the panel with the newest data; never raises."""


class FrameClock(QObject):
    """Runs a timer; at each tick of the timer it takes in new messages, then draws at most one panel.

    Messages are taken in by the function ``pull``. Of the panels that want to be drawn and were not drawn during their
    minimum interval, the one whose last drawing was longest ago is drawn. A tick is logged if pulling, drawing and
    painting take longer than :data:`SLOW_S`.
    """

    def __init__(self, pull: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pull = pull
        self._panels: list[Drawable] = []
        self._drawn: list[float] = []
        self._painted = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def add(self, panel: Drawable) -> None:
        """Add a panel to the panels that the clock draws."""
        self._panels.append(panel)
        self._drawn.append(0.0)

    def start(self) -> None:
        """Start the timer of the ticks."""
        self._timer.start()

    def stop(self) -> None:
        """Stop the timer of the ticks, so that the clock pulls no more messages and draws no more panels."""
        self._timer.stop()

    def draw_all(self) -> None:
        """Draw all panels that want to be drawn, however long that takes."""
        for index, panel in enumerate(self._panels):
            if panel.wants_drawing():
                self._drawn[index] = time.perf_counter()
                panel.draw()

    def tick(self) -> None:
        """Pull messages, draw at most one panel, and measure how long pulling, drawing and painting take."""
        start = time.perf_counter()
        self._pull()
        pulled = time.perf_counter()
        panel = self._draw_one(start)
        done = time.perf_counter()

        def finish() -> None:
            self._finish_tick(start, f"{pulled - start:.3f} s to pull, {done - pulled:.3f} s to draw {panel}")

        QTimer.singleShot(0, finish)  # runs when what was drawn has been painted

    def _draw_one(self, now: float) -> str:
        """Of the panels that are due, draw the one whose last drawing was longest ago.

        A panel is due if it wants drawing and its ``min_interval_s`` has passed since its last drawing. ``now`` is the
        present time of ``time.perf_counter``. Returns the panel's name, or "nothing" if no panel is due.
        """
        waiting = [
            (self._drawn[index], index)
            for index, panel in enumerate(self._panels)
            if now - self._drawn[index] >= panel.min_interval_s and panel.wants_drawing()
        ]
        if not waiting:
            return "nothing"
        _, index = min(waiting)
        self._drawn[index] = now
        self._panels[index].draw()
        return self._panels[index].name

    def _finish_tick(self, start: float, parts: str) -> None:
        seconds = time.perf_counter() - start
        if seconds > SLOW_S:
            logger("frames").debug("a tick of %.3f s: %s, the rest to paint and to handle events", seconds, parts)
        if not self._painted:
            self._painted = True
            reached("the window is painted")
