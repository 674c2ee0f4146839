"""InfoNCE with the negatives of Contrastive Predictive Coding.

van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748. Letters as there: z_t what the encoder gives of time
t, c_t the context up to it, W_k c_t the prediction of z_{t+k}, N candidates of which one is the positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.settings import About, Group

OTHER, SAME, BOTH = "other", "same", "both"
ROUNDING = 1e-5
"""of a score, as a share of the largest: sums of 64 float32 products differ by less in another order"""
RULES = (OTHER, SAME, BOTH)
"""where negatives come from: other sequences at the time of the positive, other times of the same one, half each"""


class Contrast(Group, frozen=True):
    """What is told from what."""

    title: ClassVar[str] = "Prediction"

    negatives: Annotated[
        str,
        About(
            label="Negatives",
            help="What the right future is told from. other: the same timestep of other samples, so that who speaks or "
            "what moves helps. same: other timesteps of the same sample, so that it does not. both: half each.",
            choices=RULES,
            live=True,
        ),
    ] = OTHER
    left_out: Annotated[
        int,
        About(
            label="Left out",
            help="Negatives of the same sample are further than this from the right one.",
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
            help="At how many timesteps of each sample the future is predicted in a step; more cost next to nothing.",
            low=1,
            high=64,
            live=True,
        ),
    ] = 24
    prediction_steps: Annotated[
        int,
        About(
            label="Steps ahead",
            help="How many frames of the future are predicted, each by a matrix of its own. Of sound the first is "
            "three frames beyond what still overlaps with the context.",
            low=1,
            high=32,
            unit="frames",
        ),
    ] = 8


@dataclass(frozen=True)
class Negatives:
    """Sequences int64[B, M] of each sequence, at the positive's time, and frames int64[A, K, M'] of its own."""

    sequences: Tensor
    frames: Tensor


@dataclass(frozen=True)
class InfoNCE:
    """By step ahead, means over all else: ``losses`` float32[K] in nats, ``accuracy`` float32[K], detached."""

    losses: Tensor
    accuracy: Tensor


def allowed_frames(targets: Tensor, frames: int, left_out: int) -> Tensor:
    """bool[..., F], frames further than ``left_out`` from the targets int64[...]; one at least on a side is left."""
    left_out = min(left_out, max(0, frames // 2 - 1))
    return (torch.arange(frames, device=targets.device) - targets[..., None]).abs() > left_out


def draw(allowed: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """int64[R, count], so many of what bool[R, P] allows in each row: none twice, unless some row has too few."""
    if not count:
        return torch.empty((len(allowed), 0), dtype=torch.int64, device=allowed.device)
    short = int(allowed.sum(1).min()) < count
    return torch.multinomial(allowed.float(), count, replacement=short, generator=generator)


def draw_negatives(
    rule: str, sequences: int, frames: int, targets: Tensor, left_out: int, count: int, generator: torch.Generator
) -> Negatives:
    """``count`` negatives by one of :data:`RULES` for predictions of frames ``targets`` int64[A, K] of F.

    Within a sequence, a window of ``left_out`` frames to each side of the positive is left out, since sound and video
    hardly change in it.
    """
    own = {OTHER: 0, SAME: count, BOTH: count // 2}[rule]
    others = ~torch.eye(sequences, dtype=torch.bool, device=targets.device)
    elsewhere = allowed_frames(targets, frames, left_out).flatten(0, 1)
    return Negatives(draw(others, count - own, generator), draw(elsewhere, own, generator).view(*targets.shape, own))


def candidate_scores(predicted: Tensor, z: Tensor, targets: Tensor, negatives: Negatives) -> Tensor:
    """Scores z · W_k c_t (eq. 3), float32[B, A, K, N], of the positive and then of the negatives.

    ``predicted``: float[B, A, K, Z]. ``z``: float[B, F, Z]. ``targets``: int64[A, K], frames of the positives.
    """
    with torch.autocast(device_type=z.device.type, enabled=False):
        predicted, z = predicted.float(), z.float()
        actual = z[:, targets]  # [B, A, K, Z]
        found = [(predicted * actual).sum(3, keepdim=True)]
        if negatives.sequences.shape[1]:
            scores = torch.einsum("iakz,jakz->iakj", predicted, actual)
            found.append(scores.gather(3, negatives.sequences[:, None, None].expand(*scores.shape[:3], -1)))
        if negatives.frames.shape[2]:
            scores = torch.einsum("iakz,itz->iakt", predicted, z)
            found.append(scores.gather(3, negatives.frames.expand(len(scores), -1, -1, -1)))
        return torch.cat(found, 3)


def nats(scores: Tensor) -> Tensor:
    """Eq. 4 of each prediction: float32[B, A, K] of scores as in :func:`info_nce`."""
    return scores.logsumexp(3) - scores[..., 0]


def info_nce(scores: Tensor) -> InfoNCE:
    """Eq. 4: ``-ln exp(s_0) / Σ exp(s)`` of scores float32[B, A, K, N] whose first is the positive's.

    A prediction is right where the positive scores higher than all negatives, and by more than rounding: where all is
    collapsed the scores are equal but for that, and nothing is told from anything.
    """
    losses = nats(scores)
    right = scores[..., 0] - scores[..., 1:].amax(3) > ROUNDING * scores.abs().amax(3)
    return InfoNCE(losses.mean((0, 1)), right.float().mean((0, 1)).detach())
