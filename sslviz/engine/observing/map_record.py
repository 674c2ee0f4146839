"""Writes maps to the run folder, at growing intervals so that a long run does not fill the disk."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import UMAP_LEARN, Probe
from sslviz.core.run_folder import MAP, RunFolder
from sslviz.reduction.reducer import AlignedMap

RECORD_S = 10.0
"""Initial minimum interval between two maps, in seconds."""
DOUBLE_INTERVAL_AFTER = 100
"""Number of maps after which the interval doubles each time. A day gives 640 maps; a map of 2,000 points takes 1 MB."""


class MapRecord:
    """Writes maps of one run, with the embeddings they were made from, to the run folder. Not thread-safe.

    The samples of the map are written together with the first map.
    """

    def __init__(self, folder: RunFolder, probe: Probe, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock, self._probe = folder, clock, probe
        self._samples = {"ids": probe.ids.numpy(), "labels": classes(probe)}
        self.last_step: int | None = None
        """The last step of the run, whose map is always written; None before the end of the run."""
        self.written_step: int | None = None
        """Step of the last map that was written; None if no map was written."""
        self._count = 0
        self._at = -math.inf

    @property
    def due(self) -> bool:
        """Whether the minimum interval since the last written map is over.

        The interval is :data:`RECORD_S` at first and doubles after every :data:`DOUBLE_INTERVAL_AFTER` maps.
        """
        factor: int = 2 ** (self._count // DOUBLE_INTERVAL_AFTER)
        return self._clock() >= self._at + RECORD_S * factor

    def take(self, latent_map: AlignedMap) -> None:
        """Write a map or leave it out, by the rules below. Raises OSError if writing fails.

        - A preliminary map, made by PCA because the reducer could not run UMAP yet, is never written.
        - A map by umap-learn is always written, since the user has asked for it.
        - Any other map is written if :attr:`due` is true, or if it is the first map of the run's last step.

        If another map of the same step was written before, its file is overwritten.
        """
        is_last = latent_map.step == self.last_step != self.written_step
        if latent_map.preliminary or not (self.due or is_last or latent_map.method == UMAP_LEARN):
            return
        if not self._count:
            self._folder.save_samples(self._probe)
        self._count, self._at = self._count + 1, self._clock()
        figures = {**latent_map.quality._asdict(), "movement": latent_map.movement}
        h = np.asarray(latent_map.request.h, np.float32)
        arrays = {"h": h, "xy": latent_map.xy, "method": np.array(latent_map.method)}
        scalars = {name: np.array(value) for name, value in figures.items()}
        self._folder.save_snapshot(MAP, latent_map.step, {**self._samples, **arrays, **scalars})
        self.written_step = latent_map.step


def classes(probe: Probe) -> npt.NDArray[np.int64]:
    """Return the class of each of the n segments on the map by the data set's first label: int64[n].

    All are -1 if the data set has no labels or the first one has numbers instead of classes.
    """
    if not probe.label_entries or not probe.label_entries[0].names:
        return np.full(probe.ids.shape, -1)
    return probe.labels[probe.label_entries[0].name].numpy().astype(np.int64)
