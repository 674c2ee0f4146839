"""InfoNCE with the negatives of Contrastive Predictive Coding.

van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748. The symbols and equation numbers are those of the
paper: z_t is the encoder's output for frame t, c_t the representation of the frames up to t (the context), W_k c_t the
prediction of z_{t+k}, and N the number of candidates of a prediction, of which one is the positive.

In the shapes of tensors, a batch has B sequences of F frames each. A is the number of anchors, the frames from which
later frames are predicted. K is the number of frames predicted from each anchor. Z is the number of dimensions of z.
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
            "both: half each. Short samples have few other timesteps, hence fewer negatives.",
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
            only_if={"negatives": (SAME, BOTH)},
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
    """Indices of the negatives (the wrong candidates) of all predictions of a batch.

    Every prediction has M + M' distinct negatives: the frame at the positive's timestep in M other sequences, and M'
    other frames of the positive's sequence.

    ``sequences``: int64[B, M], the indices of M other sequences for each of B sequences; the same for all predictions
    of a sequence.
    ``frames``: int64[A, K, M'], the indices of M' other frames for each of A anchors (frames to predict from) and K
    steps ahead; the same for all sequences.
    """

    sequences: Tensor
    frames: Tensor


@dataclass(frozen=True)
class InfoNCE:
    """InfoNCE losses and accuracies for each of K steps ahead.

    Both are averaged over the samples and over the anchors, the frames from which later frames are predicted.
    ``losses``: float32[K] in nats, with gradient. ``accuracy``: float32[K], detached.
    """

    losses: Tensor
    accuracy: Tensor


def allowed_frames(targets: Tensor, frames: int, left_out: int) -> Tensor:
    """Return a mask, bool[..., F], of the frames more than ``left_out`` frames away from each target.

    ``targets``: int64[...], indices of frames. ``frames``: F, the number of frames of a sequence. If ``left_out`` is
    above F // 2 - 1, this number (at least 0) is used instead, so that some frames remain for every target.
    """
    left_out = min(left_out, max(0, frames // 2 - 1))
    return (torch.arange(frames, device=targets.device) - targets[..., None]).abs() > left_out


def num_negatives(
    rule: str, sequences: int, frames: int, targets: Tensor, left_out: int, count: int
) -> tuple[int, int]:
    """Return (M, M'), the numbers of other sequences and of other frames among the negatives of each prediction.

    The sum M + M' is ``count``, or less if there are too few distinct negatives. All predictions have equally many
    negatives, so M' is limited by the target for which the fewest frames may be negatives. Under the rule "both", half
    of ``count`` is wanted of each kind; if one kind has fewer, the other does not make up for it.

    Args:
        rule: where negatives come from; one of :data:`RULES`.
        sequences: B, the number of sequences of the batch.
        frames: F, the number of frames of each sequence.
        targets: int64[...], all frames that may be predicted, on any device.
        left_out: frames of the same sequence at most ``left_out`` frames away from the positive are no negatives.
        count: wanted number of negatives.
    """
    own = {OTHER: 0, SAME: count, BOTH: count // 2}[rule]
    allowed = int(allowed_frames(targets, frames, left_out).sum(-1).min())
    return min(count - own, sequences - 1), min(own, allowed)


def draw(allowed: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """For each row of a mask, draw ``count`` columns at random, without repetition, from those that are True.

    ``allowed``: the mask, bool[rows, columns]; every row must have at least ``count`` True columns. Return the indices
    of the drawn columns, int64[rows, count].
    """
    if not count:
        return torch.empty((len(allowed), 0), dtype=torch.int64, device=allowed.device)
    return torch.multinomial(allowed.float(), count, generator=generator)


def draw_negatives(
    counts: tuple[int, int], sequences: int, frames: int, targets: Tensor, left_out: int, generator: torch.Generator
) -> Negatives:
    """Draw random negatives for each prediction.

    Args:
        counts: M and M', the result of :func:`num_negatives`.
        sequences: B, the number of sequences of the batch.
        frames: F, the number of frames of each sequence.
        targets: int64[A, K], the frames that are predicted (the positives), K frames from each of A anchors.
        left_out: frames of the same sequence at most ``left_out`` frames away from the positive are no negatives, since
            sound and video hardly change over so few frames.
        generator: source of the random numbers, on the device of ``targets``.
    """
    other_sequences = ~torch.eye(sequences, dtype=torch.bool, device=targets.device)
    other_frames = allowed_frames(targets, frames, left_out).flatten(0, 1)
    drawn_sequences = draw(other_sequences, counts[0], generator)
    return Negatives(drawn_sequences, draw(other_frames, counts[1], generator).view(*targets.shape, counts[1]))


def candidate_scores(predicted: Tensor, z: Tensor, targets: Tensor, negatives: Negatives) -> Tensor:
    """Return the scores of the N candidates of each prediction, the positive first: float32[B, A, K, N].

    A candidate is the encoding of a frame. Its score is the scalar product with the prediction (eq. 3 of the CPC paper,
    https://arxiv.org/abs/1807.03748). The N candidates are the positive and the N - 1 ``negatives``.

    ``predicted``: float[B, A, K, Z], the predictions for B samples, A anchors (frames to predict from) and K steps
    ahead; each has Z dimensions. ``z``: float[B, F, Z], the encodings of all F frames of each sample. ``targets``:
    int64[A, K], the indices of the frames that are the positives.
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
    """Return the InfoNCE loss of each prediction in nats, float32[B, A, K].

    The loss is that of eq. 4 in the CPC paper, https://arxiv.org/abs/1807.03748.

    ``scores``: float32[B, A, K, N], the scores of the N candidates of each prediction, the positive first. There is one
    prediction for each of B samples, A anchors (frames to predict from) and K steps ahead.
    """
    return scores.logsumexp(3) - scores[..., 0]


def info_nce(scores: Tensor) -> InfoNCE:
    """Return the mean InfoNCE loss and the accuracy for each step ahead.

    ``scores``: float32[B, A, K, N], the scores s_0 to s_{N-1} of the N candidates of each prediction. There is one
    prediction for each of B samples, A anchors (frames to predict from) and K steps ahead. s_0 is the score of the
    positive.

    The loss of a prediction is ``-ln(exp(s_0) / Σ_i exp(s_i))``, where i runs over all candidates (eq. 4 of the CPC
    paper, https://arxiv.org/abs/1807.03748).

    A prediction is correct if the positive scores higher than all negatives by more than rounding errors. A collapsed
    network, whose scores differ by rounding errors only, therefore has accuracy 0.
    """
    losses = nats(scores)
    correct = scores[..., 0] - scores[..., 1:].amax(3) > ROUNDING * scores.abs().amax(3)
    return InfoNCE(losses.mean((0, 1)), correct.float().mean((0, 1)).detach())
