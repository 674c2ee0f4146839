"""Saves the picture or the table of a panel, or images of samples, in a file; a failed save leaves no partial file."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QWidget

from sslviz.core.durable_file import write_durably
from sslviz.window.plotting.images import to_image, to_png
from sslviz.window.plotting.rendering import picture, svg
from sslviz.window.plotting.table import Table, to_csv

GAP_PX = 2
"""Distance of two images in a sheet, in pixels."""


class ExportError(Exception):
    """Raised if a file cannot be saved; the message says why. An earlier file of the same name is left unchanged."""


def save_picture(widget: QWidget, path: Path) -> None:
    """Save an image of a widget as PNG or SVG, depending on the suffix of ``path``. Raises ExportError."""
    render = {".png": _png, ".svg": svg}.get(path.suffix.lower())
    if render is None:
        raise ExportError(f"Pictures are saved as .png or .svg, and {path.name} ends in neither.")
    _write(path, render(widget))


def save_table(table: Table, path: Path) -> None:
    """Save a table as CSV. Raises ExportError."""
    _write(path, to_csv(table).encode())


def save_sheet(pictures: npt.NDArray[np.uint8], path: Path) -> None:
    """Save images, uint8[n, h, w, 3], as one PNG, arranged by :func:`sheet`. Raises ExportError."""
    _write(path, to_png(to_image(sheet(pictures))))


def sheet(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Arrange images, uint8[n, h, w, 3], in the rows of one roughly square image, uint8[H, W, 3].

    Between the images are white gaps of :data:`GAP_PX` pixels.
    """
    count, height, width, _ = pictures.shape
    columns = max(1, math.ceil(math.sqrt(count * (height + GAP_PX) / (width + GAP_PX))))
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + GAP_PX, width + GAP_PX, 3), 255, np.uint8)
    cells[:count, :height, :width] = pictures
    whole = cells.reshape(rows, columns, height + GAP_PX, width + GAP_PX, 3).swapaxes(1, 2)
    result: npt.NDArray[np.uint8] = whole.reshape(rows * (height + GAP_PX), columns * (width + GAP_PX), 3)
    return result[:-GAP_PX, :-GAP_PX]


def _png(widget: QWidget) -> bytes:
    return to_png(picture(widget))


def _write(path: Path, data: bytes) -> None:
    try:
        write_durably(path, data)
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror or error}.") from error
