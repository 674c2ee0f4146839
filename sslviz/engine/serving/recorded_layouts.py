"""Lays out the snapshots of a recorded run that are not in view, while there is nothing else to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from sslviz.core.messages import Watch
from sslviz.core.recording import Snapshot, Version
from sslviz.core.requests import MapRequest
from sslviz.core.run_folder import step_of
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.serving.recorded_history import selected
from sslviz.engine.serving.recorded_maps import Key, RecordedMapObserver
from sslviz.learning.evaluation.projection import projected

MAX_LAID_OUT = 100
"""Maximum number of snapshots that are laid out without being in view; with 2,000 samples they take about a minute."""
TRIES = 3
"""Number of requests after which a map that does not come is given up."""


class SnapshotPoints(NamedTuple):
    """What the map of a snapshot lays out."""

    snapshot: Snapshot

    @property
    def step(self) -> int:
        """Step of the snapshot."""
        return self.snapshot.step

    def probe_h(self) -> Tensor:
        """Return h of the n samples, float32[n, D], projected if it has many dimensions."""
        return projected(torch.from_numpy(self.snapshot.h))


class RecordedLayouts:
    """Requests the maps of snapshots one after the other, from the newest to the oldest.

    Each layout starts from that of the next snapshot, so that the points move little from map to map, and the newest
    map, which the user sees meanwhile, stays as it is. Nothing of the later steps shows on the maps: their
    trustworthiness and k-NN by class are within .01 of those of maps that start from principal components.

    Args:
        observer: keeps the maps and sends them to the window.
        load: returns the snapshot in a file; None if it cannot be shown.
    """

    def __init__(self, observer: RecordedMapObserver, load: Callable[[Path], Snapshot | None]) -> None:
        self._observer, self._load = observer, load
        self._requests: Counter[Key] = Counter()
        self.waiting = 0
        """Number of snapshots whose maps are still to be made."""

    def request_next(self, files: dict[Path, Version | None], watch: Watch) -> None:
        """Request the map of the newest snapshot that has none, unless the reducer is busy with another one.

        Args:
            files: the files of the snapshots and their versions, sorted by step.
            watch: the latest message in which the window says what it shows.
        """
        if "LatentMap" not in watch.panel_data:
            self.waiting = 0
        elif self._observer.idle:
            options = map_options(watch.request(MapRequest))
            keys = {path: (step_of(path), files[path], options) for path in selected([*files], MAX_LAID_OUT)}
            missing = [path for path, key in keys.items() if self._is_missing(key)]
            self.waiting = len(missing)
            if missing and (snapshot := self._load(missing[-1])) is not None:
                self._request(keys[missing[-1]], snapshot)

    def _is_missing(self, key: Key) -> bool:
        return self._requests[key] < TRIES and not self._observer.is_kept(key)

    def _request(self, key: Key, snapshot: Snapshot) -> None:
        self._requests[key] += 1
        self._observer.request(key, SnapshotPoints(snapshot))
