"""What a message of strips holds, made ready for drawing: pictures of cells, a small picture of each strip, a film."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap

from sslviz.core.panel_data import Strips
from sslviz.window.plotting.images import to_image
from sslviz.window.plotting.numbers import places_for, short
from sslviz.window.samples.strip_plan import Grid


class StripData:
    """One message. A row that ends before all others begin, as a context does, is drawn in one line with the next.

    ``lines``: for each line drawn its rows. ``turned``: strips of one column lie across, a line beside the next, where
    one is large.
    """

    def __init__(self, strips: Strips) -> None:
        self.columns = strips.columns
        self.images = strips.images.numpy()
        self.errors = np.asarray(strips.errors.numpy(), np.float64)
        self.reference_errors = np.asarray(strips.reference_errors.numpy(), np.float64)
        self.error_name, self.reference_name = strips.error_name, strips.reference_name
        self.count = self.images.shape[0] if 0 not in self.images.shape else 0
        self.turned = len(self.columns) == 1
        self._rows = strips.rows
        self._filled = np.asarray(strips.filled.numpy(), bool)
        lead = _leading(self._filled)
        first = [[*lead, next((row for row in range(len(self._rows)) if row not in lead), 0)]] if lead else []
        taken = {row for line in first for row in line}
        self.lines = [*first, *([row] for row in range(len(self._rows)) if row not in taken)]
        self._cells: dict[tuple[int, int, int], QImage] = {}
        self._small: dict[int, QPixmap] = {}

    @property
    def grid(self) -> Grid:
        """A strip as it stands: columns across, lines down."""
        height, width = self.images.shape[3:5]
        return Grid(len(self.columns), len(self.lines), width / height if width and height else 1.0, self._split)

    @property
    def large(self) -> Grid:
        """A strip that has all the room."""
        grid = self.grid
        return Grid(grid.down, grid.across, grid.aspect) if self.turned else grid

    @property
    def _split(self) -> int:
        """Columns before the first at which anything is predicted."""
        lead = self.lines[0][:-1] if self.lines else []
        return int(np.flatnonzero(self._filled[lead].any(axis=0)).max(initial=-1)) + 1 if lead else 0

    def name(self, line: int) -> str:
        """What stands at the left of a line."""
        return "\n".join(self._rows[row] for row in self.lines[line])

    def begins(self, line: int) -> int:
        """The first column at which a line has a picture."""
        filled = np.flatnonzero(self._filled[self.lines[line]].any(axis=0))
        return int(filled[0]) if len(filled) else 0

    def row(self, line: int, column: int) -> int:
        """Which row has the picture at a place, the line's last one where none has."""
        rows = self.lines[line]
        return next((row for row in rows if self._filled[row, column]), rows[-1])

    def name_at(self, line: int, column: int) -> str:
        """What the picture at a place is."""
        return self._rows[self.row(line, column)]

    def cell(self, strip: int, line: int, column: int) -> QImage | None:
        """One picture, None where the cell is blank."""
        row = self.row(line, column)
        if not self._filled[row, column]:
            return None
        key = strip, row, column
        if key not in self._cells:
            self._cells[key] = to_image(self.images[key])
        return self._cells[key]

    def small(self, strip: int, size: QSize) -> QPixmap:
        """All of a strip in little room; blank cells are clear."""
        known = self._small.get(strip)
        if known is None or known.size() != size:
            row, column = np.array(
                [[(self.row(line, at), at) for at in range(len(self.columns))] for line in self._span]
            ).T
            filled = self._filled[row, column].T
            across, down = (len(self.lines), 1) if self.turned else (len(self.columns), len(self.lines))
            finer = max(
                1,
                int(min(self.images.shape[3] * down / size.height(), self.images.shape[4] * across / size.width()) / 2),
            )
            cells = self.images[strip][..., ::finer, ::finer, :][row, column].swapaxes(0, 1)
            modes = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            image = _mosaic(cells, filled, turned=self.turned).scaled(size, *modes)
            known = self._small[strip] = QPixmap.fromImage(image)
        return known

    @property
    def _span(self) -> range:
        return range(len(self.lines))

    @property
    def film(self) -> list[int]:
        """Columns in the order of time, without empty ones."""
        return np.flatnonzero(self._filled.any(axis=0)).tolist() if self.count else []

    def numbers(self) -> list[tuple[str, npt.NDArray[np.float64]]]:
        """Errors and those of the reference, by name, where there are any: float64[n, columns] each."""
        both = ((self.error_name, self.errors), (self.reference_name, self.reference_errors))
        return [(name, errors) for name, errors in both if np.isfinite(errors).any()]

    def spelled(self, strip: int, column: int) -> list[str]:
        """The figures of one cell with their names."""
        found = [(name, float(errors[strip, column])) for name, errors in self.numbers()]
        return [f"{name} {short(value, places_for([value]))}" for name, value in found if math.isfinite(value)]


def _leading(filled: npt.NDArray[np.bool_]) -> list[int]:
    """Rows of bool[rows, columns] that end before any two others stand beside each other."""
    together = np.flatnonzero(filled.sum(axis=0) > 1)
    if not len(together):
        return []
    before, after = filled[:, : together[0]].any(axis=1), filled[:, together[0] :].any(axis=1)
    return np.flatnonzero(before & ~after).tolist()


def _mosaic(cells: npt.NDArray[np.generic], filled: npt.NDArray[np.bool_], *, turned: bool) -> QImage:
    """All cells uint8[rows, columns, H, W, 3] side by side, those that are not filled transparent."""
    if turned:
        cells, filled = cells.swapaxes(0, 1), filled.T
    rows, columns, height, width, _ = cells.shape
    alpha = np.broadcast_to(np.where(filled, 255, 0)[:, :, None, None, None], (*cells.shape[:4], 1))
    pixels = np.concatenate([cells, alpha], axis=4).astype(np.uint8).swapaxes(1, 2)
    flat = np.ascontiguousarray(pixels.reshape(rows * height, columns * width, 4))
    return QImage(flat.data, columns * width, rows * height, QImage.Format.Format_RGBA8888).copy()
