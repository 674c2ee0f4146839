"""Curves of bounded memory: when one is full, pairs of points give way to their minimum and maximum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Curve:
    """Steps and values as they come, at most ``capacity`` points, with a smoothed companion.

    The smoothed value is an exponential average over about ``window`` steps, free of the pull towards zero at the
    start (Adam's correction); a value that is not finite leaves it as it was.
    """

    def __init__(self, capacity: int = 4096, window: float = 15.0) -> None:
        assert capacity % 4 == 0
        self._points: Floats = np.empty((capacity, 3))
        self._count = 0
        self._decay = 1.0 - 1.0 / window
        self._average = 0.0
        self._weight = 0.0

    def __len__(self) -> int:
        return self._count

    def append(self, steps: npt.NDArray[np.generic], values: npt.NDArray[np.generic]) -> None:
        """Add a block of points: both [n], steps rising."""
        for step, value in zip(np.asarray(steps, float).tolist(), np.asarray(values, float).tolist(), strict=True):
            if self._count == len(self._points):
                self._halve()
            self._points[self._count] = step, value, self._smooth(value)
            self._count += 1

    @property
    def steps(self) -> Floats:
        """float64[n]."""
        return self._points[: self._count, 0]

    @property
    def values(self) -> Floats:
        """float64[n], as they came or, where thinned, the extremes."""
        return self._points[: self._count, 1]

    @property
    def smoothed(self) -> Floats:
        """float64[n]."""
        return self._points[: self._count, 2]

    def at(self, step: float) -> tuple[float, float, float] | None:
        """The point nearest to a step: its step, value and smoothed value; None when empty."""
        if not self._count:
            return None
        right = min(int(np.searchsorted(self.steps, step)), self._count - 1)
        left = max(right - 1, 0)
        nearest = left if abs(self.steps[left] - step) <= abs(self.steps[right] - step) else right
        at, value, smoothed = self._points[nearest].tolist()
        return at, value, smoothed

    def _smooth(self, value: float) -> float:
        if np.isfinite(value):
            self._average = self._decay * self._average + (1 - self._decay) * value
            self._weight = self._decay * self._weight + (1 - self._decay)
        return self._average / self._weight if self._weight else float("nan")

    def _halve(self) -> None:
        """Of every four points keep the smallest and the largest, in their order."""
        fours = self._points.reshape(-1, 4, 3)
        values = np.where(np.isnan(fours[:, :, 1]), np.inf, fours[:, :, 1])
        keep = np.sort(np.stack([values.argmin(1), _last_argmax(values)], axis=1), axis=1)
        kept = np.take_along_axis(fours, keep[:, :, None], axis=1).reshape(-1, 3)
        self._points[: len(kept)] = kept
        self._count = len(kept)


def _last_argmax(values: Floats) -> npt.NDArray[np.intp]:
    """Index of the maximum, the last of equals, so that it differs from ``argmin`` on a flat stretch."""
    return np.asarray(values.shape[1] - 1 - values[:, ::-1].argmax(1), dtype=np.intp)
