"""Building blocks of networks for frames: an encoder to a feature map, and a decoder from a feature map to frames."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from sslviz.learning.networks.convolutional import Standardise, convolution

MAX_FEATURE_SIDE = 4
"""Maximum number of positions along the longer side of the encoder's feature map."""
POOLED_SIDE = 2
"""Number of positions along each side of the pooled feature map h: enough to tell where an object is."""


def num_halvings(height: int, width: int) -> int:
    """Return how many halvings, at least 1, reduce the longer side of a frame to at most :data:`MAX_FEATURE_SIDE`."""
    return max(1, math.ceil(math.log2(max(height, width) / MAX_FEATURE_SIDE)))


def layer_widths(width: int, layers: int) -> list[int]:
    """Return the number of channels of each layer: ``width`` for the first layer, doubled from layer to layer."""
    return [width * 2**layer for layer in range(layers)]


def halving_convolutions(channels: int, width: int, layers: int) -> nn.Module:
    """Return an encoder of convolutions with stride 2, each of which halves height and width (rounded up).

    The encoder maps float[n, channels, H, W] in [0, 1] to float[n, width · 2^(layers-1), H / 2^layers, W / 2^layers].
    Its first layer standardises the input. Then black pixels differ from the zero padding, and the network sees where
    the frame ends.
    """
    sizes = [channels, *layer_widths(width, layers)]
    return nn.Sequential(Standardise(), *(convolution(*pair, stride=2) for pair in pairwise(sizes)))


class Residual(nn.Module):
    """A residual block of two convolutions that keeps the shape (He et al. 2015, https://arxiv.org/abs/1512.03385)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = nn.Sequential(convolution(channels, channels), convolution(channels, channels))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.change(x)  # type: ignore[no-any-return]


class Decoder(nn.Module):
    """Maps the feature map of an encoder to frames, float32[n, channels, H, W] in [0, 1].

    The encoder is made of layers that halve height and width, see :func:`halving_convolutions`. The decoder has as many
    layers, in reverse order. Each doubles height and width by sub-pixel convolution (Shi et al. 2016,
    https://arxiv.org/abs/1609.05158). A sigmoid follows the last layer. The number of channels of the feature map is
    the last of ``sizes``.

    Args:
        sizes: the number of channels after each layer of the encoder, first to last.
        channels: number of channels of the frames.
        frame: height H and width W of the frames.
    """

    def __init__(self, sizes: list[int], channels: int, frame: tuple[int, int]) -> None:
        super().__init__()
        self.frame = frame
        layers = [_doubling_convolution(*pair) for pair in pairwise(reversed(sizes))]
        last = nn.Conv2d(sizes[0], 4 * channels, 3, padding=1)
        self.layers = nn.Sequential(*layers, last, nn.PixelShuffle(2))

    def forward(self, x: Tensor) -> Tensor:
        height, width = self.frame
        return self.layers(x)[:, :, :height, :width].float().sigmoid()  # type: ignore[no-any-return]


def _doubling_convolution(inputs: int, outputs: int) -> nn.Module:
    layer = nn.Conv2d(inputs, 4 * outputs, 3, padding=1, bias=False)
    return nn.Sequential(layer, nn.PixelShuffle(2), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


def pool_quarters(features: Tensor) -> Tensor:
    """Average a feature map over each of its four quarters, and return the means, float[n, 4 C].

    ``features``: float[n, C, height, width], for n frames and C channels.
    """
    return adaptive_avg_pool2d(features, POOLED_SIDE).flatten(1)
