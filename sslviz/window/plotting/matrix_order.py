"""The order in which the rows of a similarity matrix are drawn, and how many of the rows are drawn."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Order = npt.NDArray[np.intp]


def ordering(labels: npt.NDArray[np.generic], size: int, *, by_label: bool) -> Order:
    """Return the order in which the rows are drawn, intp[size]: sorted by label if ``by_label``, else as they are.

    The rows are one or more blocks of ``len(labels)`` samples each (views a, then views b). Every block gets the same
    order, so that the positives stay on one diagonal.
    """
    samples = len(labels)
    order = np.argsort(labels, kind="stable") if by_label else np.arange(samples)
    return np.concatenate([order + first for first in range(0, size, max(samples, 1))] or [order])


def stride(cells_per_pixel: float, shift: int | None) -> int:
    """Return n such that no drawn cell is smaller than a pixel if only every n-th row and column is drawn.

    If cells were smaller than a pixel, some rows and columns would be lost in painting, and with them whole diagonals.
    ``shift`` is the number of columns between the main diagonal and the diagonal of the positive pairs. An n that
    divides ``shift`` is preferred, since the cells of the positive pairs are then among the drawn cells.
    """
    least = max(1, math.ceil(cells_per_pixel - 1e-6))
    return next((step for step in range(least, 2 * least + 1) if (shift or 0) % step == 0), least)
