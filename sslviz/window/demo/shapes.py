"""A simulated contrastive run that has learned to tell ten shapes apart."""

from __future__ import annotations

import numpy as np

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.messages import Diagnosis, Mark
from sslviz.core.panel_data import Invariance, Similarity, Spectrum, Views
from sslviz.core.setting_changes import SettingChange
from sslviz.core.wire import Array
from sslviz.window.demo.common import (
    IN_VIEW,
    Images,
    add_curves,
    add_health,
    add_map,
    add_prepared,
    add_probe,
    add_reference_lines,
    clusters_of_points,
    similarity_message,
)
from sslviz.window.runs.run_model import RunModel

ROWS = ("original", "view a", "view b")
NAMES = ("disc", "square", "triangle", "plus", "ring", "flower", "crescent", "bar", "two dots", "L")
SHAPE = LabelEntry(name="shape", names=NAMES)
FIGURES = (
    FigureEntry(key="knn", title="k-NN", help="How often neighbours name the label.", form="share"),
    FigureEntry(key="alignment", title="Alignment", help="Mean squared distance of two views.", form="small"),
    FigureEntry(key="uniformity", title="Uniformity", help="How evenly spread pairs are."),
    FigureEntry(key="std_of_l2_normalized", title="Std of z / ‖z‖", help="0 is collapsed.", form="small"),
    FigureEntry(key="effective_rank", title="Rank of z", help="How many directions are used.", form="large"),
)
LEARNING = Diagnosis(
    step=1160,
    verdict="learning",
    title="Learning",
    text="The loss is well below chance, and neighbours know more of the label than before training.",
    evidence=("loss 2.01, chance 6.24", "k-NN 92.1 %, untrained 43.0 %, raw input 53.0 %"),
)


def simulate_shapes(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, (SHAPE,), FIGURES, ("Views", "Similarity", "Invariance", "Spectrum"))
    add_curves(run, steps, rng, loss=(6.1, 1.9, 0.06), top1=(0.0, 0.9, 0.02))
    add_reference_lines(
        run,
        ("loss", "chance", "chance", 6.236),
        ("loss", "aligned_uniform", "aligned and uniform", 1.64),
        ("top1", "chance", "chance", 1 / 511),
        ("knn", "raw_input", "raw input", 0.53),
        ("knn", "untrained", "untrained", 0.43),
        ("std_of_l2_normalized", "isotropic", "isotropic", 0.125),
        ("uniformity", "isotropic", "uniform", -3.88),
        ("effective_rank", "untrained", "untrained", 9.0),
    )
    add_health(
        run,
        steps,
        knn=(0.43, 0.93),
        alignment=(0.55, 0.25),
        uniformity=(-0.3, -3.5),
        std_of_l2_normalized=(0.02, 0.12),
        effective_rank=(9.0, 39.0),
    )
    run.take(LEARNING)
    change = SettingChange(key="temperature", label="Temperature", before=0.2, after=0.5)
    run.take(Mark(step=700, wall_time_s=40.0, changes=(change,), warning="not comparable"))
    labels = rng.integers(0, 10, points).astype(np.int32)
    images = discs(labels, rng)
    add_probe(run, images, labels, SHAPE, of=10_000)
    add_map(run, steps, clusters_of_points(labels, 10, rng))
    run.take(
        Views(
            step=steps,
            rows=ROWS,
            samples=tuple(range(8)),
            images=Array.of(np.stack([images[:8], images[8:16], images[16:24]])),
        )
    )
    run.take(_similarity(images, labels, rng))
    directions = np.arange(64)
    values = (0.3 * np.exp(-directions / rate) for rate in (14.0, 30.0))
    now, untrained = (Array.of(each.astype(np.float32)) for each in values)
    run.take(Spectrum(step=steps, values=now, untrained=untrained))
    run.take(_invariance(200, 0.3))
    run.take(_invariance(steps, 0.0))


def _invariance(step: int, excess: float) -> Invariance:
    """Return a message with the cosine similarities between h of a sample and h of its augmented views.

    The stronger an augmentation, the lower the cosine: changed colours lower it little, and rotation most. At full
    strength, each augmentation lowers it by ``excess`` more; a value above 0 simulates an early step of a run.
    """
    names = ("Crop", "Flip", "Rotation", "Brightness", "Contrast", "Saturation", "Hue", "Grey", "Blur", "Noise")
    strengths = np.tile(np.linspace(0, 1, 7, dtype=np.float32), (len(names), 1))
    falls = np.array([0.5, 0.2, 0.9, 0.1, 0.15, 0.1, 0.12, 0.1, 0.6, 0.7], np.float32)[:, None] + np.float32(excess)
    pixels = np.linspace(250, 60, 7)[None, :, None, None, None] * np.ones((len(names), 7, 12, 12, 3))
    return Invariance(
        step=step,
        index=IN_VIEW,
        keys=tuple(name.lower() for name in names),
        labels=names,
        strengths=Array.of(strengths),
        in_force=Array.of(np.linspace(0.3, 0.5, len(names), dtype=np.float32)),
        cosines=Array.of(np.float32(1) - falls * strengths**2),
        images=Array.of(pixels.astype(np.uint8)),
    )


def discs(labels: np.ndarray, rng: np.random.Generator) -> Images:
    """Return images of discs in random colours, uint8[n, 32, 32, 3]; a higher label makes a larger disc."""
    y, x = np.mgrid[:32, :32] - 15.5
    radius = 5 + labels[:, None, None]
    inside = (x**2 + y**2)[None] < radius**2
    colours = rng.integers(60, 255, (len(labels), 2, 3))
    pixels = np.where(inside[..., None], colours[:, None, None, 0], colours[:, None, None, 1])
    return np.asarray(pixels, dtype=np.uint8)


def _similarity(images: Images, labels: np.ndarray, rng: np.random.Generator, n: int = 64) -> Similarity:
    z = np.eye(10)[labels[:n]] + 0.3 * rng.normal(size=(n, 10))
    both = np.concatenate([z + 0.2 * rng.normal(size=z.shape), z + 0.2 * rng.normal(size=z.shape)])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    return similarity_message("views", both @ both.T, labels[:n], np.concatenate([images[:n], images[:n]]), shift=n)
