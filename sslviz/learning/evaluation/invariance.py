"""What a network has become invariant to: how far h of one sample turns as each augmentation grows, alone."""

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
"""strengths from nothing to full, random views of each, and images encoded at once"""


class Invariances(NamedTuple):
    """``strengths`` and ``cosines`` float32[A, S] of A settings, ``in_force`` float32[A] their strengths in training;
    ``views`` float32[A, S, 3, H, W], one of each.
    """

    settings: tuple[Setting, ...]
    strengths: Tensor
    in_force: Tensor
    cosines: Tensor
    views: Tensor


def invariances(image: Tensor, encode: Encode, generator: torch.Generator, seed: int, now: Augmentation) -> Invariances:
    """Of one image uint8 or float[3, H, W]: the mean cosine of h of its views with its own h.

    ``encode`` takes float32[n, 3, H, W] in 0…1 to float32[n, H_DIM]. All strengths of all settings meet the same
    random numbers, from ``seed``, so that a curve moves with its strength alone. ``now`` is trained with.
    """
    settings = tuple(setting for setting in Augmentation.settings() if setting.key != "colour")
    strengths = torch.tensor([[_full(each) * step / (STRENGTHS - 1) for step in range(STRENGTHS)] for each in settings])
    images = image[None].expand(DRAWS, *image.shape)
    views = [
        augment(images, alone(setting.key, value), generator.manual_seed(seed))
        for setting, values in zip(settings, strengths.tolist(), strict=True)
        for value in values
    ]
    stacked = torch.stack(views)
    h = torch.cat([encode(chunk) for chunk in torch.split(stacked.flatten(0, 1), CHUNK)])
    unit = normalize(h.float(), dim=1).view(len(settings), STRENGTHS, DRAWS, -1)
    own = unit[:, :1, :1]  # at no strength a view is its sample
    cosines = (unit * own).sum(-1).mean(-1)
    first = stacked[:, 0].view(len(settings), STRENGTHS, *image.shape)
    return Invariances(settings, strengths, torch.tensor(in_force(settings, now)), cosines.cpu(), first)


def alone(key: str, value: float) -> Augmentation:
    """One augmentation at this strength, all others at nothing."""
    nothing = {setting.key: 0.0 for setting in Augmentation.settings()}
    return Augmentation(**nothing | {"colour": 1.0, key: value})


def in_force(settings: tuple[Setting, ...], now: Augmentation) -> list[float]:
    """The strength of each, the master of all colours reckoned in."""
    scaled = now.colour_strengths._asdict()
    return [float(scaled.get(setting.key, getattr(now, setting.key))) for setting in settings]


def _full(setting: Setting) -> float:
    assert setting.high is not None
    return float(setting.high)
