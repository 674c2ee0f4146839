"""Invariance of an encoder to each augmentation: the cosine between h of a sample and h of its augmented views.

h is the output of the encoder. Each view is changed by a single augmentation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.core.settings import Setting
from sslviz.learning.views.augment import Augmentation, augment

Encode = Callable[[Tensor], Tensor]
STRENGTHS, DRAWS, CHUNK = 7, 8, 32
"""Number of strengths from zero to the maximum; maximum number of random views at each; number of images encoded at
once."""


class Invariances(NamedTuple):
    """The invariance of an encoder to each of A augmentations at S strengths, measured on a single image.

    ``settings``: for each augmentation, the setting by which the user chooses its strength. ``strengths``:
    float32[A, S], the strengths at which each augmentation was measured. ``in_force``: float32[A], the strength at
    which the training uses each augmentation at present. ``cosines``: float32[A, S], the cosine between h of the
    unchanged image and h of an augmented view, averaged over several random views. ``views``: float32[A, S, 3, H, W],
    one of these views for each augmentation and strength.
    """

    settings: tuple[Setting, ...]
    strengths: Tensor
    in_force: Tensor
    cosines: Tensor
    views: Tensor


def invariances(
    image: Tensor,
    encode: Encode,
    generator: torch.Generator,
    seed: int,
    now: Augmentation,
    most_views: int = sys.maxsize,
) -> Invariances:
    """Return the mean cosine between h of an image and h of its views, for every augmentation and strength.

    For each augmentation and strength, the random generator is seeded anew with ``seed``, so that the same random
    numbers are drawn. Two cosines of one augmentation therefore differ only because the strengths differ.

    Args:
        image: uint8[3, H, W], or float in [0, 1].
        encode: maps float32[n, 3, H, W] in [0, 1] to h, float32[n, H_DIM].
        generator: a generator on the device of the image.
        seed: seed of all views.
        now: the augmentation settings that the training uses at present.
        most_views: maximum number of views to encode; there is at least one for each augmentation and strength.
    """
    settings = tuple(setting for setting in Augmentation.settings() if setting.key != "colour")
    strengths = torch.tensor(
        [[_maximum(setting) * step / (STRENGTHS - 1) for step in range(STRENGTHS)] for setting in settings]
    )
    draws = min(max(most_views // strengths[:, 1:].numel(), 1), DRAWS)
    images = image[None].expand(draws, *image.shape)
    views = [
        augment(images, alone(setting.key, value), generator.manual_seed(seed))
        for setting, values in zip(settings, strengths.tolist(), strict=True)
        for value in values
    ]
    stacked = torch.stack(views).view(len(settings), STRENGTHS, draws, *image.shape)
    changed = torch.cat([stacked[:1, 0, 0], stacked[:, 1:].flatten(0, 2)])  # at strength zero a view equals its sample
    h = torch.cat([encode(chunk) for chunk in torch.split(changed, CHUNK)])
    unit = normalize(h.float(), dim=1)
    cosines = (unit[1:] @ unit[0]).view(len(settings), STRENGTHS - 1, draws).mean(-1)
    cosines = torch.cat([torch.ones_like(cosines[:, :1]), cosines], dim=1)
    first = stacked[:, :, 0]
    return Invariances(settings, strengths, torch.tensor(in_force(settings, now)), cosines.cpu(), first)


def alone(key: str, value: float) -> Augmentation:
    """Return augmentation settings by which the augmentation ``key`` has the strength ``value`` and all others zero.

    The setting ``colour``, a factor by which the strengths of all colour augmentations are multiplied, is 1.
    """
    zeros = {setting.key: 0.0 for setting in Augmentation.settings()}
    return Augmentation(**zeros | {"colour": 1.0, key: value})


def in_force(settings: tuple[Setting, ...], now: Augmentation) -> list[float]:
    """Return the strength at which the training uses each augmentation in ``settings``.

    ``now`` holds the augmentation settings of the training. The strength of a colour augmentation is the product of
    its own setting and the setting ``colour``; all other strengths are the settings themselves.
    """
    scaled = now.colour_strengths._asdict()
    return [float(scaled.get(setting.key, getattr(now, setting.key))) for setting in settings]


def _maximum(setting: Setting) -> float:
    assert setting.high is not None
    return float(setting.high)
