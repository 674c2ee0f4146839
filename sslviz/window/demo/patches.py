"""A simulated run of masked image modelling, which reconstructs hidden patches."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry
from sslviz.core.panel_data import Patches, Probe, Strips, Views
from sslviz.core.wire import Array
from sslviz.window.demo.clips import latents
from sslviz.window.demo.common import (
    IN_VIEW,
    Images,
    add_curves,
    add_health,
    add_map,
    add_prepared,
    add_reference_lines,
    clusters_of_points,
)
from sslviz.window.demo.shapes import SHAPE, discs
from sslviz.window.runs.run_model import RunModel

FIGURES = (
    FigureEntry(key="mse", title="Hidden patches, MSE", help="Of held-out pictures, a pixel.", form="small"),
    FigureEntry(key="knn", title="k-NN", help="How often neighbours name the label.", form="share"),
)
SHOWN, PATCH, HIDDEN, HEADS = 8, 4, 0.75, 4


def simulate_patches(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, (SHAPE,), FIGURES, ("Views", "Strips", "Similarity", "Patches"))
    add_curves(run, steps, rng, loss=(0.11, 0.049, 0.001))
    add_reference_lines(
        run,
        ("loss", "baseline", "mean patch", 0.061),
        ("mse", "baseline", "mean patch", 0.061),
        ("knn", "untrained", "untrained", 0.43),
    )
    add_health(run, steps, mse=(0.1, 0.051), knn=(0.43, 0.62))
    labels = rng.integers(0, 10, max(points, 64)).astype(np.int32)
    images = discs(labels, rng)
    run.take(
        Probe(
            images=Array.of(images[:points, None]),
            texts=(),
            labels={"shape": Array.of(labels[:points])},
            label_entries=(SHAPE,),
            ids=Array.of(np.arange(points)),
            split_size=10_000,
        )
    )
    add_map(run, steps, clusters_of_points(labels[:points], 10, rng, 1.4))
    masked, reconstructed = _masked(images[:SHOWN], rng)
    run.take(Views(step=steps, rows=("original", "masked"), images=Array.of(np.stack([images[:SHOWN], masked]))))
    run.take(_strips(images[:SHOWN], masked, reconstructed, steps))
    run.take(latents(images[:64], labels[:64], rng))
    run.take(_patches(images, steps, rng))


def _masked(images: Images, rng: np.random.Generator) -> tuple[Images, Images]:
    """Return copies of the images with hidden patches in grey, and copies with the hidden patches reconstructed.

    The fraction :data:`HIDDEN` of the patches is hidden, chosen at random. The reconstruction is simulated by blur and
    noise.
    """
    count, side = len(images), images.shape[1] // PATCH
    hidden = np.stack([rng.permutation(side * side) < HIDDEN * side * side for _ in range(count)])
    mask = hidden.reshape(count, side, side).repeat(PATCH, axis=1).repeat(PATCH, axis=2)[..., None]
    blurred = images.astype(float)
    for _ in range(9):
        blurred = blurred / 2 + sum(np.roll(blurred, shift, axis) for shift in (-1, 1) for axis in (1, 2)) / 8
    reconstructed = np.where(mask, blurred + rng.normal(size=blurred.shape) * 6, images)
    return np.where(mask, 118, images).astype(np.uint8), reconstructed.clip(0, 255).astype(np.uint8)


def _strips(images: Images, masked: Images, reconstructed: Images, step: int) -> Strips:
    rows = np.stack([masked, reconstructed, images], axis=1)[:, :, None]
    errors = ((reconstructed.astype(float) - images) ** 2).mean(axis=(1, 2, 3)) / 255**2 / HIDDEN
    return Strips(
        step=step,
        rows=("masked", "reconstructed", "original"),
        columns=("",),
        images=Array.of(rows),
        filled=Array.of(np.ones((3, 1), np.uint8)),
        errors=Array.of(errors[:, None].astype(np.float32)),
        reference_errors=Array.of((errors[:, None] * 1.5 + 0.02).astype(np.float32)),
        error_name="MSE",
        reference_name="mean patch",
    )


def _patches(images: Images, step: int, rng: np.random.Generator) -> Patches:
    """Return features of patches that consist of the mean colour of a patch, its contrast, and the place of a patch."""
    samples = np.array([IN_VIEW, *range(SHOWN)], np.int32)
    shown, side = images[samples], images.shape[1] // PATCH
    cells = shown.reshape(len(shown), side, PATCH, side, PATCH, 3).astype(float) / 255
    place = np.broadcast_to(np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j].T, (len(shown), side, side, 2))
    found = np.concatenate([cells.mean((2, 4)) - 0.6, 2 * cells.std((2, 4)), 0.3 * place], axis=-1)
    features = found @ rng.normal(size=(found.shape[-1], 32))
    features += 0.05 * rng.normal(size=features.shape)
    features /= np.linalg.norm(features, axis=-1, keepdims=True)
    tokens = features[0].reshape(side * side, -1)
    scores = [
        sharpness * tokens @ tokens.T + 0.5 * rng.normal(size=side * side) for sharpness in range(1, 2 * HEADS, 2)
    ]
    weights = np.exp(np.stack(scores))
    return Patches(
        step=step,
        samples=Array.of(samples),
        images=Array.of(shown),
        features=Array.of(features.astype(np.float16)),
        colours=Array.of(_colours(features)),
        attention=Array.of((weights / weights.sum(-1, keepdims=True)).astype(np.float16)),
    )


def _colours(features: npt.NDArray[np.float64]) -> Images:
    """Return the first three principal components of features, float64[m, p, q, d], as colours."""
    centred = features.reshape(-1, features.shape[-1]) - features.mean((0, 1, 2))
    components = centred @ np.linalg.svd(centred, full_matrices=False)[2][:3].T
    low, high = np.quantile(components, [0.02, 0.98], axis=0)
    return np.asarray(255 * ((components - low) / (high - low)).clip(0, 1), np.uint8).reshape(*features.shape[:3], 3)
