"""A panel's picture or figures in a file, which is either whole or not there."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QWidget

from sslviz.core.run_folder import write_durably
from sslviz.window.plotting.images import to_image, to_png
from sslviz.window.plotting.rendering import picture, svg
from sslviz.window.plotting.table import Table, to_csv

GAP_PX = 2


class ExportError(Exception):
    """It could not be saved, and whatever was there is as it was; the text says why."""


def save_picture(widget: QWidget, path: Path) -> None:
    """Write PNG or SVG, as the name ends. Raises ExportError."""
    make = {".png": _png, ".svg": svg}.get(path.suffix.lower())
    if make is None:
        raise ExportError(f"Pictures are saved as .png or .svg, and {path.name} ends in neither.")
    _write(path, make(widget))


def save_table(table: Table, path: Path) -> None:
    """Write CSV. Raises ExportError."""
    _write(path, to_csv(table).encode())


def save_sheet(pictures: npt.NDArray[np.uint8], path: Path) -> None:
    """Write uint8[n, h, w, 3] side by side, about as wide as high, as PNG. Raises ExportError."""
    _write(path, to_png(to_image(sheet(pictures))))


def sheet(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """uint8[H, W, 3]: row by row with :data:`GAP_PX` of white between them."""
    count, height, width, _ = pictures.shape
    columns = max(1, math.ceil(math.sqrt(count * (height + GAP_PX) / (width + GAP_PX))))
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + GAP_PX, width + GAP_PX, 3), 255, np.uint8)
    cells[:count, :height, :width] = pictures
    whole = cells.reshape(rows, columns, height + GAP_PX, width + GAP_PX, 3).swapaxes(1, 2)
    found: npt.NDArray[np.uint8] = whole.reshape(rows * (height + GAP_PX), columns * (width + GAP_PX), 3)
    return found[:-GAP_PX, :-GAP_PX]


def _png(widget: QWidget) -> bytes:
    return to_png(picture(widget))


def _write(path: Path, data: bytes) -> None:
    try:
        write_durably(path, data)
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror or error}.") from error
