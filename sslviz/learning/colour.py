"""All colour augmentation of a view as one affine map of (red, green, blue), each sample with its own."""

from __future__ import annotations

import math
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor

COLOUR_DRAWS = 15
"""brightness, contrast, saturation, hue, grey, inversion, nine for mixing"""
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of grey"""


class ColourStrengths(NamedTuple):
    """As in :class:`sslviz.learning.augment.Augmentation`, hue in degrees."""

    brightness: float
    contrast: float
    saturation: float
    hue: float
    grey: float
    mixing: float
    inversion: float


def transform_colour(x: Tensor, strengths: ColourStrengths, draws: Tensor) -> Tensor:
    """float32[n, 3, H, W] in 0…1 under the maps of ``draws``, float32[COLOUR_DRAWS, n] in 0…1; clamped once."""
    maps = colour_maps(x.mean((2, 3)), strengths, draws)
    flat = torch.baddbmm(maps[:, :3, 3:], maps[:, :3, :3], x.flatten(2))
    return flat.clamp_(0, 1).view_as(x)


def colour_maps(mean: Tensor, strengths: ColourStrengths, draws: Tensor) -> Tensor:
    """The composed maps, float32[n, 4, 4] on (r, g, b, 1); ``mean`` float32[n, 3] is each image's mean colour.

    In order: brightness, contrast, saturation, hue, mixing, inversion, grey.
    """
    brightness, contrast, saturation, hue, grey, inversion = draws[:6]
    brighter = _factor(brightness, strengths.brightness)
    maps = [
        _scaling(brighter),
        _contrast(brighter[:, None] * mean, _factor(contrast, strengths.contrast)),
        _towards_grey(_factor(saturation, strengths.saturation)),
        _hue((2 * hue - 1) * math.radians(strengths.hue)),
        _mixing(2 * draws[6:] - 1, strengths.mixing),
        _inversion(inversion < strengths.inversion),
        _towards_grey(1 - (grey < strengths.grey).float()),
    ]
    return reduce(lambda done, following: following @ done, maps)


def _factor(draw: Tensor, strength: float) -> Tensor:
    """Uniform in 1 ± strength."""
    return 1 + strength * (2 * draw - 1)


def _affine(matrix: Tensor, offset: Tensor) -> Tensor:
    """float32[n, 4, 4] of float32[n, 3, 3] and float32[n, 3]."""
    last = matrix.new_tensor([0.0, 0.0, 0.0, 1.0]).expand(len(matrix), 1, 4)
    return torch.cat([torch.cat([matrix, offset[:, :, None]], 2), last], 1)


def _identity(like: Tensor) -> Tensor:
    return torch.eye(3, device=like.device)


def _scaling(factor: Tensor) -> Tensor:
    return _affine(factor[:, None, None] * _identity(factor), factor.new_zeros(len(factor), 3))


def _contrast(mean: Tensor, factor: Tensor) -> Tensor:
    """About the mean grey of the image, as torchvision's ``adjust_contrast``."""
    grey = mean @ mean.new_tensor(LUMA)
    offset = ((1 - factor) * grey)[:, None].expand(-1, 3)
    return _affine(factor[:, None, None] * _identity(factor), offset)


def _towards_grey(factor: Tensor) -> Tensor:
    """factor · x + (1 - factor) · grey(x), as torchvision's ``adjust_saturation``."""
    greying = factor.new_tensor(LUMA).expand(3, 3)
    matrix = factor[:, None, None] * _identity(factor) + (1 - factor)[:, None, None] * greying
    return _affine(matrix, factor.new_zeros(len(factor), 3))


def _hue(radians: Tensor) -> Tensor:
    """Rotation about the grey axis (1, 1, 1)/√3, Rodrigues' formula."""
    cos, sin = radians.cos()[:, None, None], radians.sin()[:, None, None]
    cross = radians.new_tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    matrix = cos * _identity(radians) + sin * cross + (1 - cos) / 3
    return _affine(matrix, radians.new_zeros(len(radians), 3))


def _mixing(entries: Tensor, strength: float) -> Tensor:
    """Blend of the identity and a random matrix about mid-grey; ``entries`` float32[9, n] in -1…1."""
    mixture = entries.T.reshape(-1, 3, 3)
    mixture = mixture / mixture.square().sum(2, keepdim=True).sqrt().clamp(min=1e-6)
    matrix = (1 - strength) * _identity(entries) + strength * mixture
    return _affine(matrix, 0.5 - 0.5 * matrix.sum(2))


def _inversion(inverted: Tensor) -> Tensor:
    sign = 1 - 2 * inverted.float()
    return _affine(sign[:, None, None] * _identity(sign), inverted.float()[:, None].expand(-1, 3))
