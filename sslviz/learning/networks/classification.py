"""Turns classification networks into encoders: removes the classifier, adds the preprocessing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

CLASSIFIERS = ("fc", "classifier", "heads", "head")
"""Names of the attribute that holds the classifier in the networks of torchvision."""
MAP_DIMS = 4
"""Number of dimensions of a batch of feature maps."""
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


def feature_map(network: nn.Module, images: Tensor) -> Tensor:
    """Return the features of each position in the last layer of ``network`` that has positions, float[n, p, q, d].

    Of a vision transformer of torchvision, these are the tokens of the patches; of a convolutional network, its last
    feature map before the pooling. If there is no such layer, the only features are those of the whole image.

    ``images``: float[n, C, H, W], as the network takes them.
    """
    maps: list[Tensor] = []

    def keep(_layer: nn.Module, _inputs: object, output: object) -> None:
        if isinstance(output, Tensor) and output.ndim == MAP_DIMS and len(output) == len(images):
            channels_last = output.shape[1] == output.shape[2] != output.shape[3]  # as in Swin's blocks and ConvNeXt's
            grid = output if channels_last else output.permute(0, 2, 3, 1)
            if grid.shape[1] * grid.shape[2] > 1:
                maps[:] = [grid]

    def keep_tokens(_layer: nn.Module, _inputs: object, tokens: Tensor) -> None:
        maps[:] = [as_grid(tokens[:, 1:])]

    transformer = getattr(network, "encoder", None) if hasattr(network, "class_token") else None
    hooks = [transformer.register_forward_hook(keep_tokens)] if isinstance(transformer, nn.Module) else []
    hooks = hooks or [layer.register_forward_hook(keep) for layer in network.modules()]
    try:
        features = network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return maps[0] if maps else features[:, None, None]


def as_grid(tokens: Tensor) -> Tensor:
    """Return tokens, float[n, P, d], of P patches row by row as a square grid, float[n, √P, √P, d].

    If P is no square, there is one row.
    """
    side = math.isqrt(tokens.shape[1])
    rows = side if side**2 == tokens.shape[1] else 1
    return tokens.reshape(len(tokens), rows, -1, tokens.shape[2])


def use_small_stem(resnet: nn.Module, channels: int = 3) -> None:
    """Adapt a ResNet of torchvision to small images, as in SimCLR, appendix B.9.

    The first convolution becomes 3×3 with stride 1, and no max pooling follows it.
    """
    resnet.conv1 = nn.Conv2d(channels, 64, 3, stride=1, padding=1, bias=False)
    resnet.maxpool = nn.Identity()
