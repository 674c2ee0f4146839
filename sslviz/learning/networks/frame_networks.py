"""Networks over frames: an encoder that halves the frame until few places are left, and a decoder that undoes that."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from sslviz.learning.networks.convolutional import Standardise, convolution

FEWEST = 4
"""places left along the longer side"""
POOLED = 2
"""places along each side of h: enough to tell where something is"""


def halvings(height: int, width: int) -> int:
    """How often a frame is halved until its longer side has :data:`FEWEST` places at most."""
    return max(1, math.ceil(math.log2(max(height, width) / FEWEST)))


def widths(width: int, layers: int) -> list[int]:
    """Channels of each layer, doubled each time."""
    return [width * 2**layer for layer in range(layers)]


def halving_convolutions(channels: int, width: int, layers: int) -> nn.Module:
    """float[n, channels, H, W] in 0…1 to float[n, width · 2^(layers-1), H / 2^layers, W / 2^layers], rounded up.

    Convolutions of stride 2. Inputs are standardised, so that black differs from the padding beyond the frame: the
    walls can be seen.
    """
    sizes = [channels, *widths(width, layers)]
    return nn.Sequential(Standardise(), *(convolution(*pair, stride=2) for pair in pairwise(sizes)))


class Residual(nn.Module):
    """Two convolutions beside the identity (He et al. 2015, https://arxiv.org/abs/1512.03385), sizes kept."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(convolution(channels, channels), convolution(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.change(x)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """The way back: float[n, sizes[-1], h, w] to float32[n, channels, H, W] in 0…1, by a sigmoid.

    Each layer doubles the frame by sub-pixel convolution (Shi et al. 2016, https://arxiv.org/abs/1609.05158).
    """

    def __init__(self, sizes: list[int], channels: int, frame: tuple[int, int]) -> None:
        super().__init__()
        self.frame = frame
        layers = [_doubling(*pair) for pair in pairwise(reversed(sizes))]
        last = nn.Conv2d(sizes[0], 4 * channels, 3, padding=1)
        self.layers = nn.Sequential(*layers, last, nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        height, width = self.frame
        return self.layers(x)[:, :, :height, :width].float().sigmoid()  # type: ignore[no-any-return]


def _doubling(inputs: int, outputs: int) -> nn.Module:
    layer = nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False)
    return nn.Sequential(layer, nn.PixelShuffle(2), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def pooled(features: Tensor) -> Tensor:
    """h of a map of features: float[n, C, h, w] to float[n, 4 C], means over the quarters of the frame."""
    return adaptive_avg_pool2d(features, POOLED).flatten(1)
