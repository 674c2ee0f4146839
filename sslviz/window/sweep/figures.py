"""The final figures that are drawn against the values of a sweep: their names, and what they are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sslviz.core.entries import Form
from sslviz.window.sweep.results import Levels, RunResult

MOST = 8
"""Maximum number of figures that are drawn."""
RAW, UNTRAINED, PRETRAINED, BY_LABEL = "raw input", "untrained", "pretrained", "_by_label."
LEVELS = (("knn_raw", RAW), ("knn_untrained", UNTRAINED), ("knn_pretrained", PRETRAINED))
"""Scores that the k-NN score is compared with, and their words."""
NO_FIGURES = frozenset({"steps", "seconds", "samples_per_second", "chance_loss", *(key for key, _ in LEVELS)})
"""Numbers in the summary of a run that are no figures of the network, or are levels of one."""


class SweepFigure(NamedTuple):
    """A figure of finished runs. ``levels``: other figures that it is compared with or numbers, with their labels."""

    key: str
    title: str
    form: Form = "number"
    help: str = ""
    levels: tuple[tuple[str | float, str], ...] = ()

    def levels_in(self, runs: Sequence[RunResult]) -> Levels:
        """Return the values of the levels with their labels, each the mean over the runs that have it."""
        found: list[tuple[float, str]] = []
        for level, name in self.levels:
            known = [run.run.figures[level] for run in runs if isinstance(level, str) and level in run.run.figures]
            if isinstance(level, float) or known:
                found.append((level if isinstance(level, float) else float(np.mean(known)), name))
        return found


KNOWN = {
    "knn": SweepFigure(
        "knn",
        "k-NN at the end",
        "share",
        "How often the 20 nearest training samples give the label of a held-out one, on all samples.",
        LEVELS,
    ),
    "loss": SweepFigure(
        "loss", "Loss at the end", "number", "The loss of the last step.", (("chance_loss", "chance"),)
    ),
    "rank_h": SweepFigure(
        "rank_h", "Rank of h ÷ untrained", "number", "How many directions h uses.", ((1.0, UNTRAINED),)
    ),
    "std_z": SweepFigure(
        "std_z", "Std of z/‖z‖ · √D", "number", "0 is collapsed, 1 spread evenly.", ((1.0, "isotropic"),)
    ),
    "std_z_plain": SweepFigure("std_z_plain", "Std of z", "number", "Of what the method wants.", ((1.0, "wanted"),)),
    "rank_z": SweepFigure(
        "rank_z", "Rank of z ÷ untrained", "number", "How many directions z uses.", ((1.0, UNTRAINED),)
    ),
}
"""The figures that every method has, the most important first."""


def figures_of(runs: Sequence[RunResult], *, losses_compare: bool) -> tuple[SweepFigure, ...]:
    """Return the figures to draw: those that differ between the finished runs, the most important first.

    The loss is left out if losses of different values cannot be compared.
    """
    finished = [run.run.figures for run in runs if run.finished]
    keys = dict.fromkeys(key for figures in finished for key in figures)
    shown = [key for key in keys if key not in NO_FIGURES and (losses_compare or key != "loss")]
    differing = [key for key in shown if len(finished) < 2 or len({figures.get(key) for figures in finished}) > 1]
    found = [figure for key in differing if (figure := _figure(key, keys)) is not None]
    return tuple(sorted(found, key=_rank)[:MOST])


def _figure(key: str, keys: dict[str, None]) -> SweepFigure | None:
    """Return a figure; None for a level, and for the k-NN score of the first label, which has a key of its own."""
    if key in KNOWN:
        return KNOWN[key]
    if BY_LABEL not in key:
        return SweepFigure(key, key.replace("_", " ").capitalize(), "small", f"{key}, as sslviz train gives it.")
    score, _, label = key.partition(BY_LABEL)
    first = next(each for each in keys if each.startswith(score + BY_LABEL)) == key
    if score == "knn":
        levels = tuple((f"{level}{BY_LABEL}{label}", name) for level, name in LEVELS)
        return None if first else SweepFigure(key, f"k-NN, {label}", "share", KNOWN["knn"].help, levels)
    if score == "probe":
        about = f"How often a linear probe on h predicts the {label} of a held-out sample."
        of = (("probe_untrained", UNTRAINED), ("probe_pretrained", PRETRAINED))
        levels = tuple((f"{level}{BY_LABEL}{label}", name) for level, name in of)
        return SweepFigure(key, f"Linear probe, {label}", "share", about, levels)
    return None


def _rank(figure: SweepFigure) -> int:
    """Return where a figure stands: k-NN, the loss, probes, those of the method, then those of every method."""
    order = ["knn", "loss", "probe", "knn_", "", *list(KNOWN)[2:]]
    if figure.key in order:
        return order.index(figure.key)
    score = figure.key.partition(BY_LABEL)[0] if BY_LABEL in figure.key else ""
    return order.index({"probe": "probe", "knn": "knn_"}.get(score, ""))
