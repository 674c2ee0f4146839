"""Histograms of the losses of the map's samples: one of all samples, one of the selected samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sslviz.window.plotting.ranges import Floats

BINS = 40
"""Number of bins of the histogram."""
LAST_PERCENTILE = 99.5
"""Percentile of the losses at which the last bin ends, so that outliers do not squeeze all others into one bin."""


class LossHistogram(NamedTuple):
    """Two histograms of losses with the same bins: of all samples, and of the selected samples.

    A loss above the last bin is counted in the last bin; a loss of NaN is not counted.
    """

    edges: Floats
    """float64[BINS + 1], the losses at which the bins begin and end."""
    counts: Floats
    """float64[BINS], how many of all samples have a loss in each bin."""
    selected_counts: Floats
    """float64[BINS], how many of the selected samples have a loss in each bin."""

    def bin_at(self, value: float) -> int:
        """Return the index of the bin that contains a loss or, if no bin contains it, of the nearest bin."""
        return int(np.clip(np.searchsorted(self.edges, value, side="right") - 1, 0, BINS - 1))

    def limits(self, number: int) -> tuple[float, float]:
        """Return the losses at which a bin begins and ends, given the index of the bin."""
        return float(self.edges[number]), float(self.edges[number + 1])


EMPTY = LossHistogram(np.linspace(0.0, 1.0, BINS + 1), np.zeros(BINS), np.zeros(BINS))


def histogram_of(values: Floats, selection: tuple[int, ...]) -> LossHistogram:
    """Return two histograms of losses: of all n samples of the map, and of the selected samples.

    ``values``, float64[n], holds the loss of each sample, NaN if unknown; ``selection`` holds the indices of the
    selected samples.
    """
    low, high = np.nanpercentile(values, [0, LAST_PERCENTILE])
    edges = np.linspace(low, max(high, low + 1e-6), BINS + 1)

    def count(losses: Floats) -> Floats:
        return np.histogram(np.minimum(losses, edges[-1]), edges)[0].astype(float)

    return LossHistogram(edges, count(values), count(values[list(selection)]))
