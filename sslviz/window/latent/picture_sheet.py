"""Small pictures of samples; they lie side by side on one sheet, from which thousands are drawn fast."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPixmap

from sslviz.window.latent.points import Indices
from sslviz.window.latent.raster import Colours, packed
from sslviz.window.plotting.images import MAX_ASPECT, to_image

COLUMNS = 64
"""Maximum number of pictures in a row of the sheet: a longer row would exceed the largest coordinate of a painter."""
BORDER = 0.07
"""Width of the border of a picture, as a share of its shorter side."""
MAX_PIXELS = 4 * 2**20
"""Maximum number of pixels of the sheet, which take four bytes each. Larger pictures are drawn enlarged."""
Images = npt.NDArray[np.uint8]
Places = npt.NDArray[np.floating]
"""Positions in pixels, with y downwards, float[m, 2]."""
Size = tuple[int, int]
"""Width and height of a picture, in pixels."""


class PictureSheet:
    """Draws the pictures of n samples in one size, each with a border in a colour of its own.

    The sheet is made at the first call of :meth:`draw`, and again when the size or the colours change: for 2,000
    pictures in about 20 ms.
    """

    def __init__(self, images: Images) -> None:
        """Create a sheet with these pictures, uint8[n, h, w, 3] in RGB; h and w are at least 1."""
        self._images = images
        self._columns = min(COLUMNS, max(1, len(images)))
        self._rows = -(-len(images) // self._columns)
        self._key: tuple[Size, bytes] | None = None
        self._sheet = QPixmap()

    def size(self, side: float) -> Size:
        """Return the size of each picture for which all have about the area of a square with this side, in pixels."""
        height, width = self._images.shape[1:3]
        stretch = math.sqrt(min(max(width / height, 1 / MAX_ASPECT), MAX_ASPECT))
        return max(1, round(side * stretch)), max(1, round(side / stretch))

    def draw(
        self,
        painter: QPainter,
        indices: Indices,
        places: Places,
        side: float,
        colours: Colours,
        opacity: npt.NDArray[np.floating],
    ) -> None:
        """Draw the pictures ``indices``, int[m], one above the other in this order.

        Args:
            painter: its unit is one pixel of the device that it draws on.
            indices: which pictures to draw.
            places: positions of the middles of the pictures, float[m, 2].
            side: size of the pictures, see :meth:`size`.
            colours: the colours of the borders of all n pictures, uint8[n, 3] in RGB.
            opacity: opacity of each of the m pictures, from 0 to 1, float[m].
        """
        if not len(indices):
            return
        cell = self.size(min(side, math.isqrt(MAX_PIXELS // (self._rows * self._columns))))
        sheet, size = self._sheet_of(cell, colours), np.array(self.size(side))
        fragments = np.zeros((len(indices), 10))
        fragments[:, 0:2] = np.rint(places - size / 2) + size / 2
        fragments[:, 2] = indices % self._columns * cell[0]
        fragments[:, 3] = indices // self._columns * cell[1]
        fragments[:, 4:6] = cell
        fragments[:, 6:8] = size / cell
        fragments[:, 9] = opacity
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, bool((size != cell).any()))
        first = shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment)
        assert isinstance(first, QPainter.PixmapFragment)
        painter.drawPixmapFragments(first, len(fragments), sheet)

    def _sheet_of(self, cell: Size, colours: Colours) -> QPixmap:
        key = cell, colours.tobytes()
        if key != self._key:
            image = self._scaled(cell)
            self._draw_borders(image, cell, colours)
            self._key, self._sheet = key, QPixmap.fromImage(image)
        return self._sheet

    def _scaled(self, cell: Size) -> QImage:
        count, height, width, _ = self._images.shape
        cells = np.zeros((self._rows * self._columns, height, width, 3), np.uint8)
        cells[:count] = self._images
        rows = cells.reshape(self._rows, self._columns, height, width, 3).swapaxes(1, 2)
        whole = to_image(rows.reshape(self._rows * height, self._columns * width, 3))
        modes = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        scaled = whole.scaled(self._columns * cell[0], self._rows * cell[1], *modes)
        return scaled.convertToFormat(QImage.Format.Format_RGB32)

    def _draw_borders(self, image: QImage, cell: Size, colours: Colours) -> None:
        values = np.zeros(self._rows * self._columns, np.uint32)
        values[: len(colours)] = packed(colours, np.ones(len(colours)))
        pixels = np.frombuffer(image.bits(), np.uint32).reshape(self._rows, cell[1], self._columns, cell[0])
        width = max(1, round(BORDER * min(cell)))
        for edge in (np.s_[:, :width], np.s_[:, -width:], np.s_[:, :, :, :width], np.s_[:, :, :, -width:]):
            pixels[edge] = values.reshape(self._rows, 1, self._columns, 1)
