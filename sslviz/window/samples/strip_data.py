"""The content of a :class:`Strips` message, which has one strip of images for each sample, prepared for painting."""

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
from sslviz.window.style.palette import magnitude_map

MAX_COLUMNS, MAX_CONTEXT = 8, 3
"""Maximum number of leading columns, such as the context, that a strip shows. It shows fewer of them, but at least one,
if it would have more than ``MAX_COLUMNS`` columns otherwise."""


class StripData:
    """Arranges the rows of each strip in lines, and makes each image when it is first painted.

    A strip is a grid of images. Its rows are, for example, context, actual and predicted; its columns are, for example,
    timesteps. A line is what is painted as one row of images, and ``lines`` holds for each line the indices of the
    rows in it. Usually each row has its own line. Leading rows are the exception: their images, such as those of the
    context, end before the first column in which several rows have images. They share the first line with the first row
    that is not a leading one.

    Of the columns of the leading rows, only the last few are shown in a strip (``shown_columns``), so that the images
    are larger; a film shows all columns. If there is a single column, a strip that is shown large has its lines side by
    side instead of below each other; so have all strips where they are larger in that way.

    If not ``magnitudes``, the lines that only show magnitudes, such as errors, are left out.
    """

    def __init__(self, strips: Strips, *, magnitudes: bool = True) -> None:
        self.columns = strips.columns
        self.images = strips.images.numpy()
        """Images of all cells, uint8[strips, rows, columns, H, W, 3]."""
        self.errors = np.asarray(strips.errors.numpy(), np.float64)
        """Errors of the predictions, float64[strips, columns]."""
        self.reference_errors = np.asarray(strips.reference_errors.numpy(), np.float64)
        self.error_name, self.reference_name = strips.error_name, strips.reference_name
        self.count = self.images.shape[0] if 0 not in self.images.shape else 0
        self.single_column = len(self.columns) == 1
        self._rows = strips.rows
        self._filled = np.asarray(strips.filled.numpy(), bool)
        self._is_magnitude = np.array([row in strips.magnitudes for row in strips.rows], bool)
        self.lines = _lines(self._filled, len(self._rows))
        if not magnitudes:
            self.lines = [rows for rows in self.lines if not self._is_magnitude[rows].all()]
        split = self._split
        shown = min(max(MAX_COLUMNS - (len(self.columns) - split), 1), MAX_CONTEXT)
        self.shown_columns = range(max(split - shown, 0), len(self.columns))
        """Indices of the columns that a strip shows."""
        self._cells: dict[tuple[int, int, int], QImage] = {}
        self._thumbnails: dict[int, QPixmap] = {}

    @property
    def grid(self) -> Grid:
        """Shape of a strip that is shown beside other strips; each entry of ``lines`` is one row of the grid."""
        height, width = self.images.shape[3:5]
        split = max(self._split - self.shown_columns.start, 0)
        return Grid(len(self.shown_columns), len(self.lines), width / height if width and height else 1.0, split)

    @property
    def large_grid(self) -> Grid:
        """Shape of a strip that is shown large.

        This is :attr:`grid` or, if the strip has a single column, one row of images with a column for each line.
        """
        grid = self.grid
        return Grid(grid.rows, grid.columns, grid.aspect) if self.single_column else grid

    def lies_across(self, grid: Grid) -> bool:
        """Return whether a grid has a column for each line of a strip with a single column."""
        return self.single_column and grid.columns == len(self.lines)

    @property
    def _split(self) -> int:
        """Number of columns that the leading rows, such as the context, take up (see :func:`_leading_rows`)."""
        leading = self.lines[0][:-1] if self.lines else []
        return int(np.flatnonzero(self._filled[leading].any(axis=0)).max(initial=-1)) + 1 if leading else 0

    def line_name(self, line: int) -> str:
        """Return the names of a line's rows, one below the other."""
        return "\n".join(self._rows[row] for row in self.lines[line])

    def is_magnitude(self, line: int) -> bool:
        """Return whether all images of a line show magnitudes, such as errors, by the colours of a scale."""
        return bool(self._is_magnitude[self.lines[line]].all())

    def first_column(self, line: int) -> int:
        """Return the first shown column at which a line has an image; the first shown column if it has no image."""
        filled = [column for column in self.shown_columns if self._filled[self.lines[line], column].any()]
        return filled[0] if filled else self.shown_columns.start

    def row(self, line: int, column: int) -> int:
        """Return the index of the row of ``line`` that has an image at ``column``.

        If no row of the line has an image there, return the index of the last row of the line.
        """
        rows = self.lines[line]
        return next((row for row in rows if self._filled[row, column]), rows[-1])

    def row_name(self, line: int, column: int) -> str:
        """Return the name of the row from which the image of a line at a column is taken."""
        return self._rows[self.row(line, column)]

    def cell(self, strip: int, line: int, column: int) -> QImage | None:
        """Return the image of a strip at a line and column, or None if that cell is blank."""
        row = self.row(line, column)
        if not self._filled[row, column]:
            return None
        key = strip, row, column
        if key not in self._cells:
            pixels = self.images[key]
            self._cells[key] = to_image(magnitude_map()[pixels[..., 0]] if self._is_magnitude[row] else pixels)
        return self._cells[key]

    def thumbnail(self, strip: int, size: QSize) -> QPixmap:
        """Return one pixmap, ``size`` pixels large, of the images of a strip; cells without image are transparent."""
        thumbnail = self._thumbnails.get(strip)
        if thumbnail is None or thumbnail.size() != size:
            modes = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            thumbnail = QPixmap.fromImage(self._mosaic(strip, size).scaled(size, *modes))
            self._thumbnails[strip] = thumbnail
        return thumbnail

    def _mosaic(self, strip: int, size: QSize) -> QImage:
        """Return one image of all cells of a strip that are shown.

        To save time, only every n-th row and column of pixels of a large image is used, for the largest n with which
        the result is still at least twice as large as ``size``.
        """
        lines = range(len(self.lines))
        places = [[(self.row(line, column), column) for column in self.shown_columns] for line in lines]
        row, column = np.array(places).T
        grid = self.large_grid
        height, width = self.images.shape[3:5]
        ratio = min(height * grid.rows / size.height(), width * grid.columns / size.width())
        stride = max(1, int(ratio / 2))
        cells = self.images[strip][..., ::stride, ::stride, :][row, column]
        magnitudes = self._is_magnitude[row]
        cells[magnitudes] = magnitude_map()[cells[magnitudes][..., 0]]
        return _mosaic(cells.swapaxes(0, 1), self._filled[row, column].T, transpose=self.single_column)

    @property
    def film_columns(self) -> list[int]:
        """Indices of the columns that have images.

        A strip can be played as a film, which shows these columns one after another.
        """
        return np.flatnonzero(self._filled.any(axis=0)).tolist() if self.count else []

    def figures(self) -> list[tuple[str, npt.NDArray[np.float64]]]:
        """Return the prediction errors and the errors of a baseline that needs no learning, each as (name, values).

        The values are float64[strips, columns]. Either is left out if it has no finite value.
        """
        both = ((self.error_name, self.errors), (self.reference_name, self.reference_errors))
        return [(name, errors) for name, errors in both if np.isfinite(errors).any()]

    def figure_texts(self, strip: int, column: int) -> list[str]:
        """Return the errors that belong to one column of images of a strip, as texts such as "error 0.12".

        These are the error of the prediction and the error of the baseline; a NaN or infinite error is left out.
        """
        figures = [(name, float(errors[strip, column])) for name, errors in self.figures()]
        return [f"{name} {short(value, places_for([value]))}" for name, value in figures if math.isfinite(value)]


def _lines(filled: npt.NDArray[np.bool_], count: int) -> list[list[int]]:
    """Return the indices of the rows in each line; a line is what is painted as one row of images.

    The leading rows (see :func:`_leading_rows`) share the first line with the first row that is not a leading one.
    Each other row has its own line. ``filled``, bool[rows, columns], says which cells have an image; ``count`` is the
    number of rows.
    """
    leading = _leading_rows(filled)
    if not leading:
        return [[row] for row in range(count)]
    first = [*leading, next((row for row in range(count) if row not in leading), 0)]
    return [first, *([row] for row in range(count) if row not in first)]


def _leading_rows(filled: npt.NDArray[np.bool_]) -> list[int]:
    """Return the rows that have images, all of them before the first column in which several rows have an image.

    There are none if no column has several images.
    """
    together = np.flatnonzero(filled.sum(axis=0) > 1)
    if not len(together):
        return []
    before, after = filled[:, : together[0]].any(axis=1), filled[:, together[0] :].any(axis=1)
    return np.flatnonzero(before & ~after).tolist()


def _mosaic(cells: npt.NDArray[np.generic], filled: npt.NDArray[np.bool_], *, transpose: bool) -> QImage:
    """Return one image of all ``cells``, uint8[rows, columns, H, W, 3], side by side and below each other.

    Cells that are not ``filled``, bool[rows, columns], are transparent. If ``transpose``, the rows of cells become the
    columns of the image.
    """
    if transpose:
        cells, filled = cells.swapaxes(0, 1), filled.T
    rows, columns, height, width, _ = cells.shape
    alpha = np.broadcast_to(np.where(filled, 255, 0)[:, :, None, None, None], (*cells.shape[:4], 1))
    pixels = np.concatenate([cells, alpha], axis=4).astype(np.uint8).swapaxes(1, 2)
    flat = np.ascontiguousarray(pixels.reshape(rows * height, columns * width, 4))
    return QImage(flat.data, columns * width, rows * height, QImage.Format.Format_RGBA8888).copy()
