"""How smooth the window stays, and how soon a slider acts.

``gap_*_ms``: time between two ticks of a precise 16 ms timer in the window's thread, from the first loss point on, as
``sslviz shot`` measures it, with 50,000 points in the latent map while the engine trains and maps its 2,000. On their
way from the real engine each of the 2,000 becomes 25, scattered a little, so that the crowd glides at every map.
Offscreen: what a graphics driver adds is not in it.

``slider_to_step_ms``: a slider of the form is moved by a key press during training, until the window's process has
the mark that the engine sends at the beginning of the first step with the new value; the step under way (``step_ms``
long) is waited for. ``slider_to_preview_ms``: from the same press until views drawn with that value are painted.
Medians of twenty moves a round, on an ordinary window with 2,000 points. No torch is loaded in the window's process.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from harness import Figures, alternate, columns, leg, own_place

from sslviz.core.messages import Mark, Message
from sslviz.core.pictures import LatentMap, Probe
from sslviz.core.wire import Array
from sslviz.window.engine_process import EngineProcess

ROUNDS, SECONDS = 3, 30.0
SIZE = (1600, 1000)
PRESET = "shapes"
COPIES, SCATTER = 25, 0.15
"""of each point, and how far apart, in map units"""
SLIDER = "brightness"
"""live, and to be seen in the views"""
MOVES, SETTLE_S, PATIENCE_S = 20, 5.0, 60.0


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place() as place:
        legs: dict[str, Callable[[], Any]] = {
            "gaps": partial(leg, "window_gaps", "gaps", seconds=seconds, picture=str(place / "crowd.png")),
            "slider": partial(leg, "window_gaps", "slider"),
        }
        gaps_found, moves = alternate(legs, rounds).values()
    return {**columns(gaps_found), **columns(moves)}


# --------------------------------------------------------------------------- gaps


class Crowd(EngineProcess):
    """The real engine, but every point of the map comes as many."""

    def read(self) -> Message | None:
        message = super().read()
        if isinstance(message, Probe):
            crowd = {name: repeated(values) for name, values in message.labels.items()}
            ids, pictures = repeated(message.ids), np.zeros((len(message.ids.numpy()) * COPIES, 1, 1, 1, 3), np.uint8)
            return msgspec.structs.replace(message, labels=crowd, ids=ids, pictures=Array.of(pictures))
        if isinstance(message, LatentMap):
            return msgspec.structs.replace(message, xy=Array.of(crowded(message.xy.numpy())))
        return message


def repeated(values: Array) -> Array:
    """Every entry as many times as there are copies."""
    return Array.of(np.repeat(values.numpy(), COPIES))


def crowded(xy: np.ndarray) -> np.ndarray:
    """float32[n, 2] to float32[n * COPIES, 2], the copies always at the same places about their point."""
    scatter = np.random.default_rng(0).normal(scale=SCATTER, size=(len(xy) * COPIES, 2))
    return (np.repeat(xy, COPIES, axis=0) + scatter).astype(np.float32)


def gaps(seconds: float, picture: str) -> dict[str, float]:
    """What ``sslviz shot`` says of a window with a crowd."""
    gc.disable()  # as in the program: the window has a collector of its own
    engine = Crowd()
    from sslviz.window.shot import take_shot

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = take_shot(engine, Path(picture), PRESET, seconds, SIZE, "light", None)
    assert code == 0
    report = json.loads(said.getvalue())
    return {name: report[name] for name in ("gap_p50_ms", "gap_p99_ms", "gap_max_ms", "maps")}


# --------------------------------------------------------------------------- sliders


class Attentive(EngineProcess):
    """The real engine; when its marks came is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[float] = []

    def read(self) -> Message | None:
        message = super().read()
        if isinstance(message, Mark):
            self.marks.append(time.perf_counter())
        return message


class Desk:
    """The open window with a training on. All that is known here of the window's inside is in this class."""

    def __init__(self, engine: EngineProcess) -> None:
        from sslviz.window.app import make_window, show_window

        self._application, self._window = make_window(engine, PRESET, "light")
        self._window.resize(*SIZE)
        show_window(self._window)
        self.wait(lambda: self._window.form is not None and SLIDER in self._window.form.fields)
        self._window.session.train()
        self.wait(lambda: self._window.session.run.pulse is not None)

    def press(self, key: str, forward: bool) -> None:
        """An arrow key on the slider of a setting."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        slider = self._window.form.fields[key].slider  # type: ignore[union-attr]
        QTest.keyClick(slider, Qt.Key.Key_Right if forward else Qt.Key.Key_Left)

    def views_shown(self) -> int:
        """The generation of the views that are on the screen; -1 while newer ones wait to be drawn."""
        views = self._window.session.run.views
        waiting = self._window.panels["views"].wants_drawing()
        return -1 if waiting or views is None else views.generation

    def step_ms(self) -> float:
        """How long a step takes now."""
        run = self._window.session.run
        return 1e3 * int(run.values["batch_size"]) / run.pulse.samples_per_second  # type: ignore[union-attr]

    def wait(self, until: Callable[[], bool]) -> None:
        """Let the window live until something is so; the window's own clock wakes this thirty times a second."""
        from PySide6.QtCore import QEventLoop

        deadline = time.monotonic() + PATIENCE_S
        while not until():
            assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s in vain"
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self._application.processEvents()  # what was drawn is painted now

    def rest(self, seconds: float) -> None:
        """Let the window live for a while."""
        until = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= until)

    def close(self) -> None:
        """Stop, save, and end the engine."""
        self._window.shut_down()


def slider() -> dict[str, float]:
    """Medians over the moves of one training."""
    gc.disable()
    engine = Attentive()
    desk = Desk(engine)
    try:
        desk.rest(SETTLE_S)
        moves = [moved(desk, engine, number) for number in range(MOVES)]
        step_ms = desk.step_ms()
    finally:
        desk.close()
    to_step, to_preview = (statistics.median(each) for each in zip(*moves, strict=True))
    return {"slider_to_step_ms": to_step, "slider_to_preview_ms": to_preview, "step_ms": step_ms}


def moved(desk: Desk, engine: Attentive, number: int) -> tuple[float, float]:
    """Milliseconds from a key press to the mark, and to the new views."""
    desk.rest(0.2 + 0.013 * number)  # so that presses fall on all phases of the window's clock
    desk.wait(lambda: desk.views_shown() >= 0)
    marks, shown = len(engine.marks), desk.views_shown()
    began = time.perf_counter()
    desk.press(SLIDER, forward=number % 2 == 0)
    desk.wait(lambda: desk.views_shown() > shown)
    painted = time.perf_counter()
    desk.wait(lambda: len(engine.marks) > marks)
    return (engine.marks[marks] - began) * 1e3, (painted - began) * 1e3
