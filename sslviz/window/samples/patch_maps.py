"""What a network has found in the patches of images, as small maps in colours with one cell for each patch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage

from sslviz.core.panel_data import Patches
from sslviz.window.plotting.images import to_image
from sslviz.window.style.palette import Palette, diverging_map, magnitude_map

Floats = npt.NDArray[np.float32]
Content = Literal["colours", "cosines", "attention"]
"""What the maps show: principal components of the features of patches, their cosines with those of the marked patch, or
attention."""


class Patch(NamedTuple):
    """A patch of a tile: the index of the tile, and the patch's row and column. A tile is an image with its map."""

    tile: int
    row: int
    column: int


@dataclass(frozen=True)
class PatchMaps:
    """The maps of all tiles.

    Attributes:
        images: index of the image of each tile. With attention, all tiles have the image in view, whose index is 0.
        names: the name of each tile; empty if the tiles have none.
        maps: the map of each tile, with one pixel for each patch.
        values: float32[tiles, rows, columns], the numbers that the colours stand for; None for principal components.
        ends: the numbers at the lower and at the upper end of the colours.
        marked: the patch that the values are about; None if they are about all patches.
    """

    images: tuple[int, ...]
    names: tuple[str, ...]
    maps: tuple[QImage, ...]
    values: Floats | None = None
    ends: tuple[float, float] = (0.0, 1.0)
    marked: Patch | None = None


class PatchData:
    """The features of the patches of m images, from a message; the image in view is the first one."""

    def __init__(self, message: Patches) -> None:
        features = np.nan_to_num(np.asarray(message.features.numpy(), np.float32))
        self.count: int = features.shape[0]
        self.rows: int = features.shape[1]
        self.columns: int = features.shape[2]
        self._features = features.reshape(-1, features.shape[3])
        self._colours = message.colours.numpy()
        self._attention = None if message.attention is None else message.attention.numpy()
        self.samples: list[int] = message.samples.numpy().tolist()
        """Indices of the samples on the map."""
        self.pictures = [to_image(image) for image in message.images.numpy()]

    @property
    def heads(self) -> int:
        """Number of heads whose attention is known."""
        return 0 if self._attention is None else len(self._attention)

    @property
    def middle(self) -> Patch:
        """The patch in the middle of the image in view."""
        return Patch(0, self.rows // 2, self.columns // 2)

    def has(self, patch: Patch) -> bool:
        """Return whether the images have this patch."""
        return patch.tile < self.count and patch.row < self.rows and patch.column < self.columns

    def cosines(self, patch: Patch) -> Floats:
        """Return the cosines of the features of a patch with those of all patches, float32[m, rows, columns]."""
        feature = self._features[(patch.tile * self.rows + patch.row) * self.columns + patch.column]
        return np.asarray((self._features @ feature).reshape(self.count, self.rows, self.columns))

    def attention(self, patch: Patch | None) -> Floats:
        """Return what a patch of the image in view takes from each of its patches, float32[1 + heads, rows, columns].

        The first is the mean over the heads. Without a patch, it is the mean over all patches that take.
        """
        assert self._attention is not None
        weights = np.nan_to_num(np.asarray(self._attention, np.float32))
        heads = weights.mean(1) if patch is None else weights[:, patch.row * self.columns + patch.column]
        return np.concatenate([heads.mean(0, keepdims=True), heads]).reshape(-1, self.rows, self.columns)

    def maps(self, content: Content, marked: Patch | None, palette: Palette) -> PatchMaps:
        """Return the maps of ``content`` for the patch ``marked``, in the colours of a theme.

        Cosines need a marked patch. Attention is that of all patches if none is marked, or one of another image.
        """
        if content == "attention":
            return self._attention_maps(marked if marked is not None and marked.tile == 0 else None)
        images = tuple(range(self.count))
        if content == "colours" or marked is None:
            return PatchMaps(images, (), tuple(map(to_image, self._colours)))
        cosines = self.cosines(marked)
        levels = np.clip((cosines + 1) * 127.5, 0, 255).astype(np.uint8)
        return PatchMaps(images, (), _in_colours(levels, diverging_map(palette)), cosines, (-1.0, 1.0), marked)

    def _attention_maps(self, marked: Patch | None) -> PatchMaps:
        values = self.attention(marked)
        largest = max(float(values.max()), 1e-6)
        levels = (values / largest * 255).clip(0, 255).astype(np.uint8)
        names = ("all heads", *(f"head {head}" for head in range(1, self.heads + 1)))
        return PatchMaps(
            (0,) * len(values), names, _in_colours(levels, magnitude_map()), values, (0.0, largest), marked
        )


def _in_colours(levels: npt.NDArray[np.uint8], colours: npt.NDArray[np.uint8]) -> tuple[QImage, ...]:
    return tuple(map(to_image, colours[levels]))
