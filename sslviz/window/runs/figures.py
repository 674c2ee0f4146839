"""The health figures of a run, such as k-NN accuracy, and their curves."""

from __future__ import annotations

from sslviz.core.entries import FigureEntry
from sslviz.window.runs.curve import Curve
from sslviz.window.runs.run_model import RunModel


def figures_of(run: RunModel) -> tuple[FigureEntry, ...]:
    """Return the descriptions of a run's health figures, such as k-NN accuracy.

    There are none before the engine has sent the message Prepared, which contains them.
    """
    return run.prepared.figures if run.prepared is not None else ()


def curve_of(run: RunModel, figure: FigureEntry) -> Curve | None:
    """Return the curve of a health figure of a run, or None before the first value."""
    return (run.curves if figure.per_step else run.health_curves).get(figure.key)
