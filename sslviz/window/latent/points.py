"""Types of the arrays that hold points of the map."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
"""Positions of points, float32[n, 2]."""
Indices = npt.NDArray[np.integer]
"""Indices of points, int[m]; point i of the map is segment i of the probe."""
NO_POINTS: Points = np.empty((0, 2), np.float32)
NO_INDICES: Indices = np.empty(0, np.intp)
