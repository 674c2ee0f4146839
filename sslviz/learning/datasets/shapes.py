"""Generated images of coloured shapes, made so that neither raw pixels nor colours reveal which shape is shown.

An image has 32×32 pixels and shows one of ten shapes on a striped background. The shape has a random colour, size and
position and is slightly rotated; the stripes have two other random colours; a little noise is added.

The class of an image is its shape. Colour says nothing about the class, but it almost identifies the image: two
augmented views of one image could be recognised by equal colours alone. The default augmentation changes colours, so
that a network cannot take this shortcut. The hues of the background and of the shape are labels too, which only colour
the map: it shows by them whether a network has taken the shortcut.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.settings import About, Group
from sslviz.learning.dataset import Dataset, ProgressCallback, Samples, Split, datasets
from sslviz.learning.io.generated import SignedDistance, balanced_labels, draw_in_chunks, draw_masks

SIDE = 32
"""Height and width of an image, in pixels."""
HELD_OUT = 2000
"""Number of held-out images."""
CHUNK = 1000
"""Number of images that are drawn at once."""
MAX_ROTATION = math.radians(15)
RADII = (0.55, 0.75)
"""Smallest and largest radius of a shape, as a share of half the image."""
SHIFT = 0.9
"""Maximum shift of a shape, as a share of the distance between the shape and the border of the image."""
STRIPE_CONTRAST = 0.4
CANDIDATES = 3
"""Number of random colours drawn for a shape, of which the one farthest from the background is used."""
MIN_CHROMA = 0.12
"""A colour is grey if the difference of its largest and its smallest RGB value is below this, with values up to 1."""
HUES = {
    "red": "#d8403a",
    "yellow": "#c29b00",
    "green": "#2e9e4f",
    "cyan": "#1aa3a8",
    "blue": "#4a78e0",
    "magenta": "#c04fc0",
    "grey": "#8a949e",
}
"""The classes of hue, around the circle of colours and with grey at the end, and their colours on the map."""


class Shapes(Group, frozen=True):
    """Settings of the data set of coloured shapes: the number of training images to generate."""

    title: ClassVar[str] = "Coloured shapes"

    samples: Annotated[
        int,
        About(label="Samples", help="Images to train on; 2,000 more are held out to score.", low=200, high=100_000),
    ] = 10_000


def _disc(u: Tensor, v: Tensor) -> Tensor:
    return torch.hypot(u, v) - 0.9


def _square(u: Tensor, v: Tensor) -> Tensor:
    return _box(u, v, 0.78, 0.78)


def _triangle(u: Tensor, v: Tensor) -> Tensor:
    slope = math.sqrt(3) / 2
    return torch.maximum(torch.maximum(slope * u - v / 2, -slope * u - v / 2), v) - 0.5


def _plus(u: Tensor, v: Tensor) -> Tensor:
    return torch.minimum(_box(u, v, 0.95, 0.3), _box(u, v, 0.3, 0.95))


def _ring(u: Tensor, v: Tensor) -> Tensor:
    return (torch.hypot(u, v) - 0.7).abs() - 0.22


def _flower(u: Tensor, v: Tensor) -> Tensor:
    return torch.hypot(u, v) - 0.66 - 0.3 * torch.cos(5 * torch.atan2(v, u))


def _crescent(u: Tensor, v: Tensor) -> Tensor:
    return torch.maximum(torch.hypot(u, v) - 0.92, 0.72 - torch.hypot(u - 0.45, v))


def _bar(u: Tensor, v: Tensor) -> Tensor:
    return _box(u, v, 0.98, 0.28)


def _two_dots(u: Tensor, v: Tensor) -> Tensor:
    return torch.hypot(u.abs() - 0.57, v) - 0.38


def _l(u: Tensor, v: Tensor) -> Tensor:
    return torch.minimum(_box(u + 0.5, v, 0.28, 0.9), _box(u, v - 0.62, 0.78, 0.28))


def _box(u: Tensor, v: Tensor, width: float, height: float) -> Tensor:
    return torch.maximum(u.abs() - width, v.abs() - height)


SHAPES: dict[str, SignedDistance] = {
    "disc": _disc,
    "square": _square,
    "triangle": _triangle,
    "plus": _plus,
    "ring": _ring,
    "flower": _flower,
    "crescent": _crescent,
    "bar": _bar,
    "two dots": _two_dots,
    "L": _l,
}
"""The shapes; coordinates and distances are in radii of the shape."""
LABELS = (
    LabelEntry(name="shape", names=tuple(SHAPES)),
    LabelEntry(name="background", names=tuple(HUES), colours=tuple(HUES.values()), scored=False),
    LabelEntry(name="hue", names=tuple(HUES), colours=tuple(HUES.values()), scored=False),
)


@datasets.register
class ColouredShapes(Dataset):
    """Generated images of one coloured shape; the labels are the shape and the hues of background and shape."""

    name: ClassVar[str] = "shapes"
    modality: ClassVar[str] = "image"
    title: ClassVar[str] = "Coloured shapes"
    help: ClassVar[str] = (
        "Ten shapes in random colours on random stripes, 32×32, generated. Background and hue can colour the map; no "
        "objective sees them."
    )
    groups: ClassVar[tuple[type[Group], ...]] = (Shapes,)

    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate the held-out images, and then the training images."""
        counts = HELD_OUT, Shapes.of(self.values).samples
        generator = torch.Generator().manual_seed(seed)
        text = f"Drawing {sum(counts):,} shapes"
        held_out, train = draw_in_chunks(counts, CHUNK, lambda _, size: draw_shapes(size, generator), progress, text)
        return Split(train, held_out, LABELS)


def draw_shapes(count: int, generator: torch.Generator) -> Samples:
    """Return ``count`` generated images, uint8[count, 3, 32, 32], with the :data:`LABELS`.

    Every shape occurs equally often; if ``count`` is not a multiple of ten, some shapes occur once more than others.
    """
    labels = balanced_labels(count, len(SHAPES), generator)
    inside = _masks(labels, generator)[:, None]
    stripes = _stripes(count, generator)[:, None]
    light, dark, *candidates = torch.rand((2 + CANDIDATES, count, 3, 1, 1), generator=generator)
    dark = light + STRIPE_CONTRAST * (dark - light)
    background, mean = dark + (light - dark) * stripes, (light + dark) / 2
    shape = _farthest(torch.stack(candidates, 1), mean)
    images = background + (shape - background) * inside
    images += 0.03 * torch.randn(images.shape, generator=generator)
    hues = {"background": hue_class(mean.flatten(1)), "hue": hue_class(shape.flatten(1))}
    return Samples.whole(images.clamp_(0, 1).mul_(255).round_().byte(), shape=labels, **hues)


def hue_class(rgb: Tensor) -> Tensor:
    """Return the classes of n colours, int64[n], as indices into :data:`HUES`.

    ``rgb``: float[n, 3] in [0, 1]. Each class but grey is a sixth of the circle of hues, with the pure colour in its
    middle.
    """
    red, green, blue = rgb.unbind(1)
    angle = torch.atan2(math.sqrt(3) * (green - blue), 2 * red - green - blue)
    sixth = (angle / (math.pi / 3)).round().long() % 6
    grey = rgb.amax(1) - rgb.amin(1) < MIN_CHROMA
    return torch.where(grey, list(HUES).index("grey"), sixth)


def _farthest(colours: Tensor, background: Tensor) -> Tensor:
    """Return, for each of n images, that one of its c candidate colours that differs most from its background.

    ``colours``: float32[n, c, 3, 1, 1], the RGB values of the candidates. ``background``: float32[n, 3, 1, 1], the RGB
    values of one background colour per image. The result has the shape of ``background``.
    """
    best = (colours - background[:, None]).flatten(2).norm(dim=2).argmax(1)
    return colours[torch.arange(len(colours)), best]


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Return random numbers, uniformly distributed from ``low`` to ``high``, float32[count, 1, 1]."""
    return low + (high - low) * torch.rand((count, 1, 1), generator=generator)


def _pixel_centres() -> tuple[Tensor, Tensor]:
    """Return the coordinates of the pixel centres in [-1, 1]: x, float32[32], and y, float32[32, 1]."""
    centres = (2 * torch.arange(SIDE) + 1) / SIDE - 1
    return centres, centres[:, None]


def _masks(labels: Tensor, generator: torch.Generator) -> Tensor:
    """Draw the shape of each of n images as a mask, float32[n, 32, 32], see :func:`draw_masks`.

    ``labels``: int64[n], the index in :data:`SHAPES` of each image's shape. Position, size and rotation of the shapes
    are random.
    """
    count = len(labels)
    radius, angle = _uniform(count, *RADII, generator), _uniform(count, -MAX_ROTATION, MAX_ROTATION, generator)
    room = 1 - radius
    x0 = room * _uniform(count, -SHIFT, SHIFT, generator)
    y0 = room * _uniform(count, -SHIFT, SHIFT, generator)
    x, y = _pixel_centres()
    cos, sin = angle.cos() / radius, angle.sin() / radius
    u, v = (x - x0) * cos + (y - y0) * sin, (y - y0) * cos - (x - x0) * sin
    return draw_masks(SHAPES.values(), labels, u, v, radius * (SIDE / 2))


def _stripes(count: int, generator: torch.Generator) -> Tensor:
    """Return sine gratings of random direction, frequency and phase, float32[count, 32, 32] in [0, 1]."""
    angle, phase = (_uniform(count, 0, 2 * math.pi, generator) for _ in range(2))
    frequency = _uniform(count, 1.5, 4, generator)
    x, y = _pixel_centres()
    return 0.5 + 0.5 * torch.sin(math.pi * frequency * (x * angle.cos() + y * angle.sin()) + phase)
