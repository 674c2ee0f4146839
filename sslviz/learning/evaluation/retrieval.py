"""Retrieval of frames: for each prediction of CPC, the candidate frame with the highest score.

The candidates of a prediction are its positive, which is the frame that actually follows, and its negatives, which are
other frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sslviz.learning.encoder import FrameEncoder
from sslviz.learning.losses.info_nce import BOTH, OTHER, ROUNDING, SAME, allowed_frames
from sslviz.learning.outputs import ImagePrediction

CHANCE = 0.5
"""Expected share of the negatives that score higher than the positive if scores are random."""


@dataclass(frozen=True)
class Ranking:
    """The highest-scoring candidate frame of each CPC prediction: K frames are predicted in each of m samples.

    The candidates of a prediction are the positive (the frame that actually follows) and the negatives (other frames).

    Attributes:
        samples: int64[m, K], index of the sample that the highest-scoring candidate belongs to.
        frames: int64[m, K], index of the frame, within that sample, that is the highest-scoring candidate.
        above: float32[m, K], share of the negatives that score higher than the positive.
    """

    samples: Tensor
    frames: Tensor
    above: Tensor


def possible_negatives(rule: str, samples: int, frames: int, targets: Tensor, left_out: int) -> Tensor:
    """Return a mask, bool[n, K, n, F], of the frames that may be negatives of each prediction.

    Entry [i, k, j, f] tells whether frame f of sample j may be a negative when frame ``targets[k]`` of sample i is
    predicted.

    Args:
        rule: "other" for the same frame of other samples, "same" for other frames of the same sample, "both" for the
            frames of both kinds.
        samples: n, the number of samples.
        frames: F, the number of frames of each sample.
        targets: int64[K], indices of the frames that are predicted.
        left_out: frames of the same sample at a distance of up to ``left_out`` from the predicted frame are no
            negatives.
    """
    own = torch.eye(samples, dtype=torch.bool, device=targets.device)[:, None, :, None]
    away = own & allowed_frames(targets, frames, left_out)[None, :, None]
    others = ~own & (torch.arange(frames, device=targets.device) == targets[:, None])[None, :, None]
    return {OTHER: others, SAME: away, BOTH: others | away}[rule]


def first_ranked(scores: Tensor, targets: Tensor, rule: str, left_out: int) -> Ranking:
    """Return the highest-scoring candidate of each prediction, and the share of negatives above the positive.

    Two scores count as equal if they differ only by rounding errors, as in
    :func:`~sslviz.learning.losses.info_nce.info_nce`. If a negative has the same score as the positive, the positive
    does not rank first, and this negative counts as half a negative in the share.

    Args:
        scores: float32[m, K, n, F]. Entry [i, k, j, f] is the score of frame f of sample j for the prediction of frame
            ``targets[k]`` of sample i. There are n samples; only the frames of the first m are predicted.
        targets: int64[K], indices of the frames that are predicted.
        rule: as in :func:`possible_negatives`.
        left_out: as in :func:`possible_negatives`.
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
    """Return a grid of images for each sample in ``ranking``, to show in the window.

    The three rows of a grid are the context (the last frames that the prediction is made from), the actual frames that
    follow, and the candidate frames with the highest score.

    Args:
        encoder: the frame encoder, which also draws a frame as an image.
        data: samples as in :attr:`Samples.data`; the samples in ``ranking`` come first.
        anchor: index of the last frame of the context.
        targets: int64[K], indices of the frames that are predicted.
        ranking: the result of :func:`first_ranked`.
    """
    before = torch.arange(anchor - encoder.shown_context + 1, anchor + 1).clamp(min=0)
    count, shown = len(ranking.samples), len(before)
    context, actual = (encoder.frame_images(data[:count], each.expand(count, -1)) for each in (before, targets.cpu()))
    nearest = encoder.frame_images(data[ranking.samples.flatten()], ranking.frames.view(-1, 1)).reshape(actual.shape)
    images = np.zeros((count, 3, shown + len(targets), *actual.shape[2:]), np.uint8)
    images[:, 0, :shown], images[:, 1, shown:], images[:, 2, shown:] = context, actual, nearest
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
        reference_errors=np.where(np.isnan(errors), errors, np.float32(CHANCE)),
        error_name="ranked higher",
        reference_name="by luck",
    )
