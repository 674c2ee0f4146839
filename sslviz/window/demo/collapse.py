"""A simulated run whose embeddings have collapsed to one point: the loss is low although nothing was learned."""

from __future__ import annotations

import numpy as np

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Diagnosis
from sslviz.window.demo.common import (
    add_curves,
    add_health,
    add_map,
    add_prepared,
    add_probe,
    add_reference_lines,
    similarity_message,
)
from sslviz.window.demo.shapes import FIGURES as SHAPES_FIGURES
from sslviz.window.demo.shapes import discs
from sslviz.window.runs.run_model import RunModel

SHOWN = 40
DIGITS = LabelEntry(name="digit", names=tuple("0123456789"))
FIGURES = tuple(figure for figure in SHAPES_FIGURES if figure.key in ("knn", "std_of_l2_normalized", "effective_rank"))
COLLAPSED = Diagnosis(
    step=360,
    verdict="complete_collapse",
    title="Complete collapse",
    text="All samples lie at nearly the same point: the loss can be low without anything being learned.",
    evidence=("std of z / ‖z‖ 0.001, spread evenly 0.125", "k-NN 16.2 %, untrained 31.0 %"),
    advice="Let no gradient flow into the target, so that it cannot be moved towards the prediction.",
    changes={"stop_gradient": True},
)


def simulate_collapse(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, (DIGITS,), FIGURES, ("Similarity",))
    add_curves(run, steps, rng, loss=(1.9, 0.001, 0.0004))
    add_reference_lines(
        run,
        ("loss", "unrelated", "unrelated", 2.0),
        ("knn", "raw_input", "raw input", 0.72),
        ("knn", "untrained", "untrained", 0.31),
        ("std_of_l2_normalized", "isotropic", "isotropic", 0.125),
        ("effective_rank", "untrained", "untrained", 3.6),
    )
    add_health(run, steps, knn=(0.31, 0.16), std_of_l2_normalized=(0.006, 0.001), effective_rank=(3.6, 1.2))
    run.take(COLLAPSED)
    labels = rng.integers(0, 10, points).astype(np.int32)
    images = discs(labels, rng)
    add_probe(run, images, labels, DIGITS, of=4_000)
    add_map(run, steps, rng.normal(size=(points, 2)))
    alike = np.clip(1 - 0.002 * np.abs(rng.normal(size=(SHOWN, SHOWN))), -1, 1)
    run.take(similarity_message("latents", alike, labels[:SHOWN], images[:SHOWN]))
