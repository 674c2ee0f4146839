"""Curves of bounded memory: of each stretch of steps the minimum and the maximum, and stretches that grow together."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Point = tuple[float, float, float]
"""step, value, smoothed value"""
SPARE = 4
"""rows for the stretch that is not complete: its extremes, its newest point, and one to make the rest fours"""


class Curve:
    """Steps and values, at most ``capacity`` points, with a smoothed companion.

    As they come until it is full; then the smallest and the largest of each stretch, all stretches of one length,
    which doubles whenever it is full again. The newest point is always there.

    The smoothed value is an exponential average over about ``window`` steps, free of the pull towards zero at the
    start (Adam's correction); a value that is not finite leaves it as it was.
    """

    def __init__(self, capacity: int = 4096, window: float = 15.0) -> None:
        assert capacity % 4 == 0
        self._points: Floats = np.empty((capacity, 3))
        self._closed = 0
        """rows of complete stretches, two of each; behind them those of the one that is not"""
        self._open: list[Point] = []
        self._length, self._taken = 2, 0
        """points in a complete stretch, and in the open one so far"""
        self._decay = 1.0 - 1.0 / window
        self._average = 0.0
        self._weight = 0.0

    def __len__(self) -> int:
        return self._closed + len(self._open)

    def append(self, steps: npt.NDArray[np.generic], values: npt.NDArray[np.generic]) -> None:
        """Add a block of points: both [n], steps rising."""
        for step, value in zip(np.asarray(steps, float).tolist(), np.asarray(values, float).tolist(), strict=True):
            self._take((step, value, self._smooth(value)))
        if self._open:
            self._points[self._closed : len(self)] = self._open

    @property
    def steps(self) -> Floats:
        """float64[n]."""
        return self._points[: len(self), 0]

    @property
    def values(self) -> Floats:
        """float64[n], as they came or, where thinned, the extremes."""
        return self._points[: len(self), 1]

    @property
    def smoothed(self) -> Floats:
        """float64[n]."""
        return self._points[: len(self), 2]

    def at(self, step: float) -> tuple[float, float, float] | None:
        """The point nearest to a step: its step, value and smoothed value; None when empty."""
        if not len(self):
            return None
        right = min(int(np.searchsorted(self.steps, step)), len(self) - 1)
        left = max(right - 1, 0)
        nearest = left if abs(self.steps[left] - step) <= abs(self.steps[right] - step) else right
        at, value, smoothed = self._points[nearest].tolist()
        return at, value, smoothed

    def _take(self, point: Point) -> None:
        if self._taken == self._length:
            self._close()
        if len(self._open) == SPARE - 1:
            self._open = _extremes(self._open)
        self._open.append(point)
        self._taken += 1

    def _close(self) -> None:
        self._points[self._closed : self._closed + 2] = _extremes(self._open)
        self._closed += 2
        self._open, self._taken = [], 0
        if self._closed == len(self._points) - SPARE:
            self._halve()

    def _smooth(self, value: float) -> float:
        if np.isfinite(value):
            self._average = self._decay * self._average + (1 - self._decay) * value
            self._weight = self._decay * self._weight + (1 - self._decay)
        return self._average / self._weight if self._weight else float("nan")

    def _halve(self) -> None:
        """Join the stretches two by two; 4 ms, a few times in a run."""
        rows: list[Point] = [(step, value, smoothed) for step, value, smoothed in self._points[: self._closed].tolist()]
        kept = [point for first in range(0, len(rows), 4) for point in _extremes(rows[first : first + 4])]
        self._points[: len(kept)] = kept
        self._closed = len(kept)
        self._length *= 2


def _extremes(points: list[Point]) -> list[Point]:
    """The smallest and the largest of two or more, in their order; of equals the outermost, so that they are two."""
    low = min(points, key=_rank)
    high = max(reversed(points), key=_rank)
    return sorted((low, high))


def _rank(point: Point) -> float:
    return math.inf if math.isnan(point[1]) else point[1]
