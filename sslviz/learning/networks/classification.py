"""Turns classification networks into encoders: removes the classifier, adds the preprocessing."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

CLASSIFIERS = ("fc", "classifier", "heads", "head")
"""Names of the attribute that holds the classifier in the networks of torchvision."""
SMALL_SIDE = 64
"""Maximum height and width, in pixels, of images for which a ResNet gets the stem for small images."""


class Preprocessing(nn.Module):
    """Resizes images and normalises each channel, as a network expects it that was trained on its own images.

    Args:
        mean: mean of each channel of images in [0, 1].
        deviation: standard deviation of each channel.
        side: height and width to which the images are resized, in pixels; None to leave them as they are.
        mode: interpolation, "bilinear" or "bicubic".
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Sequence[float], deviation: Sequence[float], side: int | None, mode: str) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(deviation).view(-1, 1, 1), persistent=False)
        self._side, self._mode = side, mode

    def forward(self, images: Tensor) -> Tensor:
        """Return float[n, C, side, side] for ``images``, float[n, C, H, W] in [0, 1], in channels-last format."""
        if self._side is not None and images.shape[2:] != (self._side, self._side):
            size = (self._side, self._side)
            images = interpolate(images, size, mode=self._mode, align_corners=False, antialias=True).clamp(0, 1)
        return ((images - self.mean) / self.deviation).contiguous(memory_format=torch.channels_last)


def remove_classifier(network: nn.Module) -> tuple[int, str]:
    """Remove the last layer of ``network``, which gives the classes, and the dropout in front of it.

    Layers of the classifier before these are kept, such as the two hidden layers of VGG. ``network`` then returns
    features, float[n, h_dim].

    Returns:
        h_dim, and the name of the attribute that holds the classifier.
    """
    name = next(name for name in CLASSIFIERS if hasattr(network, name))
    classifier = getattr(network, name)
    layers = list(classifier) if isinstance(classifier, nn.Sequential) else [classifier]
    last, removed = [(i, layer) for i, layer in enumerate(layers) if isinstance(layer, nn.Linear | nn.Conv2d)][-1]
    kept = layers[:last]
    while kept and isinstance(kept[-1], nn.Dropout):
        kept.pop()
    if isinstance(removed, nn.Conv2d):  # SqueezeNet classifies every position and averages the classes
        kept.append(nn.AdaptiveAvgPool2d(1))
    setattr(network, name, nn.Sequential(*kept))
    return removed.weight.shape[1], name


def use_small_stem(resnet: nn.Module, channels: int = 3) -> None:
    """Adapt a ResNet of torchvision to small images, as in SimCLR, appendix B.9.

    The first convolution becomes 3×3 with stride 1, and no max pooling follows it.
    """
    resnet.conv1 = nn.Conv2d(channels, 64, 3, stride=1, padding=1, bias=False)
    resnet.maxpool = nn.Identity()
