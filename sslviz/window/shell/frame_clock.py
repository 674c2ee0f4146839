"""The window's clock: every 33 ms it pulls what came, and lets at most one panel draw.

One panel a tick keeps each turn of the event loop short: drawing all at once would make the sliders stutter.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, Qt, QTimer

from sslviz.core.log import logger
from sslviz.core.startup_timing import reached

TICK_MS = 33
SLOW_S = 0.05
"""a turn that takes longer is reported under the topic ``frames``"""


class Drawable(Protocol):
    """What the clock asks of a panel."""

    min_interval_s: float

    @property
    def name(self) -> str:
        """What a report of a slow turn calls it."""

    def wants_drawing(self) -> bool:
        """Whether it is visible and something it shows has changed."""

    def draw(self) -> None:
        """Draw now; never raises."""


class FrameClock(QObject):
    """Pull, then draw the panel that has waited longest."""

    def __init__(self, pull: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pull = pull
        self._panels: list[Drawable] = []
        self._drawn: list[float] = []
        self.frame_ms = 0.0
        self._painted = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)

    def add(self, panel: Drawable) -> None:
        """Let this panel draw too, in its turn."""
        self._panels.append(panel)
        self._drawn.append(0.0)

    def start(self) -> None:
        """Begin ticking."""
        self._timer.start()

    def stop(self) -> None:
        """No tick after this."""
        self._timer.stop()

    def tick(self) -> None:
        """One turn; ``frame_ms`` follows its cost."""
        began = time.perf_counter()
        self._pull()
        pulled = time.perf_counter()
        drawn = self._draw_one(began)
        done = time.perf_counter()

        def turn_ended() -> None:
            self._turn_ended(began, f"{pulled - began:.3f} s to pull, {done - pulled:.3f} s to draw {drawn}")

        QTimer.singleShot(0, turn_ended)  # runs when what was drawn has been painted

    def _draw_one(self, now: float) -> str:
        """Let the panel draw that has waited longest; returns what it is called."""
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

    def _turn_ended(self, began: float, spent: str) -> None:
        seconds = time.perf_counter() - began
        self.frame_ms += 0.05 * (seconds * 1e3 - self.frame_ms)
        if seconds > SLOW_S:
            logger("frames").debug("a turn of %.3f s: %s, the rest to paint and to serve the person", seconds, spent)
        if not self._painted:
            self._painted = True
            reached("the window is painted")
