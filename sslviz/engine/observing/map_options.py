"""Turns the method and parameters of the map that the window requests into options of the reducer."""

from __future__ import annotations

import math

from sslviz.core.requests import MapRequest
from sslviz.reduction.reducer import Options

MIN_NEIGHBOURS, MAX_NEIGHBOURS = 3, 200
"""Range of the number of neighbours that is passed to UMAP."""
MAX_MIN_DIST = 0.99
"""Upper bound of the minimum distance between points that is passed to UMAP."""


def map_options(request: MapRequest) -> Options:
    """Return the options that the window asks for, with its numbers clipped to the ranges of this module.

    A minimum distance of NaN stands for the default.
    """
    neighbours = min(max(request.neighbours, MIN_NEIGHBOURS), MAX_NEIGHBOURS)
    default = Options().min_dist
    min_dist = default if math.isnan(request.min_dist) else min(max(request.min_dist, 0.0), MAX_MIN_DIST)
    return Options(request.method, neighbours, min_dist)
