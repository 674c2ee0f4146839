"""How soon something is learned: k-NN accuracy against wall clock, beside lightly on the same shapes.

``knn_lightly_120s``: lightly's accuracy after two minutes (after ``--seconds``, whatever the name says).
``seconds_to_it``: from when on the engine, without a window but with its diagnostics on, is at that accuracy or above.
Two runs of the same seed start from the same weights. The clock runs from before the first batch on. Weights are
copied at sixty even timesteps, and all are scored when the training is over, so that scoring takes time from neither:
weighted k-NN of h, all training samples as bank and all held-out ones as queries, by the one function of
``sslviz.learning.evaluation.knn``. So ``seconds_to_it`` comes in steps of a sixtieth.

Both have the same encoder, head, optimiser with its warm-up, batch and temperature. lightly's augmentation is matched
to the preset's as far as its options go: smallest crop, flip, brightness, contrast, saturation, hue (always applied,
as here), grey; no blur, and inputs not normalised, since the encoder does that. It has no colour mixing and no
inversion, and crops are always stretched by up to 4/3, where ours are in proportion to the crop.
"""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from functools import partial

from harness import Figures, alternate, leg, own_place
from lightly_recipe import Transform, batches
from subjects import DIAGNOSTICS, Snapshots, Subject, train

from sslviz.learning.evaluation.knn import weighted_knn_accuracy
from sslviz.learning.views.augment import Augmentation

ROUNDS, SECONDS = 3, 120.0
MOMENTS = 60
Curve = list[tuple[float, float]]
"""seconds and accuracy"""


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place():
        legs: dict[str, Callable[[], Curve]] = {
            "lightly": partial(leg, "learning_curves", "lightly", seconds=seconds),
            "sslviz": partial(leg, "learning_curves", "sslviz", seconds=seconds),
        }
        found = alternate(legs, rounds)
    for name, curves in found.items():
        print(f"{name}: {'  '.join(f'{at:.0f} s {knn:.3f}' for at, knn in curves[0][::6])}", file=sys.stderr)
    theirs, ours = found["lightly"], found["sslviz"]
    return {
        "knn_lightly_120s": [curve[-1][1] for curve in theirs],
        "knn_sslviz_120s": [curve[-1][1] for curve in ours],
        "seconds_to_it": [reached(mine, curve[-1][1]) for mine, curve in zip(ours, theirs, strict=True)],
    }


def reached(curve: Sequence[tuple[float, float]], level: float) -> float:
    """From when on a curve was that high and stayed so; NaN where it ends below."""
    before = [index for index, (_, value) in enumerate(curve) if value < level]
    first = before[-1] + 1 if before else 0
    return curve[first][0] if first < len(curve) else math.nan


def sslviz(seconds: float) -> Curve:
    """The curve of the engine."""
    snapshots = Snapshots(seconds / MOMENTS)
    train(seconds, DIAGNOSTICS, also=snapshots.take)
    return scored(Subject(), snapshots, seconds)


def lightly(seconds: float) -> Curve:
    """The curve of lightly's loop."""
    from lightly.loss import NTXentLoss  # type: ignore[import-untyped]

    subject, snapshots = Subject(), Snapshots(seconds / MOMENTS)
    loss = NTXentLoss(temperature=subject.temperature)
    stream = batches(subject, matched(Augmentation.of(subject.values)))
    snapshots.take(subject.objective)
    while snapshots.states[-1][0] < seconds:
        views_a, views_b = next(stream)
        subject.learn(loss(subject.z(views_a), subject.z(views_b)))
        snapshots.take(subject.objective)
    return scored(subject, snapshots, seconds)


def matched(ours: Augmentation) -> Transform:
    """lightly's transform with the options that ours has too."""
    from lightly.transforms.simclr_transform import SimCLRTransform

    colour = ours.colour_strengths
    return SimCLRTransform(
        input_size=32,
        cj_prob=1.0,
        cj_strength=1.0,
        cj_bright=colour.brightness,
        cj_contrast=colour.contrast,
        cj_sat=colour.saturation,
        cj_hue=colour.hue / 360,
        min_scale=1 - ours.crop,
        random_gray_scale=colour.grey,
        gaussian_blur=0.0,
        hf_prob=ours.flip,
        normalize=None,
    )


def scored(subject: Subject, snapshots: Snapshots, seconds: float) -> Curve:
    """The accuracy of each snapshot, up to the first that is as old as asked for."""
    younger = sum(at < seconds for at, _ in snapshots.states)
    curve = []
    for at, state in itertools.islice(snapshots.states, younger + 1):
        subject.objective.load_state_dict(state)
        curve.append((at, knn(subject)))
    return curve


def knn(subject: Subject) -> float:
    """Of the subject's network, from all samples."""
    known, held_out = subject.split.train, subject.split.held_out
    bank, queries = subject.h(known.data), subject.h(held_out.data)
    labels, wanted = (samples.labels["shape"].flatten() for samples in (known, held_out))
    return weighted_knn_accuracy(bank, labels, queries, wanted)
