"""A small convolutional encoder that trains on a laptop's CPU."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.learning.encoder import BuildingCode, ImageEncoder, encoders
from sslviz.learning.networks.convolutional import STANDARDISED, Standardise, convolution

CODE = """\
def layer(inputs, outputs):
    convolution = nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


layers = [layer(*widths) for widths in {widths}]
encoder = nn.Sequential(nn.Identity(), *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())"""


@encoders.register
class SmallEncoder(ImageEncoder):
    """Four 3×3 convolutions of stride 2, each with batch norm and ReLU, then the mean over the remaining positions."""

    name: ClassVar[str] = "small"
    help: ClassVar[str] = "four strided convolutions, learns on a laptop's processor."
    order: ClassVar[int] = 0

    def __init__(self, channels: int, width: int) -> None:
        super().__init__(channels, width)
        widths = (channels, width, 2 * width, 4 * width, 8 * width)
        self.h_dim, self._widths = widths[-1], list(pairwise(widths))
        self.extend([Standardise(), *(convolution(*pair, stride=2) for pair in self._widths), SpatialMean()])
        self.to(memory_format=torch.channels_last)

    @property
    def code(self) -> BuildingCode:
        return BuildingCode(
            "torch", ("import torch", "from torch import nn"), CODE.format(widths=self._widths), STANDARDISED
        )


class SpatialMean(nn.Module):
    """Averages feature maps, float[n, C, H, W], over height and width; returns float[n, C]."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))
