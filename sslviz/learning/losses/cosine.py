"""Losses by the angle between each prediction and its target, float32 also under autocast."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity


def negative_cosine(predictions: Tensor, targets: Tensor) -> Tensor:
    """Return -cos(p, t) of the rows p and t of two float[n, D], as float32[n] (SimSiam, equation 1)."""
    with torch.autocast(device_type=predictions.device.type, enabled=False):
        return -cosine_similarity(predictions.float(), targets.float())


def regression(predictions: Tensor, targets: Tensor) -> Tensor:
    """Return ‖p - t‖² = 2 - 2 cos(p, t) of the normalised rows p and t of two float[n, D], as float32[n].

    This is the loss of BYOL, equation 2.
    """
    return 2 + 2 * negative_cosine(predictions, targets)
