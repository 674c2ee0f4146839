"""All colour augmentation of a view as one affine map of its colours, each sample with its own."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

COLOUR_DRAWS = 15
"""brightness, contrast, saturation, hue, grey, inversion, nine for mixing"""
LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601 weights of grey"""


class ColourStrengths(NamedTuple):
    """As in :class:`sslviz.learning.views.augment.Augmentation`, hue in degrees."""

    brightness: float
    contrast: float
    saturation: float
    hue: float
    grey: float
    mixing: float
    inversion: float


def colour_maps(strengths: ColourStrengths, draws: Tensor) -> Tensor:
    """float32[n, 3, 5], applied to (red, green, blue, 1, mean grey of the image); ``draws`` are
    float32[COLOUR_DRAWS, n] in 0…1.

    In order: brightness and contrast, which scale; saturation and hue, which keep grey as it is; mixing, inversion and
    grey, which keep mid-grey: ½ + K (x - ½). In this form 24 small tensors do, where a product of seven matrices
    takes ninety, a millisecond a step.
    """
    brightness, contrast, saturation, hue, grey, inversion = draws[:6]
    brighter, stretch = _factor(brightness, strengths.brightness), _factor(contrast, strengths.contrast)
    turned = _hue((2 * hue - 1) * math.radians(strengths.hue))
    coloured = _towards_grey(turned, _factor(saturation, strengths.saturation), turned.new_tensor(LUMA))
    mixed = _mixing(2 * draws[6:] - 1, strengths.mixing)
    greyed = _towards_grey(mixed, 1 - (grey < strengths.grey).float(), turned.new_tensor(LUMA) @ mixed)
    about_middle = (1 - 2 * (inversion < strengths.inversion).float())[:, None, None] * greyed
    matrix = (brighter * stretch)[:, None, None] * (about_middle @ coloured)
    sums = about_middle.sum(2, keepdim=True)
    return torch.cat([matrix, 0.5 - 0.5 * sums, ((1 - stretch) * brighter)[:, None, None] * sums], 2)


def transform_colour(x: Tensor, maps: Tensor) -> Tensor:
    """float32[n, 3, H, W] in 0…1 under float32[n, 3, 5] of :func:`colour_maps`; clamped once."""
    mean_grey = x.mean((2, 3)) @ x.new_tensor(LUMA)
    offset = torch.addcmul(maps[:, :, 3], maps[:, :, 4], mean_grey[:, None])
    return torch.baddbmm(offset[:, :, None], maps[:, :, :3], x.flatten(2)).clamp_(0, 1).view_as(x)


def _factor(draw: Tensor, strength: float) -> Tensor:
    """Uniform in 1 ± strength."""
    return 1 + strength * (2 * draw - 1)


def _towards_grey(matrix: Tensor, share: Tensor, grey: Tensor) -> Tensor:
    """``share`` of the matrices' colours, for the rest their grey, float32[3] or [n, 3] on what they are applied to.

    As torchvision's ``adjust_saturation``.
    """
    kept = share[:, None, None]
    return kept * matrix + (1 - kept) * grey.view(-1, 1, 3)


def _hue(radians: Tensor) -> Tensor:
    """float32[n, 3, 3]: rotation about the grey axis (1, 1, 1)/√3, Rodrigues' formula."""
    cos, sin = radians.cos()[:, None, None], radians.sin()[:, None, None]
    cross = radians.new_tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    return cos * (torch.eye(3, device=radians.device) - 1 / 3) + sin * cross + 1 / 3


def _mixing(entries: Tensor, strength: float) -> Tensor:
    """float32[n, 3, 3]: blend of the identity and a random matrix with unit rows, of float32[9, n] in -1…1."""
    mixture = normalize(entries.T.reshape(-1, 3, 3), dim=2, eps=1e-6)
    return (1 - strength) * torch.eye(3, device=entries.device) + strength * mixture
