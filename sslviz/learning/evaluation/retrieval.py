"""What a prediction is nearest to: of the candidates that it was to be told from, the one its score ranks first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sslviz.learning.encoder import FrameEncoder
from sslviz.learning.losses.info_nce import BOTH, OTHER, ROUNDING, SAME, allowed_frames
from sslviz.learning.outputs import ImagePrediction

BY_LUCK = 0.5


@dataclass(frozen=True)
class Ranking:
    """Of predictions of m samples K steps ahead: which sample and frame comes first, int64[m, K] each.

    ``above``: float32[m, K], share of the negatives that score higher than the positive.
    """

    samples: Tensor
    frames: Tensor
    above: Tensor


def possible_negatives(rule: str, samples: int, frames: int, targets: Tensor, left_out: int) -> Tensor:
    """bool[n, K, n, F]: the target's timestep of other samples, or timesteps of the own away from it, or both."""
    own = torch.eye(samples, dtype=torch.bool, device=targets.device)[:, None, :, None]
    away = own & allowed_frames(targets, frames, left_out)[None, :, None]
    others = ~own & (torch.arange(frames, device=targets.device) == targets[:, None])[None, :, None]
    return {OTHER: others, SAME: away, BOTH: others | away}[rule]


def first_ranked(scores: Tensor, targets: Tensor, rule: str, left_out: int) -> Ranking:
    """Rank float32[m, K, n, F], the scores of predictions of the first m of n samples with all frames of all.

    ``targets``: int64[K], the frames that were to be predicted. As in
    :func:`~sslviz.learning.losses.info_nce.info_nce` what differs by rounding is a tie: it does not rank first, and a
    tied negative counts half.
    """
    count, steps, samples, frames = scores.shape
    negative = possible_negatives(rule, samples, frames, targets, left_out)[:count]
    row, k = torch.arange(count, device=scores.device)[:, None], torch.arange(steps, device=scores.device)
    positive = scores[row, k, row, targets]
    rounding = ROUNDING * scores.abs().amax((2, 3))
    beyond = scores - positive[:, :, None, None]
    higher = 0.5 * ((beyond > rounding[:, :, None, None]).float() + (beyond >= -rounding[:, :, None, None]).float())
    candidates = scores.masked_fill(~negative, -math.inf)
    candidates[row, k, row, targets] = positive - rounding
    best = candidates.flatten(2).argmax(2)
    above = (higher * negative).sum((2, 3)) / negative.sum((2, 3)).clamp(min=1)
    return Ranking(best // frames, best % frames, above)


def ranked_first_images(
    encoder: FrameEncoder, data: Tensor, anchor: int, targets: Tensor, ranking: Ranking
) -> ImagePrediction:
    """Of each ranked sample the context's last frames up to ``anchor``, what came, and below it what ranks first."""
    before = torch.arange(anchor - encoder.shown_context + 1, anchor + 1).clamp(min=0)
    count, shown = len(ranking.samples), len(before)
    context, actual = (encoder.frame_images(data[:count], each.expand(count, -1)) for each in (before, targets.cpu()))
    found = encoder.frame_images(data[ranking.samples.flatten()], ranking.frames.view(-1, 1)).reshape(actual.shape)
    images = np.zeros((count, 3, shown + len(targets), *actual.shape[2:]), np.uint8)
    images[:, 0, :shown], images[:, 1, shown:], images[:, 2, shown:] = context, actual, found
    filled = np.zeros(images.shape[1:3], np.uint8)
    filled[0, :shown], filled[1:, shown:] = 1, 1
    errors = np.full((count, images.shape[2]), np.nan, np.float32)
    errors[:, shown:] = ranking.above.cpu().numpy()
    return ImagePrediction(
        rows=("context", "actual", "ranked first"),
        columns=tuple(encoder.offset_label(frame - anchor) for frame in (*before.tolist(), *targets.tolist())),
        images=images,
        filled=filled,
        errors=errors,
        reference_errors=np.where(np.isnan(errors), errors, np.float32(BY_LUCK)),
        error_name="ranked higher",
        reference_name="by luck",
    )
