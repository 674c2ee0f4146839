"""Generated images of regular patterns, of which pixels tell little: any phase, size, turn and greys, under noise.

An image has 32×32 pixels, all of which show one of ten patterns. Two images of the same pattern have hardly a pixel in
common, while any two parts of an image, such as two crops, show the same pattern. That suits methods that need views
which have much in common from the first step on. Period and background are labels too, which only colour the map.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group, Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import SignedDistance, balanced_labels, draw_in_chunks, draw_masks

SIDE = 32
"""Height and width of an image, in pixels."""
PERIODS = (8.0, 13.0)
"""Smallest and largest distance after which a pattern repeats itself, in pixels."""
MAX_SHIFT = 10.0
"""Largest shift of a pattern along either of its axes, in periods."""
MIN_CONTRAST = 0.3
"""Smallest difference between the two greys of an image, where white is 1."""
NOISE = 0.15
"""Standard deviation of the noise of each pixel, where white is 1."""
HELD_OUT = 2000
"""Number of held-out images."""
CHUNK = 1000
"""Number of images that are drawn at once."""


def _stripes(u: Tensor, v: Tensor) -> Tensor:
    return _to_whole(u) - 0.25


def _checks(u: Tensor, v: Tensor) -> Tensor:
    return -torch.sin(math.pi * u) * torch.sin(math.pi * v) / math.pi


def _dots(u: Tensor, v: Tensor) -> Tensor:
    return torch.hypot(_to_whole(u), _to_whole(v)) - 0.33


def _rings(u: Tensor, v: Tensor) -> Tensor:
    return (torch.hypot(_to_whole(u), _to_whole(v)) - 0.32).abs() - 0.11


def _zigzag(u: Tensor, v: Tensor) -> Tensor:
    return _to_whole(v + _to_whole(u)) - 0.25


def _bricks(u: Tensor, v: Tensor) -> Tensor:
    return torch.minimum(2 * _to_whole((u + v.floor()) / 2), _to_whole(v)) - 0.12


def _crosses(u: Tensor, v: Tensor) -> Tensor:
    a, b = _to_whole(u), _to_whole(v)
    return torch.minimum(torch.maximum(a - 0.4, b - 0.12), torch.maximum(a - 0.12, b - 0.4))


def _triangles(u: Tensor, v: Tensor) -> Tensor:
    x, y = u - u.round(), v - v.round()
    return torch.maximum(math.sqrt(3) / 2 * x.abs() - y / 2, y) - 0.22


def _grid(u: Tensor, v: Tensor) -> Tensor:
    return torch.minimum(_to_whole(u), _to_whole(v)) - 0.12


def _scales(u: Tensor, v: Tensor) -> Tensor:
    return (torch.hypot(_to_whole(u + v.floor() / 2), v - v.floor()) - 0.5).abs() - 0.12


def _to_whole(t: Tensor) -> Tensor:
    """Return the distance of each number from the nearest whole number."""
    return (t - t.round()).abs()


PATTERNS: dict[str, SignedDistance] = {
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "rings": _rings,
    "zigzag": _zigzag,
    "bricks": _bricks,
    "crosses": _crosses,
    "triangles": _triangles,
    "grid": _grid,
    "scales": _scales,
}
"""The patterns; coordinates and distances are in periods."""
LABELS = (
    LabelEntry(name="pattern", names=tuple(PATTERNS)),
    LabelEntry(name="period", unit="px", scored=False),
    LabelEntry(name="background", scored=False),
)
"""The background is a grey, in [0, 1]."""


class Textures(Group, frozen=True):
    """Settings of the data set of textures: the number of training images to generate."""

    title: ClassVar[str] = "Textures"

    textures: Annotated[
        int,
        About(label="Textures", help="Images to train on; 2,000 more are held out to score.", low=200, high=100_000),
    ] = 6000


@datasets.register
class RegularTextures(Dataset):
    """Generated images of one regular pattern each."""

    name: ClassVar[str] = "textures"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Textures"
    help: ClassVar[str] = (
        "Ten regular patterns of any phase, size and turn, in any two greys under noise, 32×32, generated. Pixels "
        "hardly tell them apart, but all parts of an image look alike."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (Textures,)
    defaults: ClassVar[dict[str, Value]] = {
        "crop": 0.5,
        "saturation": 0.0,
        "hue": 0.0,
        "grey": 0.0,
        "mixing": 0.0,
        "inversion": 0.5,
    }

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate the held-out images, and then the training images."""
        counts = HELD_OUT, Textures.of(self.values).textures
        generator = torch.Generator().manual_seed(seed)
        text = f"Drawing {sum(counts):,} textures"
        held_out, train = draw_in_chunks(counts, CHUNK, lambda _, size: draw_textures(size, generator), progress, text)
        return Split(train, held_out, LABELS)


def draw_textures(count: int, generator: torch.Generator) -> Samples:
    """Return ``count`` generated images, uint8[count, 3, 32, 32], with the :data:`LABELS`.

    Every pattern occurs equally often; if ``count`` is not a multiple of ten, some occur once more than others.
    """
    labels = balanced_labels(count, len(PATTERNS), generator)
    angle, size, across, down, dark, contrast, inverted = torch.rand((7, count, 1, 1), generator=generator)
    period = PERIODS[0] + (PERIODS[1] - PERIODS[0]) * size
    inside = _masks(labels, 2 * math.pi * angle, period, MAX_SHIFT * across, MAX_SHIFT * down)
    difference = MIN_CONTRAST + (1 - MIN_CONTRAST) * contrast
    dark = (1 - difference) * dark
    background = torch.where(inverted < 0.5, dark, dark + difference)
    pattern = 2 * dark + difference - background
    images = background + (pattern - background) * inside
    images += NOISE * torch.randn(images.shape, generator=generator)
    data = images.clamp_(0, 1).mul_(255).round_().byte()[:, None].expand(-1, 3, -1, -1).contiguous()
    return Samples.whole(data, pattern=labels, period=period.flatten(), background=background.flatten())


def _masks(labels: Tensor, angle: Tensor, period: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Return the pattern of each of n images as a mask, float32[n, 32, 32], see :func:`draw_masks`.

    ``labels``: int64[n], the index in :data:`PATTERNS` of each pattern. ``angle`` in radians, ``period`` in pixels, and
    the shifts ``across`` and ``down`` in periods are float32[n, 1, 1].
    """
    x = torch.arange(SIDE) / period
    y = x.mT
    u = x * angle.cos() + y * angle.sin() + across
    v = y * angle.cos() - x * angle.sin() + down
    return draw_masks(PATTERNS.values(), labels, u, v, period)
