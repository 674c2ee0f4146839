"""Augmentation of images: random views of a batch of images, computed on the device of the images.

For speed, crop, flip and rotation are combined in one bilinear sampling, and all colour augmentations in one affine map
per view (:mod:`sslviz.learning.views.colour`) and one clamp; solarisation, blur and noise follow. Augmentations of
strength zero are skipped. The uniform random numbers that are drawn for a view do not depend on the strengths.
Therefore, with a generator in the same state, a change of one strength changes the effect of that augmentation only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from sslviz.core.settings import About, Group, Values
from sslviz.core.timing import part
from sslviz.learning.views.colour import COLOUR_DRAWS, ColourStrengths, colour_maps, transform_colour

GEOMETRY_DRAWS = 6
"""Number of random numbers per view for the geometry: two sides of the crop, two offsets, flip, angle."""
LAST_DRAWS = 3
"""Number of random numbers per view for blur, noise and solarisation."""
DRAWS = GEOMETRY_DRAWS + COLOUR_DRAWS + LAST_DRAWS
"""Number of random numbers per view."""
CPU_BLOCK = 256
"""Number of images processed at once on a CPU: so few fit into the cache, which makes it up to twice as fast."""
MAX_ASPECT_RATIO = 4 / 3
"""Aspect ratio of the most stretched crop, as in the crops of Inception and SimCLR."""
WEAK_VIEWS: Values = {"mixing": 0.2, "inversion": 0.0}
"""Strengths of augmentations with which a fresh network sees that two views of a sample have something in common."""
CROP_NODES = 257
"""Number of nodes of the table from which the longer side of a crop is interpolated."""


def strength(label: str, help_text: str, symbol: str = "") -> About:
    """Return the declaration of a setting for the strength of an augmentation.

    The strength lies between 0, which leaves images unchanged, and 1. The setting is live: the user can change it
    during a run.
    """
    return About(label=label, symbol=symbol, help=help_text, low=0.0, high=1.0, live=True)


class Augmentation(Group, frozen=True):
    """Settings of the augmentations: the strength of each. An augmentation of strength 0 leaves images unchanged."""

    title: ClassVar[str] = "Augmentation"

    colour: Annotated[
        float,
        strength(
            "Colour, all of it",
            "Scales every colour augmentation below. At zero both views keep the sample's colours, "
            "and the network may tell samples apart by colour alone.",
            symbol="colour",
        ),
    ] = 1.0
    crop: Annotated[
        float,
        About(
            label="Crop",
            help="Each view keeps a random part of the area, at least 1 − crop of it, of an aspect ratio from 3/4 to "
            "4/3, as torchvision's RandomResizedCrop with scale (1 − crop, 1).",
            low=0.0,
            high=0.95,
            live=True,
        ),
    ] = 0.35
    flip: Annotated[
        float,
        strength("Flip", "Probability that a view is mirrored left to right."),
    ] = 0.5
    rotation: Annotated[
        float,
        About(
            label="Rotation",
            help="Views are turned by a random angle up to this, either way; corners are filled by reflection.",
            low=0.0,
            high=180.0,
            unit="°",
            live=True,
        ),
    ] = 0.0
    brightness: Annotated[
        float,
        strength("Brightness", "Multiplies a view by a random factor between 1 − brightness and 1 + brightness."),
    ] = 0.4
    contrast: Annotated[
        float,
        strength("Contrast", "Stretches a view about its mean grey by a factor between 1 − contrast and 1 + contrast."),
    ] = 0.4
    saturation: Annotated[
        float,
        strength(
            "Saturation", "Stretches colours about their grey by a factor between 1 − saturation and 1 + saturation."
        ),
    ] = 0.4
    hue: Annotated[
        float,
        About(
            label="Hue",
            help="Turns all colours about the grey axis by a random angle up to this, either way.",
            low=0.0,
            high=180.0,
            unit="°",
            live=True,
        ),
    ] = 36.0
    grey: Annotated[
        float,
        strength("Grey", "Probability that a view loses its colours."),
    ] = 0.2
    mixing: Annotated[
        float,
        strength(
            "Colour mixing",
            "Blends in a random mixture of the three colour channels; at one, little of the original "
            "colours is left while edges stay.",
        ),
    ] = 0.8
    inversion: Annotated[
        float,
        strength("Inversion", "Probability that a view becomes its negative."),
    ] = 0.2
    blur: Annotated[
        float,
        About(
            label="Blur",
            help="Views are blurred by a Gaussian with a random width (standard deviation) up to this.",
            low=0.0,
            high=4.0,
            unit="px",
            live=True,
        ),
    ] = 0.0
    noise: Annotated[
        float,
        About(
            label="Noise",
            help="Each pixel gets Gaussian noise; its standard deviation is random up to this, where white is 1.",
            low=0.0,
            high=0.5,
            live=True,
        ),
    ] = 0.0
    solarise: Annotated[
        float,
        strength(
            "Solarisation",
            "Probability that a view is solarised: values above one half are inverted, as on overexposed film.",
        ),
    ] = 0.0

    @property
    def colour_strengths(self) -> ColourStrengths:
        """Strengths of the colour augmentations, each multiplied by the setting ``colour``."""
        c = self.colour
        return ColourStrengths(
            brightness=c * self.brightness,
            contrast=c * self.contrast,
            saturation=c * self.saturation,
            hue=c * self.hue,
            grey=c * self.grey,
            mixing=c * self.mixing,
            inversion=c * self.inversion,
        )


def unit_images(images: Tensor) -> Tensor:
    """Convert images of any shape, uint8 or float in [0, 1], to float32 in [0, 1]."""
    return images.float().mul_(1 / 255) if images.dtype == torch.uint8 else images.float()


class Extent(NamedTuple):
    """Size of views: ``share`` of the image's area that they cover before they are cropped, and ``side`` in pixels.

    A ``side`` of None stands for the size of the image.
    """

    share: float = 1.0
    side: int | None = None


def augment(
    images: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    extent: Extent = Extent(),  # noqa: B008 - it cannot change
    *,
    draws: Tensor | None = None,
) -> Tensor:
    """Return a random view of each image, float32[n, 3, H, W] in [0, 1].

    Args:
        images: uint8[n, 3, H, W], or float in [0, 1].
        settings: the strengths of the augmentations.
        generator: on the device of the images; the noise of the pixels is drawn after all other random numbers.
        extent: the size of the views.
        draws: float32[DRAWS, n], uniform random numbers in [0, 1] for the views; drawn from ``generator`` if None.
            With the same draws, the view of an image is the same in any batch, except for the noise of the pixels.
    """
    if draws is None:
        draws = torch.rand((DRAWS, len(images)), generator=generator, device=images.device)
    placement = _placement(draws[:GEOMETRY_DRAWS], settings, math.sqrt(extent.share))
    maps = colour_maps(settings.colour_strengths, draws[GEOMETRY_DRAWS:-LAST_DRAWS])
    size = images.shape[2:] if extent.side is None else (extent.side, extent.side)
    views = torch.empty((*images.shape[:2], *size), device=images.device)
    block = CPU_BLOCK if images.device.type == "cpu" else max(len(images), 1)
    for start in range(0, len(images), block):
        rows = slice(start, start + block)
        last = draws[-LAST_DRAWS:, rows]
        x = unit_images(images[rows])
        if settings.crop or settings.flip or settings.rotation or extent != Extent():
            x = _sample(x, placement[rows], size, reflect=bool(settings.rotation))
        views[rows] = _transform(x, maps[rows], last, settings, generator)
    return views


def _transform(x: Tensor, maps: Tensor, draws: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Apply colours, solarisation, blur and noise to n cropped images, float32[n, 3, H, W].

    Args:
        x: the images, float32[n, 3, H, W] in [0, 1].
        maps: float32[n, 3, 5], the result of :func:`colour_maps`.
        draws: float32[3, n] in [0, 1]: the random strengths of blur and noise, as shares of the maxima in ``settings``;
            the view is solarised if the third number is below the probability in ``settings``.
        settings: the strengths of the augmentations.
        generator: source of the noise of the pixels.
    """
    blur, noise, solarise = draws
    if any(settings.colour_strengths):
        x = transform_colour(x, maps)
    if settings.solarise:
        chosen = (solarise < settings.solarise)[:, None, None, None]
        x = torch.where(chosen & (x > 0.5), 1 - x, x)
    if settings.blur:
        x = _blur(x, settings.blur * blur)
    if settings.noise:
        pixels = torch.randn(x.shape, generator=generator, device=x.device)
        x = pixels.mul_((settings.noise * noise)[:, None, None, None]).add_(x).clamp_(0, 1)
    return x


def views_of(
    images: Tensor,
    settings: Augmentation,
    generator: torch.Generator,
    number: int,
    extent: Extent = Extent(),  # noqa: B008 - it cannot change
) -> Tensor:
    """Return ``number`` random views of each of n images, float32[number · n, 3, H, W] in [0, 1], of size ``extent``.

    Rows 0 to n - 1 are the first views of all images; rows n to 2n - 1 are the second views, in the same order; and so
    on.
    """
    with part("augmentation"):
        return augment(images.repeat(number, 1, 1, 1), settings, generator, extent)


def _placement(draws: Tensor, settings: Augmentation, scale: float) -> Tensor:
    """Return the affine map of each view, float32[n, 2, 3], from coordinates in the view to coordinates in the image.

    Coordinates in the view and in the image lie in [-1, 1]. A point of the view is mirrored if the view is flipped,
    multiplied by the size of the crop, rotated, and moved by the centre of the crop. ``draws``: float32[6, n] in
    [0, 1], one row for each random number that :data:`GEOMETRY_DRAWS` lists. ``scale``: factor of the sides of a crop.
    """
    longer, shorter, across, down, flip, angle = draws
    width, height = (scale * side for side in crop_size(settings.crop, longer, shorter))
    sign = 1 - 2 * (flip < settings.flip).float()
    radians = (2 * angle - 1) * math.radians(settings.rotation)
    cos, sin = radians.cos(), radians.sin()
    rows = [
        torch.stack([sign * width * cos, -height * sin, (2 * across - 1) * (1 - width)], 1),
        torch.stack([sign * width * sin, height * cos, (2 * down - 1) * (1 - height)], 1),
    ]
    return torch.stack(rows, 1)


def crop_size(crop: float, longer: Tensor, shorter: Tensor) -> tuple[Tensor, Tensor]:
    """Return the widths and the heights of random crops, float32[n] each, as shares of the sides of the image.

    For square images, the distribution is that of torchvision's RandomResizedCrop with ``scale=(1 - crop, 1)``: the
    point (width, height) is uniform on the region where width and height are at most 1, their product is at least
    1 - ``crop``, and their ratio is from 3/4 to 4/3. torchvision draws crops until one fits into the image, at most
    ten times. Here every crop fits: the longer side is drawn first, and then the shorter side from the range that the
    longer side allows. The sizes change continuously with ``crop``.

    Args:
        crop: the largest share of the image's area that a crop leaves out.
        longer: float32[n], uniform random numbers in [0, 1] that determine the longer sides.
        shorter: float32[n], uniform random numbers in [0, 1] that determine the shorter sides, and whether width or
            height is the longer side.
    """
    nodes = torch.linspace(math.sqrt(1 - crop), 1, CROP_NODES, device=longer.device)
    density = nodes - _shortest_side(crop, nodes)
    cumulative = torch.cat([nodes.new_zeros(1), torch.cumulative_trapezoid(density)])
    mass = longer * cumulative[-1]
    right = torch.searchsorted(cumulative, mass).clamp(1, CROP_NODES - 1)
    below, above = cumulative[right - 1], cumulative[right]
    weight = (mass - below) / (above - below).clamp(min=torch.finfo(mass.dtype).tiny)
    long = torch.lerp(nodes[right - 1], nodes[right], weight)
    short = torch.lerp(long, _shortest_side(crop, long), (2 * shorter - 1).abs())
    wide = shorter > 0.5
    return torch.where(wide, long, short), torch.where(wide, short, long)


def _shortest_side(crop: float, longer: Tensor) -> Tensor:
    """Return the smallest possible shorter side, float[n], of crops whose longer sides are ``longer``, float[n]."""
    return torch.maximum((1 - crop) / longer, longer / MAX_ASPECT_RATIO).minimum(longer)


def _sample(x: Tensor, placement: Tensor, size: Sequence[int], reflect: bool) -> Tensor:
    """Return the views, sampled bilinearly from the images at the points given by ``placement``.

    ``size``: height and width of the views.

    Points outside the image get the colour of the nearest border pixel or, if ``reflect``, of the mirrored image.
    Reflection is slower, and only rotated views need it, since other views do not reach beyond the image.
    """
    n, (height, width) = len(x), size
    across, down = _pixel_centres(width, x.device), _pixel_centres(height, x.device)
    grid = torch.empty((n, height, width, 2), device=x.device)
    for k in (0, 1):  # an outer sum: eight times faster than affine_grid on a CPU
        row = placement[:, k]
        start = (row[:, 1, None] * down + row[:, 2, None])[:, :, None]
        torch.add(row[:, 0, None, None] * across, start, out=grid[..., k])
    return grid_sample(x, grid, "bilinear", "reflection" if reflect else "border", align_corners=False)


def _pixel_centres(size: int, device: torch.device) -> Tensor:
    return (2 * torch.arange(size, device=device) + 1) / size - 1


def _blur(x: Tensor, sigma: Tensor) -> Tensor:
    """Blur each image with a Gaussian of standard deviation ``sigma``, float32[n] in pixels.

    The blur is a product with one matrix along the rows and one along the columns. At the border the weights are
    normalised over the pixels inside the image.
    """
    n, channels, height, width = x.shape
    across = _gaussian_matrix(width, sigma)
    down = across if height == width else _gaussian_matrix(height, sigma)
    rows = torch.bmm(x.reshape(n, channels * height, width), across.transpose(1, 2))
    return torch.matmul(down[:, None], rows.view(x.shape))


def _gaussian_matrix(size: int, sigma: Tensor) -> Tensor:
    """Return Gaussian weights between all pairs of pixels in a line of ``size`` pixels, float32[n, size, size].

    ``sigma``: float32[n], the standard deviations in pixels. Each row of a matrix sums to 1.
    """
    index = torch.arange(size, device=sigma.device)
    squared_distance = (index[:, None] - index).square().float()
    return (squared_distance / (-2 * sigma.clamp(min=1e-3).square())[:, None, None]).softmax(-1)
