"""Made-up runs with something in every panel: for a look at a panel alone, for pictures and for tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from sslviz.core.messages import Pulse, State
from sslviz.window.demo.clips import tell_clips
from sslviz.window.demo.collapse import tell_collapse
from sslviz.window.demo.patches import tell_patches
from sslviz.window.demo.shapes import tell_shapes
from sslviz.window.demo.speech import tell_speech
from sslviz.window.demo.text import tell_text
from sslviz.window.runs.run_model import RunModel

if TYPE_CHECKING:
    from sslviz.window.panel import Panel

    P = TypeVar("P", bound=Panel)

STORIES = {
    "shapes": tell_shapes,
    "clips": tell_clips,
    "patches": tell_patches,
    "speech": tell_speech,
    "text": tell_text,
    "collapse": tell_collapse,
}
"""what was learned: two views, the next frame, hidden patches, steps ahead in speech, the next token; and nothing"""


def demo_run(steps: int = 1200, points: int = 2000, story: str = "shapes") -> RunModel:
    """A run of 1,200 steps with 2,000 points on its map."""
    run = RunModel("Run 1")
    run.take(State(state="training"))
    STORIES[story](run, steps, points, np.random.default_rng(7))
    run.take(Pulse(step=steps, epoch=30.8, wall_time_s=68.0, samples_per_second=4512.0, skipped=3))
    return run


def demo_panel(kind: type[P], story: str = "") -> P:
    """A panel with made-up but plausible content, for a look at it alone, for pictures and for tests.

    ``story`` is one of :attr:`Panel.stories`, the first of them unless given.
    """
    return kind.demo(demo_run(story=story or kind.stories[0]))


def run_alone(panel: type[Panel]) -> int:
    """Show one panel with its demo data: ``python -m sslviz.window.panels.prediction text``."""
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
