"""From uint8 arrays to Qt's images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QImage, QImageWriter, QPixmap


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
