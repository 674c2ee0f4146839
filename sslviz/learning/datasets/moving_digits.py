"""Bouncing digits: clips generated from scikit-learn's handwritten digits, as Moving MNIST is from MNIST.

Srivastava, Mansimov, Salakhutdinov 2015, https://arxiv.org/abs/1502.04681, section 4.1: digits move at constant speed
and are reflected by the walls. Here the speed is drawn at random for each digit of each clip.
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
from sslviz.learning.io.generated import balanced_labels, chunk_sizes

LENGTH, SIDE = 20, 32
"""Number of frames of a clip; height and width of a frame, in pixels."""
SCALE = 2
"""Factor by which scikit-learn's 8×8 digits are enlarged."""
SPEEDS = (2.0, 4.5)
"""Slowest and fastest speed, in pixels per frame. With one digit in each clip, predicting that the next frame equals
the present one has a mean squared error of about .03."""
FIRST_TIMESTEP, SEGMENTS = 8, 4
"""Earliest timestep of a segment, and number of segments of a clip: one in each quarter of the frames from 8 on."""
CLASSES = 10
UNSEEN = 0.2
"""Share of the digit images of each class that appear in held-out clips only."""
HELD_OUT = 500
"""Number of held-out clips."""
CHUNK = 250
"""Number of clips that are drawn at once."""


class MovingDigits(Group, frozen=True):
    """Settings of the data set of bouncing digits: the number of clips, and the number of digits in each clip."""

    title: ClassVar[str] = "Moving digits"

    clips: Annotated[
        int,
        About(label="Clips", help="Clips to train on; 500 more are held out to score.", low=200, high=50_000, log=True),
    ] = 4000
    digits: Annotated[
        int,
        About(label="Digits", help="Digits in each clip; the labels describe the first one.", low=1, high=2),
    ] = 1


@dataclass(frozen=True)
class Digits:
    """A number m of images of digits, float32[m, 8, 8] in [0, 1], sorted by class.

    ``first`` and ``count``, int64[10]: index of the first image of each class, and number of images of each class.
    """

    images: Tensor
    first: Tensor
    count: Tensor

    @classmethod
    def of(cls, classes: list[Tensor]) -> Digits:
        """Return Digits with all images in ``classes``.

        ``classes`` has one tensor float32[k, 8, 8] for each class; the number of images, k, may differ between classes.
        """
        count = torch.tensor([len(images) for images in classes])
        return cls(torch.cat(classes), count.cumsum(0) - count, count)

    def sample(self, labels: Tensor, generator: torch.Generator) -> Tensor:
        """Return, for each class in ``labels``, int64[...], a random image of this class: float32[..., 8, 8]."""
        index = torch.rand(labels.shape, generator=generator) * self.count[labels]
        return self.images[self.first[labels] + index.long()]


@datasets.register
class BouncingDigits(Dataset):
    """Generated clips of bouncing digits; the next frame can be predicted from the past positions of the digits."""

    name: ClassVar[str] = "moving_digits"
    modality: ClassVar[str] = "video"
    title: ClassVar[str] = "Moving digits"
    help: ClassVar[str] = "Handwritten digits that bounce off the walls: clips of 20 frames, 32×32, generated."
    groups: ClassVar[tuple[type[Group], ...]] = (MovingDigits,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return generated clips, which are random but the same whenever ``seed`` and the settings are the same.

        The held-out clips are drawn before the training clips. They are therefore the same for any number of training
        clips.
        """
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
"""``x`` and ``y`` are the centre of the first digit at the timestep, from the left and from the top."""


def digit_images(generator: torch.Generator) -> tuple[Digits, Digits]:
    """Return a pair: digits for held-out clips and digits for training clips; the two have no image in common."""
    from sklearn.datasets import load_digits

    pixels, targets = load_digits(return_X_y=True)
    images, labels = torch.from_numpy(pixels).float().view(-1, 8, 8) / 16, torch.from_numpy(targets)
    parts: tuple[list[Tensor], list[Tensor]] = ([], [])
    for label in range(CLASSES):
        own = images[labels == label]
        own = own[torch.randperm(len(own), generator=generator)]
        border = round(UNSEEN * len(own))
        for part, subset in zip(parts, (own[:border], own[border:]), strict=True):
            part.append(subset)
    return Digits.of(parts[0]), Digits.of(parts[1])


def draw_clips(digits: Digits, count: int, together: int, generator: torch.Generator) -> Samples:
    """Return ``count`` clips, each of which shows ``together`` digits.

    The labels of a clip describe only its first digit. The first digits of all clips have classes 0 to 9 equally often,
    or nearly so if ``count`` is not a multiple of ten. The same holds for the second digits, and so on.
    """
    labels = torch.stack([balanced_labels(count, CLASSES, generator) for _ in range(together)], 1)
    images = digits.sample(labels, generator)
    speed = SPEEDS[0] + (SPEEDS[1] - SPEEDS[0]) * torch.rand((count, together), generator=generator)
    corners = paths(speed, SIDE - SCALE * images.shape[-1], generator)
    frames = render(images[:, :, None], corners).amax(1)
    timesteps = _random_timesteps(count, generator)
    middle = corners[:, 0].gather(1, timesteps[:, :, None].expand(-1, -1, 2)) + SCALE * images.shape[-1] / 2
    values = (labels[:, :1].expand(-1, SEGMENTS), middle[:, :, 0], middle[:, :, 1], speed[:, :1].expand(-1, SEGMENTS))
    names = [entry.name for entry in LABELS]
    segment_labels = dict(zip(names, (*(each.contiguous() for each in values), timesteps.float()), strict=True))
    return Samples(frames.mul_(255).round_().byte()[:, :, None], segment_labels, timesteps)


def paths(speed: Tensor, room: float, generator: torch.Generator) -> Tensor:
    """Return random paths for d digits in each of n clips: positions in each of T frames, float32[n, d, T, 2].

    The position of a digit is x and y of its top left corner in pixels, both from 0 to ``room``. The corner moves at
    constant speed, begins in a random direction, and is reflected at 0 and ``room``. ``speed``, float32[n, d], is the
    speed of each digit in pixels per frame.
    """
    angle = 2 * math.pi * torch.rand(speed.shape, generator=generator)
    velocity = speed[..., None] * torch.stack([angle.cos(), angle.sin()], -1)
    start = room * torch.rand(velocity.shape, generator=generator)
    free = start[:, :, None] + velocity[:, :, None] * torch.arange(LENGTH)[:, None]
    return (free + room).remainder(2 * room).sub_(room).abs_()


def render(images: Tensor, corners: Tensor) -> Tensor:
    """Draw each image, float32[..., 8, 8], into a separate black frame, float32[..., 32, 32], at twice its size.

    ``corners``, float32[..., 2], are x and y of the images' top left corners in the frames. They need not be whole
    numbers: the pixels of the frames are computed by bilinear interpolation. A frame is the product of three matrices:
    row weights, image and column weights.
    """
    columns, rows = (_weights(corners[..., axis], images.shape[-1]) for axis in (0, 1))
    return rows @ images @ columns.transpose(-1, -2)


def _weights(corner: Tensor, side: int) -> Tensor:
    """Return the weights of linear interpolation along one axis, which draw images at twice their size.

    The weights are float32[..., 32, side]: one matrix for each value of ``corner``. Its entry (i, j) is the weight
    of pixel j of the digit's image in pixel i of the frame.

    Args:
        corner: x (or y) of the top left corner of the digit in each frame, float32[...].
        side: number of pixels along a side of a digit's image.
    """
    position = (torch.arange(SIDE) + 0.5 - corner[..., None]) / SCALE - 0.5
    return (1 - (position[..., None] - torch.arange(side)).abs()).clamp_(min=0)


def _random_timesteps(count: int, generator: torch.Generator) -> Tensor:
    """Return random timesteps of the segments of ``count`` clips, int64[count, SEGMENTS], ascending in each clip."""
    spacing = (LENGTH - FIRST_TIMESTEP) // SEGMENTS
    shift = torch.randint(spacing, (count, SEGMENTS), generator=generator)
    return FIRST_TIMESTEP + spacing * torch.arange(SEGMENTS) + shift
