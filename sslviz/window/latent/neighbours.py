"""What a run's last map says of who is near whom in the latent space."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.window.runs.run_model import RunModel


def neighbours_of(run: RunModel, index: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Its nearest in the latent space among the map's samples, and their cosines; none before there is a map."""
    latent_map = run.latent_map
    if latent_map is None or latent_map.neighbours is None or latent_map.cosines is None:
        return np.empty(0, np.int32), np.empty(0, np.float32)
    found = np.asarray(latent_map.neighbours.numpy(), np.int32)
    cosines = np.asarray(latent_map.cosines.numpy(), np.float32)
    if index >= len(found):
        return found[:0].flatten(), cosines[:0].flatten()
    return found[index], cosines[index]
