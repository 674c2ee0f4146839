"""All colours of the program: near-grey for surfaces, an accent colour, one for warnings, and the colours of data."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

ThemeName = Literal["light", "dark", "system"]
"""``system`` follows the desktop's choice of light or dark."""


@dataclass(frozen=True)
class Palette:
    """The colours of one theme, light or dark, as strings ``#rrggbb``."""

    dark: bool
    ground: str
    surface: str
    raised: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str
    accent_soft: str
    likely: str
    """Background of a token that was predicted with a probability of 1."""
    reference: str
    warning: str
    runs: tuple[str, ...]
    """Twelve colours of the curves of runs."""
    categories: tuple[str, ...]
    """Ten colours of classes in scatter plots; class 10 has the colour of class 0."""
    unknown: str
    """Colour of points whose class or number is unknown."""

    def run(self, index: int) -> str:
        """Return the colour of the curves of run ``index``, counted from 0; run 12 has the colour of run 0."""
        return self.runs[index % len(self.runs)]


DARK = Palette(
    dark=True,
    ground="#121419",
    surface="#1a1d24",
    raised="#262b35",
    line="#2f3541",
    text="#e7eaf0",
    dim="#9aa4b5",
    accent="#6aa8ff",
    on_accent="#0a1526",
    accent_soft="#243a5c",
    likely="#2b4f88",
    reference="#8b95a7",
    warning="#f2a33c",
    runs=(
        "#6aa8ff",
        "#ff7eb6",
        "#3fc79a",
        "#b79cff",
        "#e6c34a",
        "#4fd0e0",
        "#ff8d5c",
        "#a8c95a",
        "#ef5b5b",
        "#e07ae8",
        "#f0f0a0",
        "#c79a72",
    ),
    # Lighter than those of the light theme, since blue, brown and violet would be lost on a dark surface.
    categories=(
        "#f2b01e",
        "#8fd3ff",
        "#12b981",
        "#ff7a33",
        "#3d8bff",
        "#e58bc0",
        "#dad559",
        "#a98cf5",
        "#ba8955",
        "#c8c4bc",
    ),
    unknown="#6f7785",
)
LIGHT = Palette(
    dark=False,
    ground="#e9ecf1",
    surface="#ffffff",
    raised="#f1f3f7",
    line="#dbe0e8",
    text="#171b22",
    dim="#5a6475",
    accent="#1b66d6",
    on_accent="#ffffff",
    accent_soft="#d6e5fc",
    likely="#b2d0f9",
    reference="#69748a",
    warning="#a85b00",
    runs=(
        "#1b66d6",
        "#c2307f",
        "#0a7f58",
        "#7a4fd0",
        "#8a6a00",
        "#00788a",
        "#c2491a",
        "#5b7a0d",
        "#7d2a2a",
        "#a323b3",
        "#3d4a8f",
        "#6b5a4a",
    ),
    # The colour-blind-safe palette of Okabe and Ito without its black, some colours a little darker, and four more that
    # are distinct from them and from the grey of unknown classes.
    categories=(
        "#df9800",
        "#55afe5",
        "#009e73",
        "#d55e00",
        "#0072b2",
        "#c876a5",
        "#a6a13b",
        "#8e6bd1",
        "#8c6d4f",
        "#3f4a5a",
    ),
    unknown="#a6a6a9",
)

PRESENTED_LIGHT = replace(LIGHT, ground="#ffffff", line="#8d97a8", text="#000000", dim="#343c49", reference="#4c5668")
PRESENTED_DARK = replace(
    DARK, ground="#000000", surface="#000000", line="#5a6373", text="#ffffff", dim="#c6cedb", reference="#a9b3c4"
)
"""The palettes of the presentation: white or black, and stronger contrast."""
PALETTES = {
    (False, False): LIGHT,
    (True, False): DARK,
    (False, True): PRESENTED_LIGHT,
    (True, True): PRESENTED_DARK,
}
"""All palettes, by whether they are dark, and whether they are for the presentation."""

TRANSPARENT = "#00ffffff"


def transparent(palette: Palette) -> Palette:
    """Return ``palette`` without the grounds of the window and of its panels, for pictures that lie on another page."""
    return replace(palette, ground=TRANSPARENT, surface=TRANSPARENT)


TEXT_ON = {
    "text": ("ground", "surface", "raised", "accent_soft", "likely"),
    "dim": ("ground", "surface", "raised", "accent_soft"),
    "accent": ("surface", "raised"),
    "on_accent": ("accent",),
    "warning": ("surface", "raised"),
}
"""Colours of text and the backgrounds they are used on, with a contrast of at least 4.5.

Disabled text is ``dim`` and must meet the same contrast.
"""

SHAPE_ON = {
    "reference": ("ground", "surface"),
    "accent": ("ground", "surface", "raised"),
    "dim": ("surface", "raised"),
    "on_accent": ("accent", "dim"),
    "text": ("ground", "surface"),
    "warning": ("surface", "raised", "likely"),
    "runs": ("ground", "surface"),
}
"""Colours of icons, focus rings and lines and the backgrounds they are used on, with a contrast of at least 3."""

SYMBOLS = ("o", "s", "t", "d", "p", "h", "star", "t1", "t2", "t3")


def category_symbol(index: int) -> str:
    """Return pyqtgraph's name for the marker (circle, square…) of a class in scatter plots, such as "o".

    Class 10 has the colour of class 0, since there are ten colours, but another marker.
    """
    return SYMBOLS[(index + index // len(SYMBOLS)) % len(SYMBOLS)]


def shade_colour(index: int, count: int) -> str:
    """Return the colour of interval ``index`` of a range of numbers that is divided into ``count`` intervals.

    The colours lie at equal distances on the colour map cividis; ``index`` 0 is the lowest interval.
    """
    import pyqtgraph as pg

    position = 0.05 + 0.9 * index / max(count - 1, 1)
    return str(pg.colormap.get("cividis").map(position, mode="qcolor").name())


class PointStyles(NamedTuple):
    """The colours and markers of points in a scatter plot, which are determined by the label of each point.

    Attributes:
        shades: 0 if the points are coloured by class: their label is then the index of their class. Otherwise they are
            coloured by a number such as the loss, whose range is divided into ``shades`` intervals, and their label is
            the index of their interval.
        own: the colour of each class as a string ``#rrggbb``, if the classes are themselves colours, such as hues; or
            empty, and the classes have the colours of the palette.
        others: the label of all points whose classes have no label of their own, since there are too many; they are
            grey. None if all classes have one.
    """

    shades: int = 0
    own: tuple[str, ...] = ()
    others: int | None = None

    def of(self, label: int, palette: Palette) -> tuple[str, str]:
        """Return (colour, marker) of the points with this label; a negative label stands for an unknown one."""
        if label < 0 or label == self.others:
            return palette.unknown, SYMBOLS[0]
        if self.shades:
            return shade_colour(label, self.shades), SYMBOLS[0]
        colours = self.own or palette.categories
        return colours[label % len(colours)], category_symbol(label)


BY_CLASS = PointStyles()
"""The styles of points that are coloured by class."""


def diverging_map(palette: Palette) -> npt.NDArray[np.uint8]:
    """Return a diverging colour map, uint8[256, 3]: blue for negative values, orange for positive values.

    The middle is a grey near that of the background. From the middle to either end, the lightness changes nearly
    evenly.
    """
    middle = (34, 38, 47) if palette.dark else (246, 246, 248)
    low = (86, 148, 255) if palette.dark else (24, 78, 160)
    high = (255, 176, 58) if palette.dark else (190, 84, 0)
    position = np.linspace(-1, 1, 256)[:, None]
    ends = np.where(position < 0, np.array([low], float), np.array([high], float))
    strength = np.abs(position) ** 0.9
    return np.asarray(np.round(np.array([middle]) * (1 - strength) + ends * strength), dtype=np.uint8)


@functools.cache
def magnitude_map() -> npt.NDArray[np.uint8]:
    """Return the colour map cividis for numbers from 0 to their maximum, uint8[256, 3]: from dark blue to yellow.

    The array is shared and must not be changed.
    """
    import pyqtgraph as pg

    return np.asarray(pg.colormap.get("cividis").getLookupTable(0.0, 1.0, 256), np.uint8)
