"""Nearest neighbours in the latent space, taken from the map of a run that is in view."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.window.runs.run_model import RunModel


def neighbours_of(run: RunModel, index: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the k nearest neighbours of sample ``index`` in the latent space, and its cosine similarity to each.

    The first array, int32[k], holds the neighbours' indices on the map; the second, float32[k], the similarities. The
    nearest neighbour comes first. The engine has sent both arrays with the map in view. They are empty before there is
    a map, if it was sent without neighbours, or if the map has no sample ``index``.
    """
    latent_map = run.latent_map
    if latent_map is None or latent_map.neighbours is None or latent_map.cosines is None:
        return np.empty(0, np.int32), np.empty(0, np.float32)
    neighbours = np.asarray(latent_map.neighbours.numpy(), np.int32)
    cosines = np.asarray(latent_map.cosines.numpy(), np.float32)
    if index >= len(neighbours):
        return neighbours[:0].flatten(), cosines[:0].flatten()
    return neighbours[index], cosines[index]
