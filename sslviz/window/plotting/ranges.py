"""Removes points that pyqtgraph cannot draw, and computes ranges of axes that do not change with every redraw."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MAX_VALUE = 1e30
"""Values from this absolute value on are not drawn: the arithmetic of the painter would overflow."""
MIN_SPAN = 0.05
"""Minimum length of an axis as a share of the values, so that noise does not fill it where all values are alike."""
MIN_LAST_STEP, GROWTH = 50.0, 1.05
"""Smallest end of an axis of steps, and the factor by which the end grows at a time: moving the axis with every redraw
would take a third of the time of the redraw."""


def clean(x: npt.NDArray[np.generic], y: npt.NDArray[np.generic]) -> tuple[Floats, Floats]:
    """Return x and y cut to equal length, as two arrays float64[n], without the points that cannot be drawn.

    These are the points where x or y is not finite, or where the absolute value of y is :data:`MAX_VALUE` or more.
    """
    length = min(len(x), len(y))
    steps, values = np.asarray(x[:length], float), np.asarray(y[:length], float)
    good = np.isfinite(steps) & np.isfinite(values) & (np.abs(values) < MAX_VALUE)
    return steps[good], values[good]


def widened(low: float, high: float) -> tuple[float, float]:
    """Return the range from ``low`` to ``high``, widened at both ends if it is shorter than :data:`MIN_SPAN` allows."""
    room = max(0.0, MIN_SPAN * max(abs(low), abs(high)) - (high - low)) / 2
    return low - room, high + room


class SteadyRange:
    """The range of an axis; it changes seldom, so that the plot does not flicker while data arrive.

    The range changes if the data leave it, or if they span less than the share ``filled`` of what the data spanned for
    which it was made. A new range has a margin on either side; ``room`` is the margin as a fraction of this span.
    """

    def __init__(self, room: float = 0.08, filled: float = 0.6) -> None:
        self.room = room
        self._filled = filled
        self._low = self._high = self._span = 0.0
        self._set = False

    def reset(self) -> None:
        """Forget the last range, so that the next :meth:`fit` returns a new one."""
        self._set = False

    def fit(self, low: float, high: float) -> tuple[float, float]:
        """Return the last range if data from ``low`` to ``high`` still fit it, otherwise a new range with margins."""
        span = max(high - low, 1e-9, abs(high) * 1e-6)
        inside = self._set and self._low <= low and high <= self._high
        if not inside or span < self._filled * self._span:
            self._low, self._high, self._span = low - self.room * span, high + self.room * span, span
            self._set = True
        return self._low, self._high


def end_of_axis(last_step: float) -> float:
    """Return the end of an axis of steps: up to 6 % above ``last_step``, so that it seldom moves; at least 50."""
    exponent = math.ceil(math.log(max(1.005 * last_step / MIN_LAST_STEP, 1.0), GROWTH))
    return MIN_LAST_STEP * GROWTH**exponent
