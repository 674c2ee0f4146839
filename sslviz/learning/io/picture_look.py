"""What pictures are like: their sizes, and whether they have colours, transparent parts, or look like characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from sslviz.core.found import Look
from sslviz.learning.io.pictures import DEEP_MODES, WHITE, Pixels, check_pixels, rgb

SIDE = 32
"""Side in pixels of the reduced pictures that are looked at."""
COLOURLESS = 16
"""Largest difference between the channels of a grey pixel; compression gives grey pictures a little colour."""
MOST = 0.8
"""Share of the pictures from which all count as of a kind."""
RANGES = (255, 1023, 4095, 16_383, WHITE)
"""Values of white in pictures of 8, 10, 12, 14 and 16 bits."""
NEAR, FAR = 40, 90
"""Difference of pixels of the ground, and of pixels of strokes, from the median of the border, in 0…255."""
VIVID = 30.0
"""Standard deviation, over the pictures, of their mean colours without brightness, from which these tell them apart."""
SEVERAL = 15.0
"""Standard deviation of the colours in a picture, without brightness, from which they are several. Where a picture has
one, as parts of photographs of one place, it belongs to what it shows: mixing the colours of crops of 24 photographs
lowered k-NN from .64 to .43. In pictures of coloured shapes, the standard deviation is 31; in those crops, 4."""


class OneLook(NamedTuple):
    """What one picture is like.

    ``highest``: its largest value if it has more than 8 bits; otherwise 0. ``colour``: its mean colour less its mean
    brightness, in -255…255. ``spread``: standard deviation of the colours of its pixels less their brightness.
    """

    width: int
    height: int
    grey: bool
    transparent: bool
    character: bool
    highest: float
    colour: tuple[float, float, float]
    spread: float


def one_look(image: Image.Image) -> OneLook:
    """Look at a picture that Pillow has opened. Raises UnreadableError or an error of Pillow if it is damaged."""
    width, height = image.size
    transparent = image.has_transparency_data
    highest = _highest(image)
    pixels = rgb(image, SIDE, "pad", highest or WHITE)
    seen = _without_padding(pixels, width, height)
    grey = bool(np.quantile(np.ptp(seen.astype(np.int16), axis=0), 0.99) <= COLOURLESS)
    red, green, blue = (seen.mean((1, 2)) - seen.mean()).tolist()
    spread = float((seen - seen.mean(0)).std((1, 2)).mean())
    character = grey and _is_character(seen.mean(0))
    return OneLook(width, height, grey, transparent, character, highest, (red, green, blue), spread)


def look_of(looks: Sequence[OneLook]) -> Look:
    """Return what pictures are like, given looks at some of them."""
    if not looks:
        return Look()
    areas = sorted((each.width * each.height, each.width, each.height) for each in looks)
    return Look(
        smallest=areas[0][1:],
        largest=areas[-1][1:],
        side=int(np.median([min(each.width, each.height) for each in looks])),
        aspect=float(np.median([max(each[:2]) / min(each[:2]) for each in looks])),
        grey=_most(each.grey for each in looks),
        alpha=_most(each.transparent for each in looks),
        characters=_most(each.character for each in looks),
        vivid=float(np.std([each.colour for each in looks], axis=0).mean()) >= VIVID
        and float(np.median([each.spread for each in looks])) >= SEVERAL,
    )


def white_of(looks: Iterable[OneLook]) -> float:
    """Return the value of white in pictures that have more than 8 bits, given looks at some pictures."""
    highest = max((each.highest for each in looks), default=0.0)
    return next((each for each in RANGES if highest <= each), highest) if highest else WHITE


def white_in(image: Image.Image) -> float:
    """Return the value of white in a picture that Pillow has opened, given no other picture."""
    return _highest(image) or WHITE


def _highest(image: Image.Image) -> float:
    """Return the largest finite value of a picture that has more than 8 bits; 0 if there is none, or none above 0."""
    if image.mode not in DEEP_MODES:
        return 0.0
    check_pixels(image)
    values = np.asarray(image)
    return float(values.max(initial=0, where=np.isfinite(values)))


def _most(flags: Iterable[bool]) -> bool:
    return float(np.mean(list(flags))) >= MOST


def _without_padding(pixels: Pixels, width: int, height: int) -> Pixels:
    """Return the part of a padded picture, uint8[3, 32, 32], that shows the picture of this width and height."""
    rows, columns = (max(1, round(SIDE * length / max(width, height))) for length in (height, width))
    top, left = (SIDE - rows) // 2, (SIDE - columns) // 2
    return pixels[:, top : top + rows, left : left + columns]


def _is_character(pixels: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> bool:
    """Return whether a grey picture has strokes that differ from an even ground, and hardly anything between."""
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    distance = np.abs(pixels - np.median(border))
    ground, strokes = float((distance < NEAR).mean()), float((distance > FAR).mean())
    even = float((np.abs(border - np.median(border)) < NEAR).mean())
    return even > 0.9 and ground > 0.5 and strokes > 0.03 and ground + strokes > 0.75
