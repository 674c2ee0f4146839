"""Types of the arrays that hold points of the map, and a function that reads them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import LatentMap

Points = npt.NDArray[np.float32]
"""Positions of points, float32[n, 2]."""
Indices = npt.NDArray[np.integer]
"""Indices of points, int[m]; point i of the map is segment i of the probe."""
NO_POINTS: Points = np.empty((0, 2), np.float32)
NO_INDICES: Indices = np.empty(0, np.intp)


def points_of(latent_map: LatentMap) -> Points:
    """Return the positions of the points on a map, float32[n, 2]."""
    return np.asarray(latent_map.xy.numpy(), np.float32).reshape(-1, 2)
