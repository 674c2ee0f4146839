"""Colour augmentations, combined into one affine map of the colours of each view."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

COLOUR_DRAWS = 15
"""Number of random numbers per view: brightness, contrast, saturation, hue, grey, inversion, nine for mixing."""
LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in grey (ITU-R BT.601)."""


class ColourStrengths(NamedTuple):
    """Strengths of the colour augmentations: 0 changes nothing; ``hue`` is in degrees."""

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    grey: float = 0.0
    mixing: float = 0.0
    inversion: float = 0.0


def colour_maps(strengths: ColourStrengths, draws: Tensor) -> Tensor:
    """Return the affine map of each view, float32[n, 3, 5].

    A map is multiplied with the vector (red, green, blue, 1, mean grey of the image). ``draws``: float32[COLOUR_DRAWS,
    n], uniform in [0, 1]. The order is: brightness and contrast, which scale; saturation and hue, which keep greys;
    mixing, inversion and grey, which keep mid-grey: ½ + K (x - ½). This form takes 24 small tensors; the product of
    seven matrices would take ninety, and a millisecond more per step.
    """
    brightness, contrast, saturation, hue, grey, inversion = draws[:6]
    gain, stretch = _factor(brightness, strengths.brightness), _factor(contrast, strengths.contrast)
    rotated = _hue((2 * hue - 1) * math.radians(strengths.hue))
    coloured = _blend_with_grey(rotated, _factor(saturation, strengths.saturation), rotated.new_tensor(LUMA))
    mixed = _mixing(2 * draws[6:] - 1, strengths.mixing)
    greyed = _blend_with_grey(mixed, 1 - (grey < strengths.grey).float(), rotated.new_tensor(LUMA) @ mixed)
    about_mid_grey = (1 - 2 * (inversion < strengths.inversion).float())[:, None, None] * greyed
    matrix = (gain * stretch)[:, None, None] * (about_mid_grey @ coloured)
    sums = about_mid_grey.sum(2, keepdim=True)
    return torch.cat([matrix, 0.5 - 0.5 * sums, ((1 - stretch) * gain)[:, None, None] * sums], 2)


def transform_colour(x: Tensor, maps: Tensor) -> Tensor:
    """Apply :func:`colour_maps`, float32[n, 3, 5], to images, float32[n, 3, H, W] in [0, 1], and clamp once."""
    mean_grey = x.mean((2, 3)) @ x.new_tensor(LUMA)
    offset = torch.addcmul(maps[:, :, 3], maps[:, :, 4], mean_grey[:, None])
    return torch.baddbmm(offset[:, :, None], maps[:, :, :3], x.flatten(2)).clamp_(0, 1).view_as(x)


def _factor(draw: Tensor, strength: float) -> Tensor:
    """Return random factors, uniform in [1 - strength, 1 + strength]."""
    return 1 + strength * (2 * draw - 1)


def _blend_with_grey(matrix: Tensor, share: Tensor, grey: Tensor) -> Tensor:
    """Blend colour maps, float32[n, 3, 3], with grey, as torchvision's ``adjust_saturation`` does.

    ``share``: float32[n], weight of the colours. ``grey``: float32[3] or [n, 3], the grey as a function of the input.
    """
    weight = share[:, None, None]
    return weight * matrix + (1 - weight) * grey.view(-1, 1, 3)


def _hue(radians: Tensor) -> Tensor:
    """Return rotations about the grey axis (1, 1, 1)/√3 by Rodrigues' formula, float32[n, 3, 3]."""
    cos, sin = radians.cos()[:, None, None], radians.sin()[:, None, None]
    cross = radians.new_tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    return cos * (torch.eye(3, device=radians.device) - 1 / 3) + sin * cross + 1 / 3


def _mixing(entries: Tensor, strength: float) -> Tensor:
    """Return blends of the identity and a random matrix with unit rows, float32[n, 3, 3].

    ``entries``: float32[9, n] in [-1, 1], the entries of the random matrix.
    """
    mixture = normalize(entries.T.reshape(-1, 3, 3), dim=2, eps=1e-6)
    return (1 - strength) * torch.eye(3, device=entries.device) + strength * mixture
