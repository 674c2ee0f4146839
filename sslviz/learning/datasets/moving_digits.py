"""Bouncing digits: clips made on the spot from scikit-learn's handwritten digits, as Moving MNIST is from MNIST.

Srivastava, Mansimov, Salakhutdinov 2015, https://arxiv.org/abs/1502.04681, section 4.1: digits move at constant speed
and are reflected by the walls. Here speed differs from clip to clip.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import balanced, chunk_sizes

LENGTH, SIDE = 20, 32
"""frames of a clip, pixels of a frame"""
SCALE = 2
"""pixels of a frame to a pixel of scikit-learn's 8×8 digits"""
SPEEDS = (2.0, 4.5)
"""pixels per frame; the last frame is then a guess at the next with a squared error of .033"""
FIRST_MOMENT, PIECES = 8, 4
"""timesteps leave this many frames before them; one in each of so many equal parts of the rest"""
CLASSES = 10
UNSEEN = 0.2
"""of the digits of each class, which appear in held-out clips only"""
HELD_OUT = 500
CHUNK = 250


class MovingDigits(Group, frozen=True):
    """What is made."""

    title: ClassVar[str] = "Moving digits"

    clips: Annotated[
        int,
        About(label="Clips", help="Clips to train on; 500 more are held out to score.", low=200, high=50_000, log=True),
    ] = 4000
    digits: Annotated[
        int,
        About(label="Digits", help="How many move in a clip; the labels tell of the first.", low=1, high=2),
    ] = 1


@dataclass(frozen=True)
class Digits:
    """Images float32[m, 8, 8] in 0…1, those of a class together; ``first`` and ``count`` int64[10] of each class."""

    images: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, classes: list[Tensor]) -> Digits:
        """From the images of each class."""
        count = torch.tensor([len(images) for images in classes])
        return cls(torch.cat(classes), count.cumsum(0) - count, count)

    def drawn(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """One image of each label: float32[n, 8, 8]."""
        which = torch.rand(labels.shape, generator=generator) * self.count[labels]
        return self.images[self.first[labels] + which.long()]


@datasets.register
class BouncingDigits(Dataset):
    """Generated; what comes next follows from where the digit was."""

    name: ClassVar[str] = "moving_digits"
    modality: ClassVar[str] = "video"
    title: ClassVar[str] = "Moving digits"
    help: ClassVar[str] = "Handwritten digits that bounce off the walls: clips of 20 frames, 32×32, made on the spot."
    groups: ClassVar[tuple[type[Group], ...]] = (MovingDigits,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """The held-out clips come first, so that they stay the same whatever the number to train on."""
        settings, total = MovingDigits.of(self.values), 0
        generator = torch.Generator().manual_seed(seed)
        progress("Reading the digits of scikit-learn", None)
        splits: list[Samples] = []
        for digits, count in zip(digit_images(generator), (HELD_OUT, settings.clips), strict=True):
            parts = []
            for size in chunk_sizes(count, CHUNK):
                progress(f"Drawing {HELD_OUT + settings.clips:,} clips", total / (HELD_OUT + settings.clips))
                parts.append(draw_clips(digits, size, settings.digits, generator))
                total += size
            splits.append(Samples.concatenate(parts))
        held_out, train = splits
        return Split(train, held_out, LABELS)


LABELS = (
    LabelEntry(name="digit", names=tuple("0123456789")),
    LabelEntry(name="x", unit="px"),
    LabelEntry(name="y", unit="px"),
    LabelEntry(name="speed", unit="px/frame"),
    LabelEntry(name="time", unit="frames"),
)
"""x and y are of the middle of the first digit, from the left and from the top, at the timestep."""


def digit_images(generator: torch.Generator) -> tuple[Digits, Digits]:
    """Those of held-out clips and those to train on, none in both."""
    from sklearn.datasets import load_digits

    pixels, targets = load_digits(return_X_y=True)
    images, labels = torch.from_numpy(pixels).float().view(-1, 8, 8) / 16, torch.from_numpy(targets)
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    for label in range(CLASSES):
        own = images[labels == label]
        own = own[torch.randperm(len(own), generator=generator)]
        border = round(UNSEEN * len(own))
        for part, chosen in zip(parts, (own[:border], own[border:]), strict=True):
            part.append(chosen)
    return Digits.of(parts[0]), Digits.of(parts[1])


def draw_clips(digits: Digits, count: int, together: int, generator: torch.Generator) -> Samples:
    """``count`` clips of ``together`` digits each; every class comes first in equal numbers as far as it goes."""
    labels = torch.stack([balanced(count, CLASSES, generator) for _ in range(together)], 1)
    images = digits.drawn(labels, generator)
    speed = SPEEDS[0] + (SPEEDS[1] - SPEEDS[0]) * torch.rand((count, together), generator=generator)
    corners = paths(speed, SIDE - SCALE * images.shape[-1], generator)
    frames = render(images[:, :, None], corners).amax(1)
    timesteps = _moments(count, generator)
    middle = corners[:, 0].gather(1, timesteps[:, :, None].expand(-1, -1, 2)) + SCALE * images.shape[-1] / 2
    found = (labels[:, :1].expand(-1, PIECES), middle[:, :, 0], middle[:, :, 1], speed[:, :1].expand(-1, PIECES))
    names = [entry.name for entry in LABELS]
    known = dict(zip(names, (*(each.contiguous() for each in found), timesteps.float()), strict=True))
    return Samples(frames.mul_(255).round_().byte()[:, :, None], known, timesteps)


def paths(speed: Tensor, room: float, generator: torch.Generator) -> Tensor:
    """Corners of digits in a box that leaves them ``room`` pixels: float32[n, d, T, 2] of x and y.

    Constant velocity of random direction, reflected at 0 and ``room``; ``speed`` float32[n, d] in pixels per frame.
    """
    angle = 2 * math.pi * torch.rand(speed.shape, generator=generator)
    velocity = speed[..., None] * torch.stack([angle.cos(), angle.sin()], -1)
    start = room * torch.rand(velocity.shape, generator=generator)
    free = start[:, :, None] + velocity[:, :, None] * torch.arange(LENGTH)[:, None]
    return (free + room).remainder(2 * room).sub_(room).abs_()


def render(images: Tensor, corners: Tensor) -> Tensor:
    """Frames float32[..., 32, 32] of images float32[..., 8, 8] with their corner at x and y float32[..., 2].

    Bilinear between pixel centres; rows and columns one after the other, since their weights are independent.
    """
    columns, rows = (_weights(corners[..., axis], images.shape[-1]) for axis in (0, 1))
    return rows @ images @ columns.transpose(-1, -2)


def _weights(corner: Tensor, side: int) -> Tensor:
    """How much each pixel of a digit gives to each of a line of the frame: float32[..., 32, side]."""
    place = (torch.arange(SIDE) + 0.5 - corner[..., None]) / SCALE - 0.5
    return (1 - (place[..., None] - torch.arange(side)).abs()).clamp_(min=0)


def _moments(count: int, generator: torch.Generator) -> Tensor:
    """int64[count, PIECES], in order."""
    apart = (LENGTH - FIRST_MOMENT) // PIECES
    shift = torch.randint(apart, (count, PIECES), generator=generator)
    return FIRST_MOMENT + apart * torch.arange(PIECES) + shift
