"""Curves of bounded memory.

A long curve is divided into intervals of successive points; of each interval, only the points with the smallest and the
largest value are kept.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SPARE = 4
"""Number of rows for the incomplete interval: its extremes, its newest point, and one so that the rest is a multiple
of four."""
BLOCK = 64
"""Number of values whose moving average is computed at a time; in a longer block the weights would overflow."""
MAX_AVERAGED = 1e300
"""Values from this absolute value on count as infinite in the moving average."""


class Curve:
    """A curve of n points, at most ``capacity``; each point has a step, a value and a smoothed value.

    ``capacity`` must be a multiple of 4. All points are kept until the curve is full. From then on, all points, earlier
    ones too, are grouped into intervals of equally many successive points, and only the points with the smallest and
    the largest value of each interval are kept. Whenever the curve is full again, the number of points in an interval
    doubles. The newest point is always kept.

    The smoothed value is an exponential moving average over about ``window`` appended points, with Adam's bias
    correction (Kingma & Ba, 2015, algorithm 1). Values that are not finite, or whose absolute value is
    :data:`MAX_AVERAGED` or more, leave it unchanged.
    """

    def __init__(self, capacity: int = 4096, window: float = 15.0) -> None:
        assert capacity % 4 == 0
        self._points: Floats = np.empty((capacity, 3))
        self._closed = 0
        """Number of rows of complete intervals, two per interval; the rows of the incomplete interval follow."""
        self._open: Floats = np.empty((0, 3))
        """The newest point of the incomplete interval, and the extremes of its other points."""
        self._length, self._count = 2, 0
        """Number of points in a complete interval, and in the incomplete one so far."""
        self._decay = 1.0 - 1.0 / window
        self._average = 0.0
        self._weight = 0.0

    def __len__(self) -> int:
        return self._closed + len(self._open)

    def append(self, steps: npt.NDArray[np.generic], values: npt.NDArray[np.generic]) -> None:
        """Append points, given their ``steps`` and their ``values``, two arrays of equal length; steps must increase.

        First, the points of the curve at or after the first of these steps are removed: a script that is resumed does
        those steps again.
        """
        if len(self) and len(steps) and steps[0] <= self._points[len(self) - 1, 0]:
            self._cut(float(steps[0]))
        numbers = np.asarray(values, np.float64)
        points = np.column_stack((np.asarray(steps, np.float64), numbers, self._smooth(numbers)))
        while len(points):
            if self._count == self._length:
                self._close_interval()
            points = self._append_intervals(points) if not self._count else points
            points = self._append_open(points)
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

    def _append_open(self, points: Floats) -> Floats:
        """Append points to the newest interval until it is complete; return the points that were not appended."""
        room = self._length - self._count
        self._count += len(points[:room])
        interval = np.concatenate((self._open, points[:room]))
        crowded = len(interval) >= SPARE
        self._open = np.concatenate((extremes(interval[None, :-1]), interval[-1:])) if crowded else interval
        return points[room:]

    def _append_intervals(self, points: Floats) -> Floats:
        """Divide ``points`` into intervals, and append the extremes of each interval.

        This ends when the curve has room for only one more interval.
        Return the points at the end of ``points`` that were not used: at least the last point.
        """
        room = (len(self._points) - SPARE - self._closed) // 2
        number = min((len(points) - 1) // self._length, room - 1)
        used = number * self._length
        self._store(extremes(points[:used].reshape(number, self._length, 3)))
        return points[used:]

    def _close_interval(self) -> None:
        self._store(extremes(self._open[None]))
        self._open, self._count = np.empty((0, 3)), 0
        if self._closed == len(self._points) - SPARE:
            closed, self._closed = self._points[: self._closed], 0
            self._store(extremes(closed.reshape(-1, 4, 3)))  # two neighbouring intervals become one
            self._length *= 2

    def _store(self, points: Floats) -> None:
        self._points[self._closed : self._closed + len(points)] = points
        self._closed += len(points)

    def _smooth(self, values: Floats) -> Floats:
        """Return the smoothed value at each of the new ``values``; NaN before the first finite value of the curve."""
        finite = np.abs(values) < MAX_AVERAGED
        averages = moving_average(values[finite], self._decay, self._average)
        weights = 1 - (1 - self._weight) * self._decay ** np.arange(len(averages))
        self._average, self._weight = float(averages[-1]), float(weights[-1])
        newest = np.cumsum(finite)
        with np.errstate(invalid="ignore"):
            return np.asarray(averages[newest] / weights[newest])

    def _cut(self, step: float) -> None:
        """Remove the points from ``step`` on; the moving average continues from the smoothed value before ``step``."""
        kept = int(np.searchsorted(self.steps, step))
        self._average = float(self._points[kept - 1, 2]) if kept else np.nan
        self._weight = float(np.isfinite(self._average))
        self._average = np.nan_to_num(self._average)
        self._closed = min(self._closed, kept // 2 * 2)
        self._open = self._points[self._closed : kept].copy()
        self._count = len(self._open)


def moving_average(values: Floats, decay: float, average: float) -> Floats:
    """Return the exponential moving average before the first and after each of n values, float64[n + 1].

    ``average`` is the average before the first value. There is no bias correction.

    The averages are computed for a block of :data:`BLOCK` values at a time. The values of a block are numbered from 0.
    The average after value j is the sum over i ≤ j of (1 - decay) · decay^(j - i) · value i, plus decay^(j + 1) times
    the average before the block. The sum is not computed as a matrix product, because BLAS would start threads that
    take CPU cores from the training.
    """
    if not decay:
        return np.concatenate(([average], values))
    powers = decay ** np.arange(1.0, BLOCK + 1)
    blocks = np.zeros((-(-len(values) // BLOCK), BLOCK))
    blocks.ravel()[: len(values)] = values
    averages = (1 - decay) * powers * np.cumsum(blocks / powers, axis=1)
    before = [average]  # the average before each block
    for last in averages[:, -1].tolist():
        before.append(last + before[-1] * float(powers[-1]))
    averages += np.array(before[:-1])[:, None] * powers
    return np.concatenate(([average], averages.ravel()[: len(values)]))


def extremes(intervals: Floats) -> Floats:
    """Return the points with the smallest and the largest value of each interval.

    ``intervals`` is float64[m, L, 3]: m intervals of L ≥ 2 successive points; a point is a step, a value and a smoothed
    value. The result is float64[2m, 3], two points per interval; all points are in the order of their steps.

    NaN counts as the largest value. Of several points with the smallest value the first is taken, and of several with
    the largest value the last. So the two points of an interval are never the same point.
    """
    ranks = np.where(np.isnan(intervals[..., 1]), np.inf, intervals[..., 1])
    low, high = ranks.argmin(1), ranks.shape[1] - 1 - ranks[:, ::-1].argmax(1)
    pairs = np.sort(np.stack((low, high), 1), 1)
    return np.take_along_axis(intervals, pairs[..., None], 1).reshape(-1, 3)
