"""How long a sweep will take, and that in words."""

from __future__ import annotations

import numpy as np

from sslviz.window.sweep.results import SweepResult

START_S = 8.0
"""Time in seconds that a run takes besides its training: imports, data, and final scores."""
TELLING = 0.1
"""Share of its training after which a run tells how long all of it takes."""


def seconds_to_go(result: SweepResult) -> float | None:
    """Return about how many seconds are left until a sweep is complete; None if that is not known yet."""
    known = [run.run.figures["seconds"] for run in result.runs if "seconds" in run.run.figures]
    known = known or [run.seconds / run.done for run in result.runs if run.step and run.done > TELLING]
    each = result.sweep.seconds if result.sweep.seconds is not None else float(np.mean(known)) if known else None
    if each is None:
        return None
    left = sum(1.0 - run.done for run in result.runs)
    side_by_side = max(1, sum(run.active for run in result.runs))
    return left * (each + START_S) / side_by_side


def progress_text(result: SweepResult, *, active: bool) -> str:
    """Return how far a sweep is, such as "5 of 12 runs, about 3 minutes to go"; ``active``: whether it goes on."""
    if result.complete:
        return f"{len(result.runs)} runs, complete"
    failed, seconds = result.count("failed"), seconds_to_go(result) if active else None
    text = f"{result.count('finished')} of {len(result.runs)} runs"
    text += f", {failed} failed" if failed else ""
    if not active:
        return text if failed else f"{text}, stopped"
    return text if seconds is None else f"{text}, about {time_text(seconds)} to go"


def time_text(seconds: float) -> str:
    """Return a time in words: in seconds if it is short, in minutes or in hours."""
    if seconds < 90:
        return f"{max(round(seconds), 2)} seconds"
    minutes = round(seconds / 60)
    return f"{minutes} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
