"""A simulated run that predicts the next frames of clips of bouncing discs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.panel_data import Probe, Similarity, Strips
from sslviz.core.wire import Array
from sslviz.window.demo.common import (
    Images,
    add_curves,
    add_health,
    add_map,
    add_prepared,
    add_reference_lines,
    clusters_of_points,
    similarity_message,
)
from sslviz.window.runs.run_model import RunModel

DIGITS = LabelEntry(name="digit", names=tuple("0123456789"))
LABELS = (
    DIGITS,
    LabelEntry(name="x", unit="px"),
    LabelEntry(name="y", unit="px"),
    LabelEntry(name="speed", unit="px/frame"),
)
FIGURES = (
    FigureEntry(key="mse", title="Held-out MSE", help="Of the next frame, a pixel.", form="small"),
    FigureEntry(key="knn", title="k-NN, digit", help="How often neighbours name the digit.", form="share"),
    FigureEntry(key="knn_x", title="k-NN, x", help="R² of x.", form="small"),
    FigureEntry(key="knn_y", title="k-NN, y", help="R² of y.", form="small"),
    FigureEntry(key="knn_speed", title="k-NN, speed", help="R² of the speed.", form="small"),
    FigureEntry(key="std_of_l2_normalized", title="Std of z / ‖z‖", help="0 is collapsed.", form="small"),
    FigureEntry(key="effective_rank", title="Rank of z", help="How many directions are used.", form="large"),
    FigureEntry(key="feature_r2", title="Feature R²", help="1 is exact.", form="small"),
)
SIDE, CONTEXT, AHEAD = 32, 4, 5
SHOWN = 8


def simulate_clips(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, LABELS, FIGURES, ("Strips", "Similarity"))
    add_curves(run, steps, rng, loss=(0.071, 0.0074, 0.0004))
    add_reference_lines(
        run,
        ("loss", "baseline", "copy last frame", 0.033),
        ("mse", "baseline", "copy last frame", 0.033),
        ("knn", "raw_input", "raw input", 0.91),
        ("knn", "untrained", "untrained", 0.72),
        ("knn_x", "raw_input", "raw input", 0.42),
        ("knn_speed", "untrained", "untrained", 0.05),
        ("std_of_l2_normalized", "isotropic", "isotropic", 0.125),
    )
    add_health(
        run,
        steps,
        mse=(0.06, 0.0078),
        knn=(0.72, 0.88),
        knn_x=(0.4, 0.97),
        knn_y=(0.41, 0.96),
        knn_speed=(0.05, 0.71),
        std_of_l2_normalized=(0.03, 0.11),
        effective_rank=(9.0, 31.0),
        feature_r2=(0.2, 0.91),
    )
    clips, digits, x, y, speed = _clips(max(points, SHOWN), rng)
    run.take(
        Probe(
            images=Array.of(clips[:points, :, ::2, ::2]),
            texts=(),
            labels={
                "digit": Array.of(digits[:points]),
                **{
                    name: Array.of(values[:points].astype(np.float32))
                    for name, values in (("x", x), ("y", y), ("speed", speed))
                },
            },
            label_entries=LABELS,
            ids=Array.of(np.arange(points)),
            split_size=20_000,
        )
    )
    add_map(run, steps, np.stack([x, y], 1)[:points] / 4 + clusters_of_points(digits[:points], 10, rng, 0.4) / 4)
    run.take(_strips(clips[:SHOWN], steps))
    run.take(latents(clips[:64, -1], digits[:64], rng))


class Clips(NamedTuple):
    """n simulated clips of T frames, uint8[n, T, H, W, 3], and their labels; each clip shows one moving disc.

    ``digits``: int32[n], the class of each clip; it determines the radius of the disc, and odd classes have a dark
    middle. ``x`` and ``y``: float64[n],
    the position of the disc in the last frame, in pixels. ``speed``: float64[n], in pixels per frame.
    """

    frames: Images
    digits: npt.NDArray[np.int32]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    speed: npt.NDArray[np.float64]


def _clips(count: int, rng: np.random.Generator) -> Clips:
    """Return clips of discs that move at constant speed and bounce off the edges."""
    frames = CONTEXT + AHEAD
    digits = rng.integers(0, 10, count).astype(np.int32)
    start, velocity = rng.uniform(6, 26, (count, 2)), rng.normal(size=(count, 2)) * 1.8
    position = start[:, None] + velocity[:, None] * np.arange(frames)[None, :, None]
    position = 6 + 20 - np.abs((position - 6) % 40 - 20)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    x, y = np.moveaxis(position.astype(np.float32), -1, 0)[..., None, None]
    distance = np.hypot(rows - y, columns - x)
    radius = (2.5 + digits * 0.35).astype(np.float32)[:, None, None, None]
    ring = np.clip(distance - radius + 2.6, 0.15, 1)
    brightness = np.clip(radius - distance + 0.5, 0, 1) * np.where(
        (digits % 2)[:, None, None, None], ring, np.float32(1)
    )
    clips = np.repeat((255 * brightness).astype(np.uint8)[..., None], 3, axis=-1)
    return Clips(clips, digits, position[:, -1, 0], position[:, -1, 1], np.hypot(*velocity.T))


def _strips(clips: Images, step: int) -> Strips:
    """Return a Strips message: for each clip a grid of images with four rows.

    The rows are the context (the frames from which the next frames are predicted), the actual next frames, the
    predicted next frames, and the absolute differences between actual and predicted frames.
    """
    context, actual = clips[:, :CONTEXT].astype(float), clips[:, CONTEXT:].astype(float)
    predicted = np.stack([_blurred(actual[:, ahead], ahead) for ahead in range(AHEAD)], axis=1)
    blank = np.zeros((len(clips), CONTEXT, SIDE, SIDE, 3))
    error = np.abs(actual - predicted)
    rows = [
        np.concatenate([context, np.zeros_like(actual)], axis=1),
        *(np.concatenate([blank, row], axis=1) for row in (actual, predicted, error)),
    ]
    filled = np.array([[1] * CONTEXT + [0] * AHEAD, *[[0] * CONTEXT + [1] * AHEAD] * 3], np.uint8)
    no_errors = np.full((len(clips), CONTEXT), np.nan)
    errors = ((actual - predicted) ** 2).mean(axis=(2, 3, 4)) / 255**2
    copied = ((actual - context[:, -1:]) ** 2).mean(axis=(2, 3, 4)) / 255**2
    return Strips(
        step=step,
        rows=("context", "actual", "predicted", "error"),
        columns=tuple(f"t−{CONTEXT - 1 - index}" if index < CONTEXT - 1 else "t" for index in range(CONTEXT))
        + tuple(f"t+{ahead + 1}" for ahead in range(AHEAD)),
        images=Array.of(np.stack(rows, axis=1).clip(0, 255).astype(np.uint8)),
        filled=Array.of(filled),
        errors=Array.of(np.concatenate([no_errors, errors], axis=1).astype(np.float32)),
        reference_errors=Array.of(np.concatenate([no_errors, copied], axis=1).astype(np.float32)),
        error_name="MSE",
        reference_name="copy last",
        longest_horizon=10,
        magnitudes=("error",),
    )


def _blurred(frames: npt.NDArray[np.float64], times: int) -> npt.NDArray[np.float64]:
    """Return blurred ``frames``, both float64[n, H, W, 3].

    The blur averages each pixel with its four neighbours. It is applied 2 * ``times`` + 1 times.
    """
    for _ in range(2 * times + 1):
        sides = sum(np.roll(frames, shift, axis) for shift in (-1, 1) for axis in (1, 2))
        frames = frames / 2 + sides / 8
    return frames


def latents(images: Images, labels: npt.NDArray[np.int32], rng: np.random.Generator) -> Similarity:
    """Return a Similarity message with the cosine similarities of simulated representations h.

    The representations of samples with the same label form a cluster.
    """
    h = np.eye(10)[labels] + 0.35 * rng.normal(size=(len(labels), 10))
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    return similarity_message("latents", h @ h.T, labels, images)
