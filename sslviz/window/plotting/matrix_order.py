"""The order in which the rows of a similarity matrix are drawn, and how many of the rows are drawn."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Order = npt.NDArray[np.intp]


def ordering(labels: npt.NDArray[np.generic], size: int, *, by_label: bool) -> Order:
    """Return the indices of the rows of the matrix in the order in which they are drawn, intp[size].

    With ``by_label``, rows are sorted by the label of their sample; otherwise, and if the rows are no samples and there
    are no ``labels``, their order is not changed. If the samples have two views, the upper half of the matrix has the
    first view of each sample, and the lower half the second view. The rows of the two halves are sorted separately,
    into the same order of samples, so that the positives stay on their diagonals.
    """
    samples = len(labels)
    if not samples:
        return np.arange(size)
    order = np.argsort(labels, kind="stable") if by_label else np.arange(samples)
    return np.concatenate([order + first for first in range(0, size, samples)] or [order])


def stride(cells_per_pixel: float, shift: int | None) -> int:
    """Return which rows and columns of a large matrix to draw: 1 for all, 2 for every second, 3 for every third …

    Rows and columns are left out so that no drawn cell is smaller than a pixel: Qt would skip such cells, and whole
    diagonals could disappear. ``shift`` is the number of columns between the main diagonal and the diagonal of the
    positive pairs. The result divides ``shift`` if a number up to twice the smallest possible result does; then cells
    of the positive pairs are drawn.
    """
    least = max(1, math.ceil(cells_per_pixel - 1e-6))
    return next((step for step in range(least, 2 * least + 1) if (shift or 0) % step == 0), least)
