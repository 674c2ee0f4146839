"""A simulated run of contrastive predictive coding on vowels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.entries import FigureEntry, LabelEntry
from sslviz.core.panel_data import Probe, Similarity, StepsAhead, Strips
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

VOWELS, SPEAKERS = ("a", "e", "i", "o", "u", "ö"), tuple(f"speaker {number}" for number in range(1, 9))
LABELS = (
    LabelEntry(name="vowel", names=VOWELS),
    LabelEntry(name="speaker", names=SPEAKERS),
    LabelEntry(name="time in clip", unit="ms"),
)
FIGURES = (
    FigureEntry(key="knn", title="k-NN, vowel", help="How often neighbours name the vowel.", form="share"),
    FigureEntry(key="knn_speaker", title="k-NN, speaker", help="How often they name the speaker.", form="share"),
    FigureEntry(key="knn_time", title="k-NN, time in clip", help="R² of the time.", form="small"),
    FigureEntry(key="step_accuracy", title="Accuracy, k = 1", help="Of held-out sequences.", form="share"),
)
AHEAD, CANDIDATES = 8, 64
BANDS, FRAMES = 32, 48
SHOWN = 8
SAMPLE_RATE, TONE = 8_000, 1_600
"""Audio samples per second and per sound."""


def simulate_speech(run: RunModel, steps: int, points: int, rng: np.random.Generator) -> None:
    """Send ``run`` what an engine would send in ``steps`` training steps; the map has ``points`` samples."""
    add_prepared(run, LABELS, FIGURES, ("Strips", "Similarity", "StepsAhead"))
    add_curves(run, steps, rng, loss=(4.2, 2.35, 0.04))
    add_reference_lines(
        run,
        ("loss", "chance", "chance", float(np.log(CANDIDATES))),
        ("knn", "raw_input", "raw input", 0.72),
        ("knn", "untrained", "untrained", 0.81),
        ("knn_speaker", "baseline", "log-mel", 0.32),
        ("knn_speaker", "untrained", "untrained", 0.37),
        ("step_accuracy", "chance", "chance", 1 / CANDIDATES),
    )
    add_health(run, steps, knn=(0.81, 0.98), knn_speaker=(0.37, 0.67), knn_time=(0.02, 0.1), step_accuracy=(0.02, 0.49))
    count = max(points, 64)
    vowels, speakers = (rng.integers(0, top, count).astype(np.int32) for top in (len(VOWELS), len(SPEAKERS)))
    sounds = spectrograms(vowels, speakers, rng)
    run.take(
        Probe(
            images=Array.of(sounds[:points, None, ::2]),
            texts=(),
            labels={
                "vowel": Array.of(vowels[:points]),
                "speaker": Array.of(speakers[:points]),
                "time in clip": Array.of(rng.uniform(0, 1200, points).astype(np.float32)),
            },
            label_entries=LABELS,
            ids=Array.of(np.arange(points)),
            split_size=20_000,
            sounds=Array.of(tones()[vowels[:points]]),
            sample_rate=SAMPLE_RATE,
        )
    )
    add_map(run, steps, clusters_of_points(vowels[:points], 6, rng, 0.5) + 0.15 * speakers[:points, None])
    run.take(_scores(sounds[:64], vowels[:64], rng))
    run.take(steps_ahead(steps))
    run.take(_strips(sounds, vowels, rng, steps))


def tones() -> npt.NDArray[np.int16]:
    """Return a tone for each vowel, of another pitch each, int16[6, TONE]."""
    hertz = 220 * 2 ** (np.arange(len(VOWELS)) / 6)[:, None]
    return np.asarray(6000 * np.sin(2 * np.pi * hertz * np.arange(TONE) / SAMPLE_RATE), np.int16)


def spectrograms(vowels: np.ndarray, speakers: np.ndarray, rng: np.random.Generator) -> Images:
    """Return coloured log-mel spectrograms of vowels, uint8[n, BANDS, FRAMES, 3], bright at the formants."""
    band = np.arange(BANDS)[None, :, None]
    drift = np.cumsum(rng.normal(size=(len(vowels), 1, FRAMES)), axis=2) * 0.15
    shift = speakers[:, None, None] * 0.4
    power = np.zeros((len(vowels), BANDS, FRAMES))
    for first, step, strength in ((4.0, 0.9, 1.0), (12.0, 2.1, 0.8), (25.0, -0.6, 0.5)):
        middle = first + step * vowels[:, None, None] + shift + drift
        power += strength * np.exp(-((band - middle) ** 2) / 5)
    level = (power + 0.12 * rng.random(power.shape)).clip(0, 1)[:, ::-1]
    colours = np.array([[14, 18, 30], [60, 70, 140], [190, 90, 120], [250, 220, 150]], float)
    pixels = np.stack([np.interp(level, np.linspace(0, 1, 4), colours[:, part]) for part in range(3)], axis=-1)
    return pixels.astype(np.uint8)


def steps_ahead(step: int, best: float = 0.49) -> StepsAhead:
    """Return a message with the accuracy and the loss of predicting the next frame, the frame after that, and so on.

    ``step`` is the training step of the message. ``best`` is the accuracy for the next frame; for every later frame,
    the accuracy is lower and the loss higher.
    """
    ahead = np.arange(1, AHEAD + 1)
    accuracy = best * np.exp(-(ahead - 1) * 0.085)
    return StepsAhead(
        step=step,
        ahead=Array.of(ahead),
        accuracy=Array.of(accuracy),
        loss=Array.of(np.log(CANDIDATES) - 2.2 * accuracy / 0.49),
        chance=1 / CANDIDATES,
        chance_loss=float(np.log(CANDIDATES)),
    )


def _scores(sounds: Images, vowels: npt.NDArray[np.int32], rng: np.random.Generator) -> Similarity:
    count = len(sounds)
    alike = (vowels[:, None] == vowels[None]) * 5.0
    matrix = alike + 6 * np.eye(count) - 3 + rng.normal(size=(count, count)) * 1.8
    columns = np.roll(sounds, 5, axis=2)
    return similarity_message(
        "scores", matrix, vowels, sounds, shift=0, limit=10.0, columns=columns, steps_ahead=(1, AHEAD)
    )


def _strips(sounds: Images, vowels: npt.NDArray[np.int32], rng: np.random.Generator, step: int) -> Strips:
    """Return a Strips message: for each sound a grid of spectrograms with three rows.

    The first row shows the context. The second row shows what actually follows the context 1, 2, 3 … frames later. The
    third row shows, below each actual continuation, the continuation that the simulated network predicts; predictions
    for later frames are wrong more often.
    """
    actual = np.stack([np.roll(sounds[:SHOWN], -3 * ahead, axis=2) for ahead in range(1, AHEAD + 1)], axis=1)
    others = np.stack(
        [sounds[rng.permutation(np.flatnonzero(vowels == vowel))[:1]].repeat(AHEAD, axis=0) for vowel in vowels[:SHOWN]]
    )
    wrong = rng.random((SHOWN, AHEAD)) < np.linspace(0.3, 0.8, AHEAD)
    ranked = np.where(wrong[:, :, None, None, None], others, actual)
    heard = np.repeat(sounds[:SHOWN, None], AHEAD, axis=1)
    filled = np.ones((3, AHEAD + 1), np.uint8)
    filled[0, 1:], filled[1:, 0] = 0, 0
    rows = np.stack([heard, actual, ranked], axis=1)
    rows = np.concatenate([rows[:, :, :1], rows], axis=2)
    none = np.full((SHOWN, AHEAD + 1), np.nan, np.float32)
    return Strips(
        step=step,
        rows=("heard", "actual", "ranked first"),
        columns=("t", *(f"t+{ahead}" for ahead in range(1, AHEAD + 1))),
        images=Array.of(rows),
        filled=Array.of(filled),
        errors=Array.of(none),
        reference_errors=Array.of(none),
    )
