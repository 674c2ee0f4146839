"""Bouncing digits: clips generated from scikit-learn's handwritten digits, as Moving MNIST is from MNIST.

Srivastava, Mansimov, Salakhutdinov 2015, https://arxiv.org/abs/1502.04681, section 4.1: digits move at constant speed
and are reflected by the walls. Here the speed is drawn at random for each digit of each clip.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import balanced_labels, draw_in_chunks
from sslviz.learning.io.handwritten import CLASSES, Digits, digit_images, render

LENGTH, SIDE = 20, 32
"""Number of frames of a clip; height and width of a frame, in pixels."""
SCALE = 2
"""Factor by which scikit-learn's 8×8 digits are enlarged."""
SPEEDS = (2.0, 4.5)
"""Slowest and fastest speed, in pixels per frame. With one digit in each clip, predicting that the next frame equals
the present one has a mean squared error of about .03."""
FIRST_TIMESTEP, SEGMENTS = 8, 4
"""Earliest timestep of a segment, and number of segments of a clip: one in each quarter of the frames from 8 on."""
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


@datasets.register
class BouncingDigits(Dataset):
    """Generated clips of bouncing digits; the next frame can be predicted from the past positions of the digits."""

    name: ClassVar[str] = "moving_digits"
    modality: ClassVar[str] = "video"
    title: ClassVar[str] = "Moving digits"
    help: ClassVar[str] = "Handwritten digits that bounce off the walls: clips of 20 frames, 32×32, generated."
    groups: ClassVar[tuple[type[Group], ...]] = (MovingDigits,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate the held-out clips, and then the training clips."""
        settings = MovingDigits.of(self.values)
        counts = HELD_OUT, settings.clips
        generator = torch.Generator().manual_seed(seed)
        progress("Reading the digits of scikit-learn", None)
        digits = digit_images(generator)

        def draw(part: int, size: int) -> Samples:
            return draw_clips(digits[part], size, settings.digits, generator)

        held_out, train = draw_in_chunks(counts, CHUNK, draw, progress, f"Drawing {sum(counts):,} clips")
        return Split(train, held_out, LABELS)


LABELS = (
    LabelEntry(name="digit", names=tuple("0123456789")),
    LabelEntry(name="x", unit="px"),
    LabelEntry(name="y", unit="px"),
    LabelEntry(name="speed", unit="px/frame"),
    LabelEntry(name="time", unit="frames"),
)
"""``x`` and ``y`` are the centre of the first digit at the timestep, from the left and from the top."""


def draw_clips(digits: Digits, count: int, together: int, generator: torch.Generator) -> Samples:
    """Return ``count`` clips, each of which shows ``together`` digits.

    The labels of a clip describe only its first digit. The first digits of all clips have classes 0 to 9 equally often,
    or nearly so if ``count`` is not a multiple of ten. The same holds for the second digits, and so on.
    """
    labels = torch.stack([balanced_labels(count, CLASSES, generator) for _ in range(together)], 1)
    images = digits.sample(labels, generator)
    speed = SPEEDS[0] + (SPEEDS[1] - SPEEDS[0]) * torch.rand((count, together), generator=generator)
    corners = paths(speed, SIDE - SCALE * images.shape[-1], generator)
    frames = render(images[:, :, None], corners, torch.tensor(float(SCALE)), SIDE).amax(1)
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


def _random_timesteps(count: int, generator: torch.Generator) -> Tensor:
    """Return random timesteps of the segments of ``count`` clips, int64[count, SEGMENTS], ascending in each clip."""
    spacing = (LENGTH - FIRST_TIMESTEP) // SEGMENTS
    shift = torch.randint(spacing, (count, SEGMENTS), generator=generator)
    return FIRST_TIMESTEP + spacing * torch.arange(SEGMENTS) + shift
