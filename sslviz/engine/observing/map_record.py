"""The run folder's record of the map: snapshots of the latent space over time, not more than a disk can bear."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.core.run_folder import MAP, RunFolder
from sslviz.reduction.history import AlignedMap

RECORD_S = 10.0
"""between two snapshots at first"""
BEFORE_RARER = 100
"""snapshots after which the time between two doubles: a day keeps 640, 1 MB each for 2,000 points"""


class MapRecord:
    """Keeps the maps of one run, each with the embedding it shows. Called from one thread."""

    def __init__(self, folder: RunFolder, probe: Probe, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._clock, self._probe = folder, clock, probe
        self._samples = {"ids": probe.ids.numpy(), "labels": classes(probe)}
        self._count = 0
        self._at = -math.inf

    @property
    def due(self) -> bool:
        """Whether it is time to keep another."""
        rarer: int = 2 ** (self._count // BEFORE_RARER)
        return self._clock() >= self._at + RECORD_S * rarer

    def take(self, latent_map: AlignedMap, h: npt.NDArray[np.floating]) -> None:
        """Keep a map where it is due and no stand-in. Raises OSError where it cannot be written."""
        stands_in = latent_map.method == "pca" and math.isnan(latent_map.quality.trustworthiness)
        if not self.due or stands_in:
            return
        if not self._count:
            self._folder.save_samples(self._probe)
        self._count, self._at = self._count + 1, self._clock()
        figures = {**latent_map.quality._asdict(), "movement": latent_map.movement}
        arrays = {"h": np.asarray(h, np.float32), "xy": latent_map.xy, "method": np.array(latent_map.method)}
        known = {name: np.array(value) for name, value in figures.items()}
        self._folder.save_snapshot(MAP, latent_map.step, {**self._samples, **arrays, **known})


def classes(probe: Probe) -> npt.NDArray[np.int64]:
    """int64[n], what the first label says of each segment, -1 each where there is none or it is a number."""
    if not probe.label_entries or not probe.label_entries[0].names:
        return np.full(probe.ids.shape, -1)
    return probe.labels[probe.label_entries[0].name].numpy().astype(np.int64)
