"""Curves of bounded memory: a long curve keeps only the points with the smallest and largest value of each interval."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Point = tuple[float, float, float]
"""Step, value, smoothed value."""
SPARE = 4
"""Number of rows for the incomplete interval: its extremes, its newest point, and one so that the rest is a multiple
of four."""


class Curve:
    """A curve of at most ``capacity`` points; each point has a step, a value and a smoothed value.

    All points are kept until the curve is full. From then on, the appended points are grouped into intervals of equally
    many successive points, and only the points with the smallest and the largest value of each interval are kept.
    Whenever the curve is full again, the number of points in an interval doubles. The newest point is always kept.

    The smoothed value is an exponential moving average over about ``window`` steps with Adam's bias correction (Kingma
    & Ba, 2015, algorithm 1); a value that is not finite leaves it unchanged.
    """

    def __init__(self, capacity: int = 4096, window: float = 15.0) -> None:
        assert capacity % 4 == 0
        self._points: Floats = np.empty((capacity, 3))
        self._closed = 0
        """Number of rows of complete intervals, two per interval; the rows of the incomplete interval follow."""
        self._open: list[Point] = []
        self._length, self._count = 2, 0
        """Number of points in a complete interval, and in the incomplete one so far."""
        self._decay = 1.0 - 1.0 / window
        self._average = 0.0
        self._weight = 0.0

    def __len__(self) -> int:
        return self._closed + len(self._open)

    def append(self, steps: npt.NDArray[np.generic], values: npt.NDArray[np.generic]) -> None:
        """Append n points. ``steps`` and ``values`` have shape [n]; steps must increase, also from call to call."""
        for step, value in zip(np.asarray(steps, float).tolist(), np.asarray(values, float).tolist(), strict=True):
            self._append_point((step, value, self._smooth(value)))
        if self._open:
            self._points[self._closed : len(self)] = self._open

    @property
    def steps(self) -> Floats:
        """The steps of the points, float64[n]."""
        return self._points[: len(self), 0]

    @property
    def values(self) -> Floats:
        """The values of the points, float64[n]."""
        return self._points[: len(self), 1]

    @property
    def smoothed(self) -> Floats:
        """The smoothed values of the points, float64[n]."""
        return self._points[: len(self), 2]

    def at(self, step: float) -> tuple[float, float, float] | None:
        """Return step, value and smoothed value of the point nearest to a step; None for an empty curve."""
        if not len(self):
            return None
        right = min(int(np.searchsorted(self.steps, step)), len(self) - 1)
        left = max(right - 1, 0)
        nearest = left if abs(self.steps[left] - step) <= abs(self.steps[right] - step) else right
        at, value, smoothed = self._points[nearest].tolist()
        return at, value, smoothed

    def _append_point(self, point: Point) -> None:
        if self._count == self._length:
            self._close_interval()
        if len(self._open) == SPARE - 1:
            self._open = _extremes(self._open)
        self._open.append(point)
        self._count += 1

    def _close_interval(self) -> None:
        self._points[self._closed : self._closed + 2] = _extremes(self._open)
        self._closed += 2
        self._open, self._count = [], 0
        if self._closed == len(self._points) - SPARE:
            self._join_intervals()

    def _smooth(self, value: float) -> float:
        if np.isfinite(value):
            self._average = self._decay * self._average + (1 - self._decay) * value
            self._weight = self._decay * self._weight + (1 - self._decay)
        return self._average / self._weight if self._weight else float("nan")

    def _join_intervals(self) -> None:
        """Merge the intervals in pairs of neighbours. This takes 4 ms, and happens a few times in a run."""
        rows: list[Point] = [(step, value, smoothed) for step, value, smoothed in self._points[: self._closed].tolist()]
        kept = [point for first in range(0, len(rows), 4) for point in _extremes(rows[first : first + 4])]
        self._points[: len(kept)] = kept
        self._closed = len(kept)
        self._length *= 2


def _extremes(points: list[Point]) -> list[Point]:
    """Return the points with the smallest and the largest value of two or more points, ordered by step.

    Among equally small points, the first is taken; among equally large points, the last. So the two points returned
    are never the same point.
    """
    low = min(points, key=_rank)
    high = max(reversed(points), key=_rank)
    return sorted((low, high))


def _rank(point: Point) -> float:
    """Return the number by which points are compared: the value of the point, or infinity if the value is NaN."""
    return math.inf if math.isnan(point[1]) else point[1]
