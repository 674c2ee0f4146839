"""Converts arrays of pixels to Qt's images and to PNG."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QImage, QImageWriter, QPixmap


def to_image(pixels: npt.NDArray[np.generic]) -> QImage:
    """Return a copy of pixels, uint8[H, W, 3], as a QImage; a null image if the array is empty or of another shape."""
    array = np.ascontiguousarray(pixels, dtype=np.uint8)
    if array.ndim != 3 or array.shape[2] != 3 or 0 in array.shape:
        return QImage()
    height, width, _ = array.shape
    return QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


MAX_ASPECT = 3
"""Maximum ratio of width to height of a thumbnail."""


def to_pixmap(pixels: npt.NDArray[np.generic], size: int) -> QPixmap:
    """Return a thumbnail of ``pixels``, uint8[H, W, 3], usually ``size`` pixels high.

    The proportions are kept. If the thumbnail would be more than :data:`MAX_ASPECT` * ``size`` pixels wide, it gets
    this width and is less high. For an array that is empty or of another shape, return a null pixmap.
    """
    image = to_image(pixels)
    if image.isNull():
        return QPixmap()
    modes = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image.scaled(MAX_ASPECT * size, size, *modes))


def to_png(image: QImage) -> bytes:
    """Return the image encoded as PNG."""
    buffer = QBuffer()
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())
