"""A simulation of hours of training in minutes: its messages go through the whole window as fast as it draws."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication
from window_fakes import Stage, change, furnish, latent_map, probe, scalars, similarity, views

from sslviz.core.messages import Mark, Message, Pulse
from sslviz.core.panel_data import Health
from sslviz.window.shell.main_window import MainWindow

PER_TICK = 50
POINTS = 2000
SIDE = 64


def live(window: MainWindow, stage: Stage, updates: int, done: int = 0) -> None:
    """Send the messages of ``updates`` steps after the first ``done``, with a tick every :data:`PER_TICK` steps."""
    rng = np.random.default_rng(done)
    application = QApplication.instance()
    for first in range(done, done + updates, PER_TICK):
        stage.engine.tell(*_messages(rng, first))
        window.clock.tick()
        application.processEvents()


def furnished(stage: Stage) -> MainWindow:
    """Return a window in which a run trains."""
    window = MainWindow(stage.session)
    window.resize(1440, 900)
    window.show()
    furnish(window)
    window.clock.stop()
    for panel in window.panels.values():
        panel.min_interval_s = 0.0  # every tick draws one: the day is shorter, the drawing is not
    stage.introduce()
    stage.begin()
    stage.tell(probe(np.arange(POINTS) % 3, side=32))
    return window


def resident_mib() -> float:
    """Return the resident memory of this process in MiB after a garbage collection."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _messages(rng: np.random.Generator, first: int) -> Iterator[Message]:
    for step in range(first + 1, first + 1 + PER_TICK):
        yield scalars([step], loss=[2 + rng.random()], top1=[rng.random()], grad_norm=[rng.random()])
    tick = first // PER_TICK
    yield Pulse(step=first, epoch=first / 39, wall_time_s=first / 10, samples_per_second=4000.0, skipped=0)
    if tick % 4 == 0:
        yield views(step=first, shade=tick % 256)
    if tick % 5 == 0:
        matrix = rng.uniform(-1, 1, (2 * SIDE, 2 * SIDE))
        yield similarity(matrix, np.arange(SIDE) % 3)
    if tick % 10 == 0:
        yield latent_map(rng.normal(size=(POINTS, 2)), step=first)
    if tick % 20 == 0:
        names = ("knn", "alignment", "uniformity", "std_of_l2_normalized", "effective_rank")
        yield Health(step=first, figures={name: float(rng.random()) for name in names})
    if tick % 50 == 0:
        before, after = float(rng.random()), float(rng.random())
        yield Mark(step=first, wall_time_s=0.0, changes=(change("temperature", before, after),))
