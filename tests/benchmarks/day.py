"""A simulated day in front of the window: ten optimiser steps a second, 864,000 updates, as fast as they are drawn.

Everything goes the way it goes in the program, from a reading thread through mailbox, run and panels to the screen
that is not there; only the engine is played. ``grown_mib_per_100_000``: by how much the window's resident memory grew
for each 100,000 updates, after the first 20,000, in which histories fill; ``--seconds`` is how long the day is.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from harness import Figures

ROUNDS, SECONDS = 1, 86_400.0
STEPS_PER_S = 10
WARM_UP = 20_000
PART = 50_000


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    tests = Path(__file__).parent.parent
    sys.path[:0] = [str(tests), str(tests / "window")]
    from PySide6.QtWidgets import QApplication

    from sslviz.window.style.theme import load_fonts, theme

    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    load_fonts()
    theme().apply("light")
    figures: Figures = {"updates": [], "resident_mib": [], "grown_mib_per_100_000": []}
    for _ in range(rounds):
        for name, value in _day(round(seconds * STEPS_PER_S)).items():
            figures[name].append(value)
    return figures


def _day(updates: int) -> dict[str, float]:
    from simulated_day import furnished, live, resident_mib
    from window_fakes import Stage

    with tempfile.TemporaryDirectory() as place:
        stage = Stage(Path(place))
        window = furnished(stage)
        live(window, stage, WARM_UP)
        before, done = resident_mib(), WARM_UP
        while done < updates:
            part = min(PART, updates - done)
            live(window, stage, part, done)
            done += part
            print(f"{done:,} updates: {resident_mib():.1f} MiB", file=sys.stderr, flush=True)
        after = resident_mib()
        window.shut_down()
        stage.session.close()
    grown = (after - before) * 100_000 / max(done - WARM_UP, 1)
    return {"updates": done, "resident_mib": after, "grown_mib_per_100_000": grown}
