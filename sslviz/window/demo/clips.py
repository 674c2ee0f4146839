"""A made-up run that predicts the next frames of discs that move and bounce."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.panel_data import Probe, Similarity, Strips
from sslviz.core.wire import Array
from sslviz.window.demo.common import (
    Images,
    gathered,
    matrix_message,
    tell_curves,
    tell_facts,
    tell_health,
    tell_lines,
    tell_map,
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
    FigureEntry(key="effective_rank", title="Effective rank", help="How many directions are used.", form="large"),
    FigureEntry(key="feature_r2", title="Feature R²", help="1 is exact.", form="small"),
)
SIDE, CONTEXT, AHEAD = 32, 4, 5
SHOWN = 8


def tell_clips(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Everything an engine would tell."""
    tell_facts(run, LABELS, FIGURES, ("Strips", "Similarity"))
    tell_curves(run, steps, rng, loss=(0.071, 0.0074, 0.0004))
    tell_lines(
        run,
        ("loss", "baseline", "copy last frame", 0.033),
        ("mse", "baseline", "copy last frame", 0.033),
        ("knn", "raw_input", "raw input", 0.91),
        ("knn", "untrained", "untrained", 0.72),
        ("knn_x", "raw_input", "raw input", 0.42),
        ("knn_speed", "untrained", "untrained", 0.05),
        ("std_of_l2_normalized", "isotropic", "isotropic", 0.125),
    )
    tell_health(
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
            pictures=Array.of(clips[:points, :, ::2, ::2]),
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
            of=20_000,
        )
    )
    tell_map(run, steps, np.stack([x, y], 1)[:points] / 4 + gathered(digits[:points], 10, rng, 0.4) / 4)
    run.take(_strips(clips[:SHOWN], steps))
    run.take(latents(clips[:64, -1], digits[:64], rng))


class Clips(NamedTuple):
    """uint8[n, T, H, W, 3] of one disc each, its kind int32[n], where it is in the end and how fast, float64[n]."""

    frames: Images
    digits: npt.NDArray[np.int32]
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    speed: npt.NDArray[np.float64]


def _clips(count: int, rng: np.random.Generator) -> Clips:
    """Discs that bounce."""
    frames = CONTEXT + AHEAD
    digits = rng.integers(0, 10, count).astype(np.int32)
    start, velocity = rng.uniform(6, 26, (count, 2)), rng.normal(size=(count, 2)) * 1.8
    at = start[:, None] + velocity[:, None] * np.arange(frames)[None, :, None]
    at = 6 + 20 - np.abs((at - 6) % 40 - 20)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    across, down = np.moveaxis(at.astype(np.float32), -1, 0)[..., None, None]
    far = np.hypot(rows - down, columns - across)
    radius = (2.5 + digits * 0.35).astype(np.float32)[:, None, None, None]
    ring = np.clip(far - radius + 2.6, 0.15, 1)
    light = np.clip(radius - far + 0.5, 0, 1) * np.where((digits % 2)[:, None, None, None], ring, np.float32(1))
    clips = np.repeat((255 * light).astype(np.uint8)[..., None], 3, axis=-1)
    return Clips(clips, digits, at[:, -1, 0], at[:, -1, 1], np.hypot(*velocity.T))


def _strips(clips: Images, step: int) -> Strips:
    """Four frames of context, then five that came, five that were thought to come, and what lies between."""
    known, came = clips[:, :CONTEXT].astype(float), clips[:, CONTEXT:].astype(float)
    thought = np.stack([_blurred(came[:, ahead], ahead) for ahead in range(AHEAD)], axis=1)
    blank = np.zeros((len(clips), CONTEXT, SIDE, SIDE, 3))
    error = np.abs(came - thought)
    rows = [
        np.concatenate([known, np.zeros_like(came)], axis=1),
        *(np.concatenate([blank, row], axis=1) for row in (came, thought, error)),
    ]
    filled = np.array([[1] * CONTEXT + [0] * AHEAD, *[[0] * CONTEXT + [1] * AHEAD] * 3], np.uint8)
    nothing = np.full((len(clips), CONTEXT), np.nan)
    errors = ((came - thought) ** 2).mean(axis=(2, 3, 4)) / 255**2
    copied = ((came - known[:, -1:]) ** 2).mean(axis=(2, 3, 4)) / 255**2
    return Strips(
        step=step,
        rows=("context", "actual", "predicted", "error"),
        columns=tuple(f"t−{CONTEXT - 1 - at}" if at < CONTEXT - 1 else "t" for at in range(CONTEXT))
        + tuple(f"t+{ahead + 1}" for ahead in range(AHEAD)),
        images=Array.of(np.stack(rows, axis=1).clip(0, 255).astype(np.uint8)),
        filled=Array.of(filled),
        errors=Array.of(np.concatenate([nothing, errors], axis=1).astype(np.float32)),
        reference_errors=Array.of(np.concatenate([nothing, copied], axis=1).astype(np.float32)),
        error_name="MSE",
        reference_name="copy last",
        longest_horizon=10,
    )


def _blurred(frames: npt.NDArray[np.float64], times: int) -> npt.NDArray[np.float64]:
    """Frames [n, H, W, 3] a little wider, the more the farther ahead."""
    for _ in range(2 * times + 1):
        sides = sum(np.roll(frames, shift, axis) for shift in (-1, 1) for axis in (1, 2))
        frames = frames / 2 + sides / 8
    return frames


def latents(images: Images, labels: npt.NDArray[np.int32], rng: np.random.Generator) -> Similarity:
    """Cosines of a batch's h."""
    h = np.eye(10)[labels] + 0.35 * rng.normal(size=(len(labels), 10))
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    return matrix_message("latents", h @ h.T, labels, images)
