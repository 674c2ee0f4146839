"""The colour augmentations of a view, combined into one affine map of its colours."""

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
    """Strengths of the colour augmentations: ``hue`` is an angle in degrees, the others lie between 0 and 1.

    A strength of 0 leaves the colours unchanged.
    """

    brightness: float = 0.0
    contrast: float = 0.0
    saturation: float = 0.0
    hue: float = 0.0
    grey: float = 0.0
    mixing: float = 0.0
    inversion: float = 0.0


def colour_maps(strengths: ColourStrengths, draws: Tensor) -> Tensor:
    """Return one affine map per view, float32[n, 3, 5], which applies all colour augmentations to a pixel.

    The new colour is the product of the map with the vector (red, green, blue, 1, mean grey of the image).
    ``draws``: float32[COLOUR_DRAWS, n], uniform in [0, 1].

    First, brightness and contrast scale the colours. Then come hue and saturation, which leave greys unchanged. Last
    come mixing (of the channels, by a random matrix), grey and inversion, which leave mid-grey unchanged. A product of
    seven matrices would give the same maps, but take a millisecond more per step.
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
    """Apply the result of :func:`colour_maps` to images, float32[n, 3, H, W] in [0, 1], and clamp to [0, 1]."""
    mean_grey = x.mean((2, 3)) @ x.new_tensor(LUMA)
    offset = torch.addcmul(maps[:, :, 3], maps[:, :, 4], mean_grey[:, None])
    return torch.baddbmm(offset[:, :, None], maps[:, :, :3], x.flatten(2)).clamp_(0, 1).view_as(x)


def _factor(draw: Tensor, strength: float) -> Tensor:
    """Return factors in [1 - strength, 1 + strength]; ``draw`` holds random numbers in [0, 1]."""
    return 1 + strength * (2 * draw - 1)


def _blend_with_grey(matrix: Tensor, share: Tensor, grey: Tensor) -> Tensor:
    """Blend colour maps, float32[n, 3, 3], with maps to grey, as torchvision's ``adjust_saturation`` blends images.

    ``share``: float32[n], the weight of the colours; the rest is grey. ``grey``: float32[3] or [n, 3], the weights of
    red, green and blue in the grey.
    """
    weight = share[:, None, None]
    return weight * matrix + (1 - weight) * grey.view(-1, 1, 3)


def _hue(radians: Tensor) -> Tensor:
    """Return matrices, float32[n, 3, 3], that rotate colours by ``radians``, float32[n], about the grey axis.

    The grey axis is (1, 1, 1)/√3; the matrices follow from Rodrigues' formula.
    """
    cos, sin = radians.cos()[:, None, None], radians.sin()[:, None, None]
    cross = radians.new_tensor([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / math.sqrt(3)
    return cos * (torch.eye(3, device=radians.device) - 1 / 3) + sin * cross + 1 / 3


def _mixing(entries: Tensor, strength: float) -> Tensor:
    """Return blends of the identity and a random matrix, float32[n, 3, 3]; ``strength`` is the random matrix's weight.

    ``entries``: float32[9, n] in [-1, 1], the entries of the random matrix, whose rows are then scaled to norm 1.
    """
    mixture = normalize(entries.T.reshape(-1, 3, 3), dim=2, eps=1e-6)
    return (1 - strength) * torch.eye(3, device=entries.device) + strength * mixture
