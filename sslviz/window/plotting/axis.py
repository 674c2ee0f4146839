"""The vertical axis of a plot, with readable ticks on a logarithmic scale."""

from __future__ import annotations

import math

import pyqtgraph as pg

MIN_TICK_DISTANCE_PX = 18
"""Minimum distance of two tick labels, in pixels."""
LOG_STEPS = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,))
"""Multiples of each power of ten that have a tick, from the densest choice to the sparsest."""


class Axis(pg.AxisItem):  # type: ignore[misc]
    """A vertical axis that, on a logarithmic scale, has as many tick labels as fit without overlap.

    The ticks are at multiples of each power of ten, for example at 1, 2 and 5 times the power.
    """

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:
        """Return the ticks as pairs (spacing, positions): for a logarithmic axis from :func:`log_ticks`, spacing None.

        On a logarithmic axis, the labels of pyqtgraph's own ticks would overlap. On a linear axis they are used.
        """
        if not self.logMode:
            ticks: list[tuple[float | None, list[float]]] = super().tickValues(minVal, maxVal, size)
            return ticks
        return [(None, log_ticks(minVal, maxVal, size))]

    def logTickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        return [f"{10**value:.2g}".replace("e-0", "e-") for value in values]


def log_ticks(low: float, high: float, size: float) -> list[float]:
    """Return the ticks of a logarithmic axis of ``size`` pixels; ``low``, ``high`` and ticks are log10 of values."""
    room = max(size / MIN_TICK_DISTANCE_PX, 1.0)
    for multiples in LOG_STEPS:
        decades = range(math.floor(low), math.ceil(high) + 1)
        ticks = [decade + math.log10(multiple) for decade in decades for multiple in multiples]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= room or multiples == LOG_STEPS[-1]:
            return ticks[:: max(1, math.ceil(len(ticks) / room))]
    return []
