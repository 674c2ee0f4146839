"""Arrays of points of the map, as all its parts name them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
"""Positions, float32[n, 2]."""
Indices = npt.NDArray[np.integer]
"""Indices of points; a point of the map is a segment of the probe, with the same index."""
NO_POINTS: Points = np.empty((0, 2), np.float32)
NO_INDICES: Indices = np.empty(0, np.intp)
