"""Finds and loads the snapshots of a recorded run; the window shows the data of one snapshot at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from sslviz.core.messages import Watch
from sslviz.core.rate_limit import RateLimit
from sslviz.core.recorder_inputs import SampleInputs
from sslviz.core.recording import Recording, Snapshot
from sslviz.core.run_folder import step_of
from sslviz.core.settings import Values
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import MapObserver, Observer
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings, RecordedSimilarity
from sslviz.engine.training.run_log import Listener

INTERVAL_S = 0.1
"""Minimum interval between two runs of an observer, in seconds; short, since no training has to wait."""
MAX_EVALUATED = 60
"""Approximate number of snapshots whose figures are computed when many snapshots are found at once."""


class SnapshotView:
    """Finds the snapshots of a run, and runs the observers on the snapshot that the window requests."""

    def __init__(self, recording: Recording, values: Values, listener: Listener, maps: MapService) -> None:
        self._recording, self._listener, self._maps = recording, listener, maps
        temperature = values.get("temperature")
        self._temperature = float(temperature) if isinstance(temperature, int | float) else math.nan
        self._paths: list[Path] = []
        """Files of the snapshots that can be viewed, sorted by step."""
        self._seen: set[Path] = set()
        """Files of all snapshots that were found, including damaged ones."""
        self._viewed: Path | None = None
        self._scheduler: ObserverScheduler | None = None
        self.embeddings: RecordedEmbeddings | None = None
        """The embeddings in view; None until the first snapshot is found."""

    @property
    def count(self) -> int:
        """Number of snapshots that the window can show."""
        return len(self._paths)

    def new_paths(self) -> list[Path]:
        """Return the files of snapshots that were not yet passed to :meth:`add`, sorted by step.

        Files that were removed, since a script thins them out or does their steps again, can no longer be shown.
        """
        paths = self._recording.snapshot_paths()
        self._seen &= set(paths)
        self._paths = [path for path in self._paths if path in self._seen]
        return [path for path in paths if path not in self._seen]

    def find_samples(self, paths: list[Path]) -> bool:
        """Read the images, texts and labels of the samples if needed.

        They are read as soon as there is a snapshot, and again whenever samples.npz was written again. Returns whether
        :attr:`embeddings` was replaced.
        """
        changed = self._recording.samples_are_new()
        if self.embeddings is not None and not changed:
            return False
        first = next(filter(None, map(self._recording.snapshot, [*self._paths, *paths])), None)
        if first is not None:
            self._open(first)
        return first is not None

    def _open(self, first: Snapshot) -> None:
        probe, count = self._recording.samples(), len(first.h)
        if probe is not None and probe.ids.shape[0] != count:
            self._recording.damaged += 1
            probe = None
        probe = probe or SampleInputs(count).probe()
        embeddings = self.embeddings = RecordedEmbeddings(probe, first, self._temperature)
        self._scheduler = ObserverScheduler(self._observers(embeddings), self._listener, lambda: embeddings.step)
        self._viewed = None

    def _observers(self, embeddings: RecordedEmbeddings) -> list[Observer]:
        observers: list[Observer] = [
            MapObserver(embeddings, self._maps),
            RecordedSimilarity(embeddings, self._listener),
        ]
        observers += [observer(embeddings, self._listener) for observer in LATENT]
        for observer in observers:
            observer.rate_limit = RateLimit(INTERVAL_S, 1.0)
        return observers

    def add(self, paths: list[Path]) -> None:
        """Add snapshot files to those that the window can show."""
        self._seen |= set(paths)
        self._paths = sorted([*self._paths, *paths], key=step_of)

    def evenly_spaced(self, paths: list[Path]) -> Iterator[Snapshot]:
        """Yield snapshots from an evenly spaced selection of ``paths``, which includes the last path.

        All paths are selected if there are fewer than twice :data:`MAX_EVALUATED`, otherwise about
        :data:`MAX_EVALUATED`. Damaged snapshots are left out.
        """
        spacing = max(1, len(paths) // MAX_EVALUATED)
        for path in sorted({*paths[::spacing], *paths[-1:]}, key=step_of):
            if (snapshot := self._load(path)) is not None:
                yield snapshot

    def observe(self, watch: Watch) -> None:
        """Load the snapshot that the window has requested in ``watch``, and run the observers that are due."""
        if self.embeddings is None or self._scheduler is None:
            return
        while (path := self._wanted(watch)) is not None and path != self._viewed:
            if (snapshot := self._load(path)) is not None:
                self._viewed, self.embeddings.now = path, snapshot
            else:
                self._paths.remove(path)
        self._scheduler.run_due(watch)

    def _wanted(self, watch: Watch) -> Path | None:
        """Return the file of the snapshot that the window has requested in ``watch`` by its number, counted from 1.

        If there is no snapshot with this number, return the file of the newest one; None if there are no snapshots.
        """
        number = watch.snapshot if 0 < watch.snapshot <= len(self._paths) else len(self._paths)
        return self._paths[number - 1] if self._paths else None

    def _load(self, path: Path) -> Snapshot | None:
        """Return a snapshot, or None if it is damaged or if its number of samples differs from that of the run."""
        snapshot = self._recording.snapshot(path)
        return snapshot if snapshot is not None and self._fits(snapshot) else None

    def _fits(self, snapshot: Snapshot) -> bool:
        assert self.embeddings is not None
        count = self.embeddings.probe.ids.shape[0]
        fits = len(snapshot.h) == count and (snapshot.z is None or snapshot.z.shape[1] == count)
        self._recording.damaged += not fits
        return fits
