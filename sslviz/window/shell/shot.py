"""``sslviz shot``: opens the window, trains for some seconds, saves a screenshot, and prints timings as JSON.

On request, nothing is trained: the screenshot shows the data and the untrained network.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from sslviz.core.startup_timing import process_start
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.shell.app import make_window, show_window
from sslviz.window.shell.main_window import MainWindow
from sslviz.window.style.palette import ThemeName
from sslviz.window.style.theme import theme

GAP_TICK_MS = 16
"""Interval of the timer by which gaps of the event loop are measured, in milliseconds."""
GIVE_UP_S = 180.0
"""Time after which the screenshot is taken even without a first step, in seconds since the start of the process."""
SETTLED_S = 1.5
"""Time in seconds for which nothing may have been missing in the window when an untrained network is taken."""
PAINTED_MS = 400
"""Time in milliseconds from the drawing of the panels to the picture of them."""
Pictures = Mapping[ThemeName, Path]
"""The paths of the screenshots, by theme; the window opens in the first theme."""


class Shot(QObject):
    """Starts a training, saves a screenshot some seconds after the first loss was drawn, and closes the window.

    If ``pictures`` has two themes, there are two screenshots of the same moment, one in each theme.

    ``seconds`` is this delay. If it is None, nothing is trained, and the screenshot is saved as soon as all visible
    panels have drawn the data and the untrained network. If the run ends before there is anything to save, or after
    :data:`GIVE_UP_S`, the screenshot is saved all the same, and that is a failure. ``panel`` names the panel to be
    saved instead of the whole window; None saves the window. ``presentation``: whether to show the presentation.
    ``began`` is the start of the process as a UNIX timestamp. The attribute ``failure`` is a sentence on what went
    wrong, empty if nothing did.
    """

    def __init__(
        self,
        window: MainWindow,
        pictures: Pictures,
        seconds: float | None,
        panel: str | None,
        *,
        presentation: bool,
        began: float,
    ) -> None:
        super().__init__(window)
        self._window, self._seconds, self._panel, self._began = window, seconds, panel, began
        self._pictures = list(pictures.items())
        self._presentation = presentation
        self.window_ms: float | None = None
        self.first_point_ms: float | None = None
        self.failure = ""
        self._first_step_at = 0.0
        self._missing_at = math.inf
        """When something of the untrained network was missing in the window last, by ``time.perf_counter``."""
        self._ticks: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(GAP_TICK_MS)
        self._timer.timeout.connect(self._tick)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self.window_ms is None:
            self.window_ms = 0.0
            QTimer.singleShot(0, self._painted)
        return False

    def _painted(self) -> None:
        """Note the time of the first paint, and start the training if there is to be one."""
        self.window_ms = (time.time() - self._began) * 1e3
        if self._seconds is not None:
            self._window.session.train()
        self._timer.start()

    def report(self) -> dict[str, float | int | None]:
        """Return the measurements to print, by name; a value is None if it was not measured.

        ``window_ms`` and ``first_point_ms``: milliseconds from the start of the process to the first paint and to the
        first drawn loss. ``gap_p50_ms``, ``gap_p99_ms`` and ``gap_max_ms``: median, 99th percentile and maximum of the
        time between two ticks of a 16 ms timer of the window's event loop, from the first drawn loss on.
        ``samples_per_second``: speed of the training. ``maps``: number of latent maps by UMAP that have arrived.
        """
        gaps = np.diff(np.array(self._ticks)) * 1e3
        run = self._window.session.run
        quantiles = [float(value) for value in np.percentile(gaps, [50, 99, 100])] if len(gaps) else [None] * 3
        return {
            "window_ms": _rounded(self.window_ms),
            "first_point_ms": _rounded(self.first_point_ms),
            **{f"gap_{name}_ms": _rounded(value) for name, value in zip(("p50", "p99", "max"), quantiles, strict=True)},
            "samples_per_second": _rounded(run.pulse.samples_per_second if run.pulse is not None else None),
            "maps": run.umap_count,
        }

    def _tick(self) -> None:
        now, run = time.perf_counter(), self._window.session.run
        if self.first_point_ms is not None and self._seconds is not None:
            self._ticks.append(now)
            if now - self._first_step_at >= self._seconds:
                self._take()
        elif self._seconds is None and self._untrained_has_settled(now):
            self._take()
        elif run.step and "loss" in run.curves and self._loss_is_drawn():
            self.first_point_ms = (time.time() - self._began) * 1e3
            self._first_step_at = now
        elif run.ended or time.time() - self._began > GIVE_UP_S:
            missing = "There was no first step." if self._seconds is not None else "The untrained network did not come."
            self.failure = run.state_text or missing
            self._take()

    def _loss_is_drawn(self) -> bool:
        """Return whether the loss panel exists and, if it can be seen, has drawn its newest data."""
        panel = self._window.panels.get("loss")
        return panel is not None and not (panel.wants_drawing() and panel.can_be_seen())

    def _untrained_has_settled(self, now: float) -> bool:
        """Return whether the window has shown the untrained network for some time, with all that comes late."""
        if not self._untrained_is_drawn():
            self._missing_at = now
        return now - self._missing_at >= SETTLED_S

    def _untrained_is_drawn(self) -> bool:
        """Return whether all visible panels have drawn the untrained network, and the map the raw inputs by UMAP.

        If there is no such network to show, it is enough that the panels say why.
        """
        run = self._window.session.run
        note = run.prepared.note if run.prepared is not None else ""
        visible = [panel for panel in self._window.panels.values() if panel.can_be_seen()]
        if not run.untrained or any(panel.wants_drawing() or (panel.hint and not note) for panel in visible):
            return False
        return run.latent_map.method == "umap" if run.latent_map is not None else bool(note) and run.probe is None

    def _take(self) -> None:
        """Take in the newest data, and begin with the first picture."""
        self._timer.stop()
        if self._window.session.run.state == "failed":
            self.failure = self._window.session.run.state_text
        target: QWidget = self._window.panels.get(self._panel or "", self._window)
        if self._panel and target is self._window:
            self.failure = f"The panel {self._panel} has nothing to show of this preset."
        self._window.session.pull()
        if self._presentation:
            self._window.presentation.switch()
            self._window.messages.dismiss()  # how to return from it
        self._window.clock.stop()  # what comes from now on is not of this moment
        self._draw(target)

    def _draw(self, target: QWidget) -> None:
        """Draw all visible panels that have changed, and save the next picture when they are painted."""
        self._window.clock.draw_all()
        QTimer.singleShot(PAINTED_MS, lambda: self._save(target))

    def _save(self, target: QWidget) -> None:
        """Save the next picture; then draw the window in the theme of the one after it, or close it after the last."""
        self._window.clock.draw_all()  # what was resized since
        _, out = self._pictures.pop(0)
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            saved = target.grab().save(str(out))
        except OSError:
            saved = False
        if not saved:
            self.failure = f"The picture could not be written to {out}."
        if self._pictures:
            theme().apply(self._pictures[0][0])
            self._draw(target)
        else:
            self._window.shut_down()
            QApplication.quit()


def take_shot(
    engine: EngineProcess,
    pictures: Pictures,
    preset: str,
    seconds: float | None,
    size: tuple[int, int],
    panel: str | None,
    *,
    presentation: bool,
) -> int:
    """Open the window, save the screenshots and print the measurements. Returns exit code 1 on failure."""
    application, window = make_window(engine, preset, next(iter(pictures)))
    window.resize(*size)
    show_window(window)
    shot = Shot(window, pictures, seconds, panel, presentation=presentation, began=process_start())
    application.exec()
    print(json.dumps(shot.report()))  # noqa: T201
    if shot.failure:
        print(f"sslviz: {shot.failure}", file=sys.stderr)  # noqa: T201
    return 1 if shot.failure else 0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
