"""Nearest neighbours in the latent space, taken from the newest map of a run."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sslviz.window.runs.run_model import RunModel


def neighbours_of(run: RunModel, index: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Return the indices of the k nearest neighbours of sample ``index``, int32[k], and their cosines, float32[k].

    A cosine is the cosine similarity of the sample and its neighbour in the latent space. Both arrays are empty before
    there is a map, or if the map has no such sample.
    """
    latent_map = run.latent_map
    if latent_map is None or latent_map.neighbours is None or latent_map.cosines is None:
        return np.empty(0, np.int32), np.empty(0, np.float32)
    neighbours = np.asarray(latent_map.neighbours.numpy(), np.int32)
    cosines = np.asarray(latent_map.cosines.numpy(), np.float32)
    if index >= len(neighbours):
        return neighbours[:0].flatten(), cosines[:0].flatten()
    return neighbours[index], cosines[index]
