"""The row below the map that plays the maps of a run again, or shows one of them."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSlider, QWidget

from sslviz.window.latent.cloud import GLIDE_MS
from sslviz.window.plotting.rendering import ON_SCREEN_ONLY
from sslviz.window.runs.run_model import RunModel
from sslviz.window.style.buttons import small_action, small_button
from sslviz.window.style.labels import label
from sslviz.window.style.sizes import px, sized

PLAY, STOP = "Play this run's maps from here", "Stop playing"
PLAY_MS = 10_000
"""Duration of the replay of a whole run, within the limits of ``INTERVALS_MS``."""
INTERVALS_MS = 100, 700
"""Shortest and longest time for which each map is shown. It is the longest while most maps are still to be made."""
MIN_WIDTH, ROOMY_WIDTH = 36, 300
"""Minimum width of the slider, and minimum width of a row that has room for the text, in pixels."""


class Replay(QWidget):
    """A button that plays, a slider over the steps whose maps can be shown, and a button that follows the run again.

    At the last position of the slider, the run is followed: its newest map is shown, also when there are more later.
    The row is hidden if there are fewer than two maps. Nothing is played while it is not visible. A picture of the
    panel omits it.
    """

    moved = Signal(object)
    """int or None: the user looks back at this step, or follows the run again."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty(ON_SCREEN_ONLY, True)
        self._run = RunModel()
        self.play = small_button("play", PLAY)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setPageStep(1)
        sized(self.slider.setMinimumWidth, MIN_WIDTH)
        self.slider.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.slider.setAccessibleName("Step of the map")
        self.slider.setToolTip("The step whose map is shown; at the end, the map follows the run")
        self.where = label(role="small", numbers=True, elided=True)
        self.live = small_action("Live", "Follow the run again")
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._advance)
        self.play.clicked.connect(self._play_or_stop)
        self.slider.valueChanged.connect(self._choose)
        self.live.clicked.connect(self._follow)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.where.setMinimumWidth(1)
        self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for part, stretch in ((self.play, 0), (self.slider, 3), (self.where, 2), (self.live, 0)):
            row.addWidget(part, stretch)
        self.where.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.where.setVisible(self.width() >= px(ROOMY_WIDTH))  # the caption of the map has the step too
        self._row.activate()  # at once, so that a picture of the panel shows the result

    def minimumSizeHint(self) -> QSize:
        return QSize(px(MIN_WIDTH), super().minimumSizeHint().height())

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()

    @property
    def glide_ms(self) -> int:
        """Time in which the points glide to the next map, in milliseconds: a short one if maps follow fast."""
        return min(GLIDE_MS, self.timer.interval()) if self.timer.isActive() else GLIDE_MS

    def show_run(self, run: RunModel) -> None:
        """Play no other run than ``run`` from now on."""
        if run is not self._run:
            self._stop()
        self._run = run

    def refresh(self, run: RunModel) -> None:
        """Offer the steps that can be shown of ``run``."""
        self.show_run(run)
        steps = run.replay_steps
        self.setVisible(len(steps) > 1)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max(len(steps) - 1, 0))
            self.slider.setValue(self._position(steps))
        self.live.setEnabled(run.cursor_step is not None)
        self.where.setText(where_text(run))

    def _position(self, steps: tuple[int, ...]) -> int:
        cursor = self._run.cursor_step
        return len(steps) - 1 if cursor is None else max(0, bisect_right(steps, cursor) - 1)

    def _choose(self, position: int) -> None:
        """Look back at the step at this position of the slider, or follow the run if it is the last one."""
        self._stop()
        self._show(position)

    def _show(self, position: int) -> None:
        steps = self._run.replay_steps
        self.moved.emit(steps[position] if position < len(steps) - 1 else None)

    def _follow(self) -> None:
        self._stop()
        self.moved.emit(None)

    def _play_or_stop(self) -> None:
        if self.timer.isActive():
            self._stop()
            return
        self.timer.start(self._interval_ms())
        self.play.show_icon("pause")
        self.play.set_tip(STOP)
        if self._run.cursor_step is None:
            self._show(0)

    def _interval_ms(self) -> int:
        steps, kept, (shortest, longest) = self._run.replay_steps, self._run.map_view.kept_steps, INTERVALS_MS
        if 2 * len(kept) < len(steps):
            return longest
        return min(max(PLAY_MS // len(steps), shortest), longest)

    def _stop(self) -> None:
        self.timer.stop()
        self.play.show_icon("play")
        self.play.set_tip(PLAY)

    def _advance(self) -> None:
        """Show the next map; at the last one, follow the run and stop."""
        steps = self._run.replay_steps
        position = self._position(steps) + 1
        if position >= len(steps) - 1:
            self._follow()
        else:
            self._show(position)


def where_text(run: RunModel) -> str:
    """Return which step is shown, such as "live, step 3,480" or "step 1,204 of 3,480"."""
    steps = run.replay_steps
    if not steps:
        return ""
    if run.cursor_step is not None:
        return f"step {run.cursor_step:,} of {steps[-1]:,}"
    return f"{'end' if run.ended else 'newest' if run.recorded else 'live'}, step {steps[-1]:,}"
