"""Four points on three maps, and control over the movement between maps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.window.latent.cloud import PointCloud

FIRST = np.array([[0, 0], [10, 0], [0, 10], [10, 10]], np.float32)
SECOND = FIRST + np.array([4, 8], np.float32)
THIRD = -FIRST
LABELS = np.array([0, 1, 2, 1], np.int32)


def glide(cloud: PointCloud, milliseconds: int) -> None:
    """Set the time since the movement between two maps began."""
    cloud.animation.setCurrentTime(milliseconds)


def drawn(cloud: PointCloud) -> npt.NDArray[np.float32]:
    """Return where each point is drawn, float32[n, 2], in the order of the samples."""
    if cloud.raster.on:
        return cloud.raster.xy
    xy = np.empty_like(cloud.xy)
    for part in cloud.class_parts:
        xy[part.members] = np.stack([part.item.data["x"], part.item.data["y"]], axis=1)
    return xy
