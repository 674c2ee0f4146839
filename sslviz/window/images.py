"""From uint8 arrays to Qt's images, and a grid of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter, QPixmap
from PySide6.QtWidgets import QSizePolicy

from sslviz.window.painting import PaintedWidget
from sslviz.window.theme import small_font, theme


def to_image(pixels: npt.NDArray[np.generic]) -> QImage:
    """QImage of uint8[H, W, 3]; the pixels are copied. An empty array gives a null image."""
    array = np.ascontiguousarray(pixels, dtype=np.uint8)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        return QImage()
    height, width, _ = array.shape
    return QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


WIDEST = 3
"""times its height, of a thumbnail"""


def to_pixmap(pixels: npt.NDArray[np.generic], size: int) -> QPixmap:
    """A thumbnail ``size`` pixels high, less where it would be very wide."""
    image = to_image(pixels)
    if image.isNull():
        return QPixmap()
    modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(WIDEST * size, size, *modes))


def to_png(image: QImage) -> bytes:
    """The content of a PNG file."""
    buffer = QBuffer()
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


class ImageGrid(PaintedWidget):
    """Rows of pictures with a caption each, as large as fits, square cells, centred."""

    GAP = 4
    CAPTION = 56

    def __init__(self) -> None:
        super().__init__()
        self._captions: tuple[str, ...] = ()
        self._images: list[list[QImage]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(160, 60))

    def show_images(self, images: npt.NDArray[np.generic], captions: tuple[str, ...]) -> None:
        """Draw uint8[len(captions), n, H, W, 3]."""
        self._captions = captions
        self._images = [[to_image(image) for image in row] for row in images]
        self.update()

    def cell(self) -> float:
        """Side of a cell in pixels under the present size."""
        columns = max((len(row) for row in self._images), default=1) or 1
        rows = max(len(self._captions), 1)
        across = (self.width() - self.CAPTION - self.GAP * (columns - 1)) / columns
        down = (self.height() - self.GAP * (rows - 1)) / rows
        return max(4.0, min(across, down))

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(small_font())
        side = self.cell()
        columns = max((len(row) for row in self._images), default=0)
        left = self.CAPTION + max(0.0, (self.width() - self.CAPTION - columns * (side + self.GAP) + self.GAP) / 2)
        top = max(0.0, (self.height() - len(self._captions) * (side + self.GAP) + self.GAP) / 2)
        for index, row in enumerate(self._images):
            y = top + index * (side + self.GAP)
            painter.setPen(QColor(theme().palette.dim))
            box = QRectF(left - self.CAPTION, y, self.CAPTION - 8, side)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._captions[index])
            for column, image in enumerate(row):
                painter.drawImage(QRectF(left + column * (side + self.GAP), y, side, side), image)
