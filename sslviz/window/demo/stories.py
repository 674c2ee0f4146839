"""Simulated runs, called stories: with them, panels can be shown without an engine, for screenshots and for tests."""

from __future__ import annotations

import copy
import functools
import sys
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sslviz.core.messages import Pulse, State
from sslviz.window.demo.clips import simulate_clips
from sslviz.window.demo.collapse import simulate_collapse
from sslviz.window.demo.patches import simulate_patches
from sslviz.window.demo.shapes import simulate_shapes
from sslviz.window.demo.speech import simulate_speech
from sslviz.window.demo.text import simulate_text
from sslviz.window.runs.run_model import RunModel

if TYPE_CHECKING:
    from sslviz.window.panel import Panel

    P = TypeVar("P", bound=Panel)

STORIES = {
    "shapes": simulate_shapes,
    "clips": simulate_clips,
    "patches": simulate_patches,
    "speech": simulate_speech,
    "text": simulate_text,
    "collapse": simulate_collapse,
}
"""The function that simulates each story: contrastive learning, prediction of the next frame, hidden patches,
contrastive prediction of speech, prediction of the next token, and a collapsed run."""


def demo_run(steps: int = 1200, points: int = 2000, story: str = "shapes") -> RunModel:
    """Return a simulated run of ``steps`` steps with ``points`` samples on its map; equal arguments give equal runs."""
    return copy.deepcopy(_simulated(steps, points, story))


@functools.cache
def _simulated(steps: int, points: int, story: str) -> RunModel:
    """Simulate a run once: it takes up to a second, and each of a dozen panels shows one."""
    run = RunModel(story.capitalize())
    run.take(State(state="training"))
    STORIES[story](run, steps, points, np.random.default_rng(7))
    run.take(Pulse(step=steps, epoch=30.8, wall_time_s=68.0, samples_per_second=4512.0, skipped=3))
    return run


def demo_panel(kind: type[P], story: str = "") -> P:
    """Return a panel that shows a simulated run.

    ``story`` is the name of the simulated run, one of :attr:`Panel.stories`; if it is empty, the first is taken.
    """
    return kind.demo(demo_run(story=story or kind.stories[0]))


def run_alone(panel: type[Panel]) -> int:
    """Show a panel with a simulated run in a window of its own; return the application's exit code.

    The name of the simulated run is taken from the command line, such as "text" in
    ``python -m sslviz.window.panels.prediction text``.
    """
    from PySide6.QtWidgets import QApplication

    from sslviz.window.style.theme import load_fonts, theme

    application = QApplication(sys.argv)
    load_fonts()
    theme().apply("system")
    widget = demo_panel(panel, *sys.argv[1:2])
    widget.resize(640, 420)
    widget.setWindowTitle(panel.title)
    widget.show()
    return application.exec()
