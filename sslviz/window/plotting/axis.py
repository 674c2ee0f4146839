"""The vertical axis of a plot, with readable ticks on a logarithmic scale."""

from __future__ import annotations

import math
from itertools import pairwise

import pyqtgraph as pg

from sslviz.window.style.sizes import px

MIN_TICK_DISTANCE_PX = 18
"""Minimum distance between two tick labels on a logarithmic axis, in pixels."""
LOG_STEPS = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 4, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,))
"""Multiples of each power of ten that have a tick, from the densest choice to the sparsest."""


class Axis(pg.AxisItem):  # type: ignore[misc]
    """A vertical axis that, on a logarithmic scale, has as many tick labels as there is room for.

    The ticks are at the same multiples of every power of ten: for example 1, 2, 5, then 10, 20, 50, and so on. If there
    is no room even for all powers of ten, only every second, third … has a tick. There is room if the distance of any
    two labels is at least :data:`MIN_TICK_DISTANCE_PX`.
    """

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:
        """Return the ticks as pairs (spacing, positions), as pyqtgraph requires.

        On a linear axis, these are pyqtgraph's own ticks. On a logarithmic axis, there is one pair: the positions come
        from :func:`log_ticks`, since labels at pyqtgraph's ticks would overlap, and the spacing is None.
        """
        if not self.logMode:
            ticks: list[tuple[float | None, list[float]]] = super().tickValues(minVal, maxVal, size)
            return ticks
        return [(None, log_ticks(minVal, maxVal, size))]

    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        return [f"{10**value:.2g}".replace("e-0", "e-") for value in values]


def log_ticks(low: float, high: float, size: float) -> list[float]:
    """Return the positions of the ticks on a logarithmic axis from ``low`` to ``high``, ``size`` pixels long.

    ``low``, ``high`` and the positions are log10 of the values on the axis. The ticks are at the densest multiples in
    :data:`LOG_STEPS` for which there is room, or, if there is room for none, at every second, third … of the sparsest.
    """
    choices = [ticks for multiples in LOG_STEPS if (ticks := _ticks_at(multiples, low, high))]
    sparser = (choices[-1][::stride] for stride in range(2, len(choices[-1]) + 1)) if choices else ()
    distance = px(MIN_TICK_DISTANCE_PX) * (high - low) / max(size, 1.0)
    fitting = (ticks for ticks in (*choices, *sparser) if all(b - a >= distance for a, b in pairwise(ticks)))
    return next(fitting, [])


def _ticks_at(multiples: tuple[int, ...], low: float, high: float) -> list[float]:
    """Return the positions of these multiples of all powers of ten between ``low`` and ``high``, in log10."""
    decades = range(math.floor(low), math.ceil(high) + 1)
    ticks = (decade + math.log10(multiple) for decade in decades for multiple in multiples)
    return [tick for tick in ticks if low <= tick <= high]
