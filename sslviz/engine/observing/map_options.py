"""Turns the method and parameters of the map that the window requests into options of the reducer."""

from __future__ import annotations

import math

from sslviz.core.requests import MapRequest
from sslviz.reduction.reducer import Options

MIN_NEIGHBOURS, MAX_NEIGHBOURS = 3, 200
"""Range of UMAP's number of neighbours."""
MAX_MIN_DIST = 0.99
"""Upper bound of UMAP's minimum distance between points."""


def map_options(request: MapRequest) -> Options:
    """Return the options that the window asks for, each clipped to the range that UMAP accepts."""
    neighbours = min(max(request.neighbours, MIN_NEIGHBOURS), MAX_NEIGHBOURS)
    default = Options().min_dist
    min_dist = default if math.isnan(request.min_dist) else min(max(request.min_dist, 0.0), MAX_MIN_DIST)
    return Options(request.method, neighbours, min_dist)
