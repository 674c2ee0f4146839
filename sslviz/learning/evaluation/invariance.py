"""Invariance of an encoder: the cosine of h of a sample with h of its views, with one augmentation at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.core.settings import Setting
from sslviz.learning.views.augment import Augmentation, augment

Encode = Callable[[Tensor], Tensor]
STRENGTHS, DRAWS, CHUNK = 7, 8, 256
"""Number of strengths from zero to the maximum; number of random views at each; number of images encoded at once."""


class Invariances(NamedTuple):
    """The invariance to each of A augmentations at S strengths.

    ``settings``: the augmentations. ``strengths``: float32[A, S]. ``cosines``: float32[A, S], mean cosine of h of the
    sample with h of its views. ``in_force``: float32[A], the strengths in training. ``views``: float32[A, S, 3, H, W],
    one view at each strength.
    """

    settings: tuple[Setting, ...]
    strengths: Tensor
    in_force: Tensor
    cosines: Tensor
    views: Tensor


def invariances(image: Tensor, encode: Encode, generator: torch.Generator, seed: int, now: Augmentation) -> Invariances:
    """Return the mean cosine of h of an image with h of its views, for every augmentation and strength.

    All views are drawn with the same random numbers, so that a curve depends on the strength only.

    Args:
        image: uint8[3, H, W], or float in [0, 1].
        encode: maps float32[n, 3, H, W] in [0, 1] to h, float32[n, H_DIM].
        generator: a generator on the device of the image.
        seed: seed of all views.
        now: the augmentation in training.
    """
    settings = tuple(setting for setting in Augmentation.settings() if setting.key != "colour")
    strengths = torch.tensor(
        [[_maximum(setting) * step / (STRENGTHS - 1) for step in range(STRENGTHS)] for setting in settings]
    )
    images = image[None].expand(DRAWS, *image.shape)
    views = [
        augment(images, alone(setting.key, value), generator.manual_seed(seed))
        for setting, values in zip(settings, strengths.tolist(), strict=True)
        for value in values
    ]
    stacked = torch.stack(views)
    h = torch.cat([encode(chunk) for chunk in torch.split(stacked.flatten(0, 1), CHUNK)])
    unit = normalize(h.float(), dim=1).view(len(settings), STRENGTHS, DRAWS, -1)
    own = unit[:, :1, :1]  # at strength zero a view equals its sample
    cosines = (unit * own).sum(-1).mean(-1)
    first = stacked[:, 0].view(len(settings), STRENGTHS, *image.shape)
    return Invariances(settings, strengths, torch.tensor(in_force(settings, now)), cosines.cpu(), first)


def alone(key: str, value: float) -> Augmentation:
    """Return settings with the augmentation ``key`` at strength ``value`` and all other augmentations at zero."""
    zeros = {setting.key: 0.0 for setting in Augmentation.settings()}
    return Augmentation(**zeros | {"colour": 1.0, key: value})


def in_force(settings: tuple[Setting, ...], now: Augmentation) -> list[float]:
    """Return the strength of each augmentation in training; strengths of colour are multiplied by ``colour``."""
    scaled = now.colour_strengths._asdict()
    return [float(scaled.get(setting.key, getattr(now, setting.key))) for setting in settings]


def _maximum(setting: Setting) -> float:
    assert setting.high is not None
    return float(setting.high)
