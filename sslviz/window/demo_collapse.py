"""A made-up run whose features became one point, so that predicting them is easy and worth nothing."""

from __future__ import annotations

import numpy as np

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import Diagnosis
from sslviz.window.demo_facts import tell_curves, tell_facts, tell_health, tell_lines
from sslviz.window.run_model import RunModel

DIGITS = LabelEntry(name="digit", names=tuple("0123456789"))
FIGURES = (
    FigureEntry(key="knn", title="k-NN", help="How often neighbours name the digit.", form="share"),
    FigureEntry(key="std_of_l2_normalized", title="Std of z / ‖z‖", help="0 is collapsed.", form="small"),
    FigureEntry(key="effective_rank", title="Effective rank", help="How many directions are used.", form="large"),
)
COLLAPSED = Diagnosis(
    step=360,
    verdict="complete_collapse",
    title="Complete collapse",
    text="All samples lie at nearly the same point: the loss can be low without anything being learned.",
    evidence=("std of z / ‖z‖ 0.001, spread evenly 0.125", "k-NN 16.2 %, untrained 31.0 %"),
    advice="Let no gradient flow into the target, so that it cannot be moved towards the prediction.",
    changes={"stop_gradient": True},
)


def tell_collapse(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """What an engine would tell of it, pictures left out."""
    tell_facts(run, (DIGITS,), FIGURES, ())
    tell_curves(run, steps, rng, loss=(1.9, 0.001, 0.0004))
    tell_lines(
        run,
        ("loss", "unrelated", 2.0),
        ("knn", "raw input", 0.72),
        ("knn", "untrained", 0.31),
        ("std_of_l2_normalized", "isotropic", 0.125),
        ("effective_rank", "untrained", 3.6),
    )
    tell_health(run, steps, knn=(0.31, 0.16), std_of_l2_normalized=(0.006, 0.001), effective_rank=(3.6, 1.2))
    run.take(COLLAPSED)
