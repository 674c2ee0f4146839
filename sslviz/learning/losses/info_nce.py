"""InfoNCE with the negatives of Contrastive Predictive Coding.

van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748. Letters as there: z_t is the encoder's output at
time t, c_t the context up to t, W_k c_t the prediction of z_{t+k}, N the number of candidates, one being the positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import About, Group

OTHER, SAME, BOTH = "other", "same", "both"
ROUNDING = 1e-5
"""Rounding error of a score, as a share of the largest score.

Sums of 64 float32 products in another order differ by less.
"""
RULES = (OTHER, SAME, BOTH)
"""Sources of negatives: other sequences at the positive's timestep; other timesteps of its sequence; half of each."""


class Contrast(Group, frozen=True):
    """Settings of the predictions: negatives, number of anchors (frames to predict from), number of steps ahead."""

    title: ClassVar[str] = "Prediction"

    negatives: Annotated[
        str,
        About(
            label="Negatives",
            help="What the true future is contrasted with. other: the same timestep of other samples, where it helps "
            "to know who speaks or what moves. same: other timesteps of the same sample, where it does not. "
            "both: half each.",
            choices=RULES,
            live=True,
        ),
    ] = OTHER
    left_out: Annotated[
        int,
        About(
            label="Left out",
            help="Negatives of the same sample are further than this from the positive.",
            low=1,
            high=50,
            unit="frames",
            live=True,
        ),
    ] = 5
    anchors: Annotated[
        int,
        About(
            label="Anchors",
            help="Timesteps of each sample at which the future is predicted in a step; more cost next to nothing.",
            low=1,
            high=64,
            live=True,
        ),
    ] = 24
    prediction_steps: Annotated[
        int,
        About(
            label="Steps ahead",
            help="Number of future frames that are predicted, each by a matrix of its own. In sound the first is three "
            "frames beyond those that overlap the context.",
            low=1,
            high=32,
            unit="frames",
        ),
    ] = 8


@dataclass(frozen=True)
class Negatives:
    """Indices of the negatives, the wrong candidates for a prediction.

    ``sequences``: int64[B, M], other sequences for each sequence; their frame at the timestep of the positive is the
    negative. ``frames``: int64[A, K, M'], frames of the same sequence for each anchor and step ahead.
    """

    sequences: Tensor
    frames: Tensor


@dataclass(frozen=True)
class InfoNCE:
    """InfoNCE losses and accuracies for each of K steps ahead, averaged over samples and anchors.

    ``losses``: float32[K] in nats, with gradient. ``accuracy``: float32[K], detached.
    """

    losses: Tensor
    accuracy: Tensor


def allowed_frames(targets: Tensor, frames: int, left_out: int) -> Tensor:
    """Return a mask, bool[..., F], of the frames further than ``left_out`` from the targets, int64[...].

    ``left_out`` is reduced if no frame would be allowed otherwise.
    """
    left_out = min(left_out, max(0, frames // 2 - 1))
    return (torch.arange(frames, device=targets.device) - targets[..., None]).abs() > left_out


def draw(allowed: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw ``count`` column indices per row, int64[R, count], from the true columns of ``allowed``, bool[R, P].

    Indices are drawn without replacement, or with replacement if some row allows fewer than ``count``.
    """
    if not count:
        return torch.empty((len(allowed), 0), dtype=torch.int64, device=allowed.device)
    too_few = int(allowed.sum(1).min()) < count
    return torch.multinomial(allowed.float(), count, replacement=too_few, generator=generator)


def draw_negatives(
    rule: str, sequences: int, frames: int, targets: Tensor, left_out: int, count: int, generator: torch.Generator
) -> Negatives:
    """Draw ``count`` negatives for each prediction by one of :data:`RULES`.

    ``targets``: int64[A, K], the predicted frames, of F = ``frames``. Frames of the same sequence within ``left_out``
    of the positive are no negatives, since sound and video hardly change over so few frames.
    """
    own = {OTHER: 0, SAME: count, BOTH: count // 2}[rule]
    other_sequences = ~torch.eye(sequences, dtype=torch.bool, device=targets.device)
    other_frames = allowed_frames(targets, frames, left_out).flatten(0, 1)
    drawn_sequences = draw(other_sequences, count - own, generator)
    return Negatives(drawn_sequences, draw(other_frames, own, generator).view(*targets.shape, own))


def candidate_scores(predicted: Tensor, z: Tensor, targets: Tensor, negatives: Negatives) -> Tensor:
    """Return the scores z · W_k c_t (eq. 3) of the positive, then of the negatives: float32[B, A, K, N].

    ``predicted``: float[B, A, K, Z]. ``z``: float[B, F, Z]. ``targets``: int64[A, K], frames of the positives.
    """
    with torch.autocast(device_type=z.device.type, enabled=False):
        predicted, z = predicted.float(), z.float()
        actual = z[:, targets]  # [B, A, K, Z]
        parts = [(predicted * actual).sum(3, keepdim=True)]
        if negatives.sequences.shape[1]:
            scores = torch.einsum("iakz,jakz->iakj", predicted, actual)
            parts.append(scores.gather(3, negatives.sequences[:, None, None].expand(*scores.shape[:3], -1)))
        if negatives.frames.shape[2]:
            scores = torch.einsum("iakz,itz->iakt", predicted, z)
            parts.append(scores.gather(3, negatives.frames.expand(len(scores), -1, -1, -1)))
        return torch.cat(parts, 3)


def nats(scores: Tensor) -> Tensor:
    """Return the loss of each prediction in nats (eq. 4), float32[B, A, K]; scores as in :func:`info_nce`."""
    return scores.logsumexp(3) - scores[..., 0]


def info_nce(scores: Tensor) -> InfoNCE:
    """Return the mean loss ``-ln exp(s_0) / Σ exp(s)`` (eq. 4) and accuracy for each step ahead.

    ``scores``: float32[B, A, K, N], the score of the positive first. A prediction is correct if the positive scores
    higher than all negatives by more than rounding errors: scores of a collapsed network differ by rounding only.
    """
    losses = nats(scores)
    correct = scores[..., 0] - scores[..., 1:].amax(3) > ROUNDING * scores.abs().amax(3)
    return InfoNCE(losses.mean((0, 1)), correct.float().mean((0, 1)).detach())
