"""Building blocks of convolutional networks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

MEAN, DEVIATION = 0.5, 0.25
"""Mean and standard deviation with which inputs in [0, 1] are brought to about zero mean and unit variance."""

STANDARDISED = f"(data.float() / 255 - {MEAN}) / {DEVIATION}"
"""Code for what :class:`Standardise` makes of ``data``, uint8[n, C, H, W]."""


class Standardise(nn.Module):
    """Brings float[n, C, H, W] in [0, 1] to about zero mean and unit variance, in channels-last memory format.

    Convolutions on a CPU are fastest with channels last.
    """

    def forward(self, x: Tensor) -> Tensor:
        return ((x - MEAN) / DEVIATION).contiguous(memory_format=torch.channels_last)


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    """Return a 3×3 convolution with batch norm and ReLU."""
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
