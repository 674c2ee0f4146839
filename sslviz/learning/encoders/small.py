"""A small convolutional encoder that trains on a laptop's CPU."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.learning.encoder import ImageEncoder, encoders
from sslviz.learning.networks.convolutional import Standardise, convolution


@encoders.register
class SmallEncoder(ImageEncoder):
    """Four 3×3 convolutions of stride 2, each with batch norm and ReLU, then the mean over the remaining positions."""

    name: ClassVar[str] = "small"
    help: ClassVar[str] = "four strided convolutions, learns on a laptop's processor."
    order: ClassVar[int] = 0

    def __init__(self, channels: int, width: int) -> None:
        super().__init__(channels, width)
        widths = (channels, width, 2 * width, 4 * width, 8 * width)
        self.h_dim = widths[-1]
        self.extend([Standardise(), *(convolution(*pair, stride=2) for pair in pairwise(widths)), SpatialMean()])
        self.to(memory_format=torch.channels_last)


class SpatialMean(nn.Module):
    """Averages feature maps, float[n, C, H, W], over height and width; returns float[n, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))
