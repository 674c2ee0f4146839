"""How smooth the window stays, and how soon a slider acts.

``gap_*_ms``: time between two ticks of a precise 16 ms timer in the window's thread, from the first loss point on, as
``sslviz shot`` measures it, with 50,000 points in the latent map while the engine trains and maps its 2,000. On their
way from the real engine each of the 2,000 becomes 25, scattered a little, so that the crowd glides at every map.
Offscreen: what a graphics driver adds is not in it.

``hover_ms``: the mouse is moved onto one of those 50,000, until its card is painted. ``lasso_ms``: a lasso of 200
corners around half of them is closed, until they stand out and the panel of the selection is painted. Medians of twenty
each a round, while the engine trains and maps.

``pictures_gap_*_ms``: the same gaps on an ordinary window whose 2,000 points are drawn as pictures, from some seconds
after they were switched on, while the engine trains and maps. ``window_mb``: the resident set of the window's process
(VmRSS) at the end.

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
import math
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from harness import Figures, alternate, columns, leg, own_place

from sslviz.core.messages import Mark, Message
from sslviz.core.panel_data import LatentMap, Probe
from sslviz.core.pipe import MessageError
from sslviz.core.wire import Array
from sslviz.window.runs.engine_process import EngineProcess

ROUNDS, SECONDS = 3, 30.0
SIZE = (1600, 1000)
PRESET = "shapes"
COPIES, SCATTER = 25, 0.15
"""of each point, and how far apart, in map units"""
POINTS, CROWD = 2_000, 50_000
"""points of the preset, and with all copies"""
SLIDER = "brightness"
"""live, and to be seen in the views"""
MOVES, SETTLE_S, PATIENCE_S = 20, 5.0, 60.0


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place() as place:
        legs: dict[str, Callable[[], Any]] = {
            "gaps": partial(leg, "window_gaps", "gaps", seconds=seconds, picture=str(place / "crowd.png")),
            "questions": partial(leg, "window_gaps", "questions"),
            "pictures": partial(leg, "window_gaps", "pictures", seconds=seconds),
            "slider": partial(leg, "window_gaps", "slider"),
        }
        found = alternate(legs, rounds).values()
    return {name: values for each in found for name, values in columns(each).items()}


# --------------------------------------------------------------------------- gaps


class Crowd(EngineProcess):
    """The real engine, but every point of the map comes as many."""

    def messages(self, on_bad: Callable[[MessageError], None]) -> Iterator[Message]:
        return map(of_a_crowd, super().messages(on_bad))


def of_a_crowd(message: Message) -> Message:
    """A message about the points with every point as many; others unchanged."""
    if isinstance(message, Probe):
        crowd = {name: repeated(values) for name, values in message.labels.items()}
        ids, images = repeated(message.ids), np.zeros((len(message.ids.numpy()) * COPIES, 1, 1, 1, 3), np.uint8)
        return msgspec.structs.replace(message, labels=crowd, ids=ids, images=Array.of(images))
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
    from sslviz.window.shell.shot import take_shot

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = take_shot(engine, {"light": Path(picture)}, PRESET, seconds, SIZE, None, presentation=False)
    assert code == 0
    report = json.loads(said.getvalue())
    return {name: report[name] for name in ("gap_p50_ms", "gap_p99_ms", "gap_max_ms", "maps")}


# --------------------------------------------------------------------------- questions


def questions() -> dict[str, float]:
    """Medians over twenty points pointed at, and twenty lassos, of one training."""
    gc.disable()
    desk = Desk(Crowd())
    import pyqtgraph as pg

    pg.setConfigOption("mouseRateLimit", 0)  # it passes over moves that come faster than a hundred a second
    try:
        desk.wait(lambda: desk.crowd() == CROWD)
        desk.rest(SETTLE_S)
        hovers, lassos = ([ask(desk, number) for number in range(MOVES)] for ask in (pointed_at, drawn_around))
    finally:
        desk.close()
    return {"hover_ms": statistics.median(hovers), "lasso_ms": statistics.median(lassos)}


def pointed_at(desk: Desk, number: int) -> float:
    """Milliseconds from a move of the mouse to the card."""
    desk.rest(0.2 + 0.013 * number)
    while True:
        desk.leave_map()
        desk.rest(0.05)
        began = time.perf_counter()
        desk.point_at(number)
        if desk.card_shown():  # else the map was about to be shown otherwise, and there was no point
            desk.wait(desk.card_shown)
            return (time.perf_counter() - began) * 1e3


def drawn_around(desk: Desk, number: int) -> float:
    """Milliseconds from the end of a lasso to the selection; every second one is around the other half."""
    desk.rest(0.2 + 0.013 * number)
    before = desk.selected()
    began = time.perf_counter()
    desk.draw_lasso(desk.around(number % 2))
    desk.wait(lambda: desk.selected() != before and desk.map_drawn())
    return (time.perf_counter() - began) * 1e3


# --------------------------------------------------------------------------- pictures


def pictures(seconds: float) -> dict[str, float]:
    """Gaps of one training whose points are pictures, and what the window's process takes."""
    gc.disable()
    desk = Desk(EngineProcess())
    try:
        desk.wait(lambda: desk.crowd() == POINTS)
        desk.show_pictures()
        desk.rest(SETTLE_S)
        found = desk.gaps(seconds)
        memory = resident_mb()
    finally:
        desk.close()
    p50, p99, most = np.percentile(found, [50, 99, 100]).tolist()
    return {
        "pictures_gap_p50_ms": p50,
        "pictures_gap_p99_ms": p99,
        "pictures_gap_max_ms": most,
        "window_mb": memory,
    }


def resident_mb() -> float:
    """The resident set of this process, in MB; NaN on systems without /proc."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/self/status").read_text().splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6
    return math.nan


# --------------------------------------------------------------------------- sliders


class Attentive(EngineProcess):
    """The real engine; when its marks came is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[float] = []

    def messages(self, on_bad: Callable[[MessageError], None]) -> Iterator[Message]:
        for message in super().messages(on_bad):
            if isinstance(message, Mark):
                self.marks.append(time.perf_counter())
            yield message


class Desk:
    """The open window with a training on. All that is known here of the window's inside is in this class."""

    def __init__(self, engine: EngineProcess) -> None:
        from sslviz.window.shell.app import make_window, show_window

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

    @property
    def _map(self) -> Any:
        return self._window.panels["latent_map"]

    def crowd(self) -> int:
        """How many points are drawn."""
        return len(self._map.cloud.xy)

    def point_at(self, number: int) -> None:
        """Move the mouse onto a point of the map, another one for each number, none of the outermost."""
        from PySide6.QtCore import QPointF
        from PySide6.QtTest import QTest

        plot, xy = self._map.plot, self._map.cloud.xy
        from_middle = np.argsort(np.abs(xy - np.median(xy, axis=0)).sum(axis=1))
        place = xy[from_middle[(1 + number) * len(xy) // (2 * MOVES)]]
        scene = plot.getViewBox().mapViewToScene(QPointF(*place.tolist()))
        QTest.mouseMove(plot.viewport(), plot.mapFromScene(scene))

    def leave_map(self) -> None:
        """Move the mouse into a corner where there is no point."""
        from PySide6.QtCore import QPoint
        from PySide6.QtTest import QTest

        QTest.mouseMove(self._map.plot.viewport(), QPoint(1, 1))

    def card_shown(self) -> bool:
        """Whether what is pointed at is told."""
        return bool(self._map.pointer.card.isVisible())

    def around(self, half: int) -> np.ndarray:
        """float64[200, 2], a round lasso about the left or the right half of the map."""
        low, high = np.quantile(self._map.cloud.xy, [0.0, 1.0], axis=0)
        angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
        middle, size = (low + high) / 2, (high - low)
        middle[0] += (half - 0.5) * size[0]
        return np.stack([middle[0] + 0.5 * size[0] * np.cos(angle), middle[1] + size[1] * np.sin(angle)], 1)

    def draw_lasso(self, corners: np.ndarray) -> None:
        """As a drag with Shift ends."""
        self._map.lasso.drawn.emit(corners)

    def selected(self) -> int:
        """How many points are."""
        return len(self._window.session.run.selection.indices)

    def map_drawn(self) -> bool:
        """Whether map and selection show what there is."""
        panels = (self._window.panels[name] for name in ("latent_map", "selection"))
        return not any(panel.wants_drawing() for panel in panels)

    def show_pictures(self) -> None:
        """Switch on that all points of the map are pictures."""
        self._map.tools.pictures.click()
        assert self._map.canvas.pictures.on

    def gaps(self, seconds: float) -> np.ndarray:
        """Milliseconds between the ticks of a precise timer of the window's thread, as ``sslviz shot`` takes them."""
        from PySide6.QtCore import Qt, QTimer

        from sslviz.window.shell.shot import GAP_TICK_MS

        ticks: list[float] = []
        timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=GAP_TICK_MS)
        timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
        timer.start()
        self.rest(seconds)
        timer.stop()
        return np.diff(np.array(ticks)) * 1e3

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
