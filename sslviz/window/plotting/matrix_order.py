"""The order in which the rows and columns of a similarity matrix are drawn, and how many of them are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.intp]


def _none() -> Indices:
    return np.empty(0, np.intp)


@dataclass(frozen=True)
class Order:
    """The order in which a matrix of R rows and C columns is drawn; by default, there is no matrix.

    ``rows``, intp[R], and ``columns``, intp[C], are indices of the matrix: the first are those drawn topmost and
    leftmost.
    """

    rows: Indices = field(default_factory=_none)
    columns: Indices = field(default_factory=_none)

    def every(self, step: int) -> Order:
        """Return the order in which only every ``step``-th row and column is drawn."""
        return Order(self.rows[::step], self.columns[::step])


def ordering(labels: npt.NDArray[np.generic], rows: int, columns: int, *, by_label: bool) -> Order:
    """Return the order in which a matrix is drawn; there are at least as many columns as rows.

    With ``by_label``, rows are sorted by the label of their sample; otherwise, and if the rows are no samples and there
    are no ``labels``, their order is not changed. If the samples have two views, the upper half of the matrix has the
    first view of each sample, and the lower half the second view. The rows of the two halves are sorted separately,
    into the same order of samples, so that the positives stay on their diagonals. The columns have the order of the
    rows; further columns, of other samples, stay on the right of them.
    """
    samples = len(labels) or rows
    order = np.argsort(labels, kind="stable") if by_label and len(labels) else np.arange(samples)
    ordered = np.concatenate([order + first for first in range(0, rows, samples)] if rows else [_none()])
    return Order(ordered, np.concatenate([ordered, np.arange(rows, columns)]))


def stride(cells_per_pixel: float, shift: int | None) -> int:
    """Return which rows and columns of a large matrix to draw: 1 for all, 2 for every second, 3 for every third …

    Rows and columns are left out so that no drawn cell is smaller than a pixel: Qt would skip such cells, and whole
    diagonals could disappear. ``shift`` is the number of columns between the main diagonal and the diagonal of the
    positive pairs. The result divides ``shift`` if a number up to twice the smallest possible result does; then cells
    of the positive pairs are drawn.
    """
    least = max(1, math.ceil(cells_per_pixel - 1e-6))
    return next((step for step in range(least, 2 * least + 1) if (shift or 0) % step == 0), least)
