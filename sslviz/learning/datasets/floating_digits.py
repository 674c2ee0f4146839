"""Generated images of handwritten digits of any size at any place, on any grey, which pixels hardly tell apart.

An image has 32×32 pixels and shows one of scikit-learn's digits, brighter or darker than its background. Two images of
the same digit may therefore have hardly a pixel in common, while two views of an image, even a small part of it, nearly
always show the same strokes. Where the digit stands, and how bright the background is, are labels too.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group, Value
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import balanced_labels, draw_in_chunks
from sslviz.learning.io.handwritten import CLASSES, DIGIT_SIDE, VIEWS, Digits, digit_images, render

SIDE = 32
"""Height and width of an image, in pixels."""
SIZES = (12.0, 18.0)
"""Smallest and largest height and width of a digit, in pixels."""
MIN_CONTRAST = 0.35
"""Smallest difference between the greys of background and digit, where white is 1."""
HELD_OUT = 2000
"""Number of held-out images."""
CHUNK = 1000
"""Number of images that are drawn at once."""
LABELS = (
    LabelEntry(name="digit", names=tuple("0123456789")),
    LabelEntry(name="x", unit="px", scored=False),
    LabelEntry(name="y", unit="px", scored=False),
    LabelEntry(name="background", scored=False),
)
"""``x`` and ``y`` are the centre of the digit, from the left and from the top; the background is a grey, in [0, 1]."""


class FloatingDigits(Group, frozen=True):
    """Settings of the data set of floating digits: the number of training images to generate."""

    title: ClassVar[str] = "Floating digits"

    images: Annotated[
        int,
        About(label="Images", help="Images to train on; 2,000 more are held out to score.", low=200, high=100_000),
    ] = 6000


@datasets.register
class DigitsAnywhere(Dataset):
    """Generated images of one digit each; no digit of scikit-learn is in both splits."""

    name: ClassVar[str] = "floating_digits"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Floating digits"
    help: ClassVar[str] = (
        "Handwritten digits of any size at any place, brighter or darker than any grey, 32×32, generated. Pixels "
        "hardly tell them apart."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (FloatingDigits,)
    defaults: ClassVar[dict[str, Value]] = {**VIEWS, "crop": 0.35}

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate the held-out images, and then the training images."""
        counts = HELD_OUT, FloatingDigits.of(self.values).images
        generator = torch.Generator().manual_seed(seed)
        progress("Reading the digits of scikit-learn", None)
        digits = digit_images(generator)

        def draw(part: int, size: int) -> Samples:
            return draw_digits(digits[part], size, generator)

        held_out, train = draw_in_chunks(counts, CHUNK, draw, progress, f"Drawing {sum(counts):,} digits")
        return Split(train, held_out, LABELS)


def draw_digits(digits: Digits, count: int, generator: torch.Generator) -> Samples:
    """Return ``count`` generated images, uint8[count, 3, 32, 32], with the :data:`LABELS`.

    Every digit occurs equally often; if ``count`` is not a multiple of ten, some digits occur once more than others.
    """
    labels = balanced_labels(count, CLASSES, generator)
    images = digits.sample(labels, generator)
    size, background, ink, x, y = torch.rand((5, count), generator=generator)
    size = SIZES[0] + (SIZES[1] - SIZES[0]) * size
    corners = (SIDE - size)[:, None] * torch.stack([x, y], 1)
    inside = render(images, corners, size / DIGIT_SIDE, SIDE)
    pixels = background[:, None, None] + (_ink(background, ink) - background)[:, None, None] * inside
    data = pixels.mul_(255).round_().byte()[:, None].expand(-1, 3, -1, -1).contiguous()
    centre = corners + size[:, None] / 2
    return Samples.whole(data, digit=labels, x=centre[:, 0], y=centre[:, 1], background=background)


def _ink(background: Tensor, draw: Tensor) -> Tensor:
    """Return greys of digits, float32[n], uniform among those that differ enough from the ``background``, float32[n].

    ``draw``: float32[n], uniform random numbers in [0, 1].
    """
    darker = (background - MIN_CONTRAST).clamp(min=0)
    brighter = (1 - background - MIN_CONTRAST).clamp(min=0)
    place = draw * (darker + brighter)
    return torch.where(place < darker, place, place - darker + background + MIN_CONTRAST)
