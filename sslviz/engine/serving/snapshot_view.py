"""Finds and loads the snapshots of a recorded run; the window shows the data of one snapshot at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sslviz.core.messages import Watch
from sslviz.core.recorder_inputs import SampleInputs
from sslviz.core.recording import Recording, Snapshot, SnapshotMap, Version, version_of
from sslviz.core.requests import MapRequest
from sslviz.core.run_folder import step_of
from sslviz.core.settings import Values
from sslviz.engine.observing.latent_observers import LATENT
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.observing.map_service import MapService
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import Observer
from sslviz.engine.serving.recorded_embeddings import RecordedEmbeddings, RecordedSimilarity, z_or_h
from sslviz.engine.serving.recorded_history import RecordedHistory
from sslviz.engine.serving.recorded_layouts import RecordedLayouts
from sslviz.engine.serving.recorded_maps import RecordedMapObserver
from sslviz.engine.serving.recorded_panels import CachedObserver, PanelCache
from sslviz.engine.serving.recorded_patches import RecordedPatches
from sslviz.engine.serving.sample_order import Order, ordered_probe, ordered_snapshot, random_order
from sslviz.engine.training.run_log import Listener
from sslviz.reduction.reducer import DEFAULT, Options

MAX_EVALUATED = 60
"""Number of snapshots whose figures are computed, at least, when more are found at once; see :func:`evenly_spaced`."""
MAX_PANEL_BYTES = 32 * 2**20
"""Maximum size of the panel data that are kept, in bytes."""
SETTLED_S = 0.3
"""Time in seconds for which a snapshot has to be in view before its panel data are computed.

While the user drags the slider from snapshot to snapshot, only the map and data from the cache are shown.
"""


class SnapshotView:
    """Finds the snapshots of a run, and runs the observers on the snapshot that the window requests."""

    def __init__(
        self, recording: Recording, values: Values, listener: Listener, maps: MapService, *, trained: bool = True
    ) -> None:
        self._recording, self._listener, self._maps = recording, listener, maps
        self._trained = trained
        temperature = values.get("temperature")
        self._temperature = float(temperature) if isinstance(temperature, int | float) else math.nan
        self.paths: list[Path] = []
        """Files of the snapshots that can be viewed, sorted by step."""
        self._seen: dict[Path, Version | None] = {}
        """Files of all snapshots that were found, including damaged ones."""
        self._viewed: Path | None = None
        self._watch: Callable[[], Watch] = lambda: Watch(panel_data=())
        self._order: Order | None = None
        self._history: RecordedHistory | None = None
        self._map: RecordedMapObserver | None = None
        self._layouts: RecordedLayouts | None = None
        self._options = DEFAULT
        self._panels: list[CachedObserver] = []
        self._changed_at = 0.0
        """Time in seconds at which the snapshot in view was changed."""
        self._scheduler: ObserverScheduler | None = None
        self.embeddings: RecordedEmbeddings | None = None
        """The embeddings in view; None until the first snapshot is found."""
        self.other_columns = False
        """Whether h or z of some snapshots has another number of columns than that of the first one."""
        self.has_patches = False
        """Whether features of patches were found in a snapshot."""
        self.other_samples = False
        """Whether there are snapshots that have another number of samples than the first one."""

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of the snapshots that the window can show, ascending."""
        return tuple(map(step_of, self.paths))

    @property
    def busy(self) -> str:
        """Title of the observer that has been running for more than 0.5 s; empty if there is none. Thread-safe."""
        return self._scheduler.busy if self._scheduler is not None else ""

    @property
    def map_status(self) -> str:
        """Status of the reducer as text; empty if the map in view is finished. Thread-safe."""
        return "" if self._map is not None and self._map.finished else self._maps.status

    @property
    def unmapped(self) -> int:
        """Number of snapshots whose maps are still to be made while there is nothing else to do. Thread-safe."""
        return self._layouts.waiting if self._layouts is not None else 0

    def new_paths(self) -> list[Path]:
        """Return the snapshot files that were written since the last call, sorted by step.

        Also forget the snapshots whose files were written again or are no longer in the folder, so that the window
        cannot request them. A script may remove files to save space, or because it was resumed from a step before these
        snapshots, which it then writes again.
        """
        before, self._seen = self._seen, {path: version_of(path) for path in self._recording.snapshot_paths()}
        new = [path for path, version in self._seen.items() if before.get(path) != version]
        self.paths = [path for path in self.paths if path in self._seen and path not in new]
        return new

    def find_samples(self, paths: list[Path]) -> bool:
        """Read the images, texts and labels of the samples, unless they are known; return whether they were read.

        They are read as soon as there is a snapshot, and again whenever samples.npz, the file that holds them, or the
        first snapshot was written again. ``paths`` are the new snapshot files.
        """
        changed = self._recording.samples_are_new()
        if self.embeddings is not None and not changed and self.embeddings.first.step not in map(step_of, paths):
            return False
        first = next(filter(None, map(self._recording.snapshot, sorted([*self.paths, *paths], key=step_of))), None)
        if first is not None:
            self._open(first)
        return first is not None

    def _open(self, first: Snapshot) -> None:
        probe, count = self._recording.samples(), len(first.h)
        if probe is not None and probe.ids.shape[0] != count:
            self._recording.damaged += 1
            probe = None
        probe = probe or SampleInputs(count).probe()
        self.has_patches |= first.patches is not None
        order = self._order = random_order(first.h)
        first, probe = ordered_snapshot(first, order), ordered_probe(probe, order)
        embeddings = self.embeddings = RecordedEmbeddings(probe, first, self._temperature, trained=self._trained)
        self._open_observers(embeddings)
        self._history = RecordedHistory(self._map_in, self._listener, count)
        self._history.add(self.paths)
        self._scheduler = ObserverScheduler((), self._listener, lambda: embeddings.step)
        self._viewed = None

    def _open_observers(self, embeddings: RecordedEmbeddings) -> None:
        listener, cache = self._listener, PanelCache(MAX_PANEL_BYTES)
        self._map = RecordedMapObserver(embeddings, self._maps, listener, self._is_stale)
        self._layouts = RecordedLayouts(self._map, self.load)
        assert self._order is not None
        panels = [
            RecordedSimilarity(embeddings, listener),
            RecordedPatches(embeddings, listener, self._order),
            *(observer(embeddings, listener) for observer in LATENT),
        ]
        self._panels = [CachedObserver(panel, embeddings, listener, cache) for panel in panels]

    def add(self, paths: list[Path]) -> None:
        """Add snapshot files to those that the window can show."""
        self.paths = sorted([*self.paths, *paths], key=step_of)
        if self._history is not None:
            self._history.add(paths)
        if self._viewed in paths:
            self._viewed = None

    def observe(self, watch: Callable[[], Watch]) -> bool:
        """Load the snapshot that the window has requested, and run the observers that have new data for the window.

        The observer of the map runs first.

        If the window makes a new request while an observer runs, the remaining observers are not run. Panel data that
        are not in the cache are computed only when the window has shown one snapshot for :data:`SETTLED_S` seconds.

        Args:
            watch: returns the latest message in which the window says which panel data and which snapshot it shows.

        Returns:
            Whether the window has made a new request since this method was called.
        """
        self._watch, present = watch, watch()
        if "LatentMap" in present.panel_data:
            self._follow_options(map_options(present.request(MapRequest)))
        self._load_requested(present)
        for observer in self._due_observers(present):
            assert self._scheduler is not None
            self._scheduler.run_if_due(observer, present)
            if watch() is not present:
                return True
        return False

    def _follow_options(self, options: Options) -> None:
        """If the user has chosen other options of the map, send again what is known of the maps with these options."""
        if options == self._options or self._map is None or self._history is None:
            return
        self._options = options
        if options == DEFAULT:
            self._history.add(self.paths)
        self._map.send_kept(options)

    def send_positions(self) -> bool:
        """Send the recorded positions of some more snapshots; return whether there are still more."""
        return self._history is not None and self._history.send_next()

    def lay_out_next(self, watch: Watch) -> None:
        """Request the map of a snapshot that has no recorded one, unless another map is being laid out.

        No snapshot has a recorded one if the user has chosen PCA, which takes no time.
        """
        if self._history is not None and self._layouts is not None:
            unmapped = {*(self.paths if self._options.method == "pca" else self._history.unmapped)}
            files = {path: self._seen[path] for path in self.paths if path in unmapped}
            self._layouts.request_next(files, watch)

    def _map_in(self, path: Path) -> SnapshotMap | None:
        """Return the map in a file, in the random order of samples; None if there is none of the run's samples."""
        assert self._order is not None
        found = self._recording.snapshot_map(path)
        if found is None or len(found.xy) != len(self._order):
            return None
        return found._replace(xy=found.xy[self._order])

    def _due_observers(self, watch: Watch) -> Iterator[Observer]:
        if self._map is not None:
            yield self._map
        yield from (panel for panel in self._panels if self.settled or panel.is_kept(watch))

    @property
    def settled(self) -> bool:
        """Whether the window has shown the same snapshot for :data:`SETTLED_S`; the user then probably looks at it."""
        return time.monotonic() - self._changed_at >= SETTLED_S

    def _load_requested(self, watch: Watch) -> None:
        while self.embeddings is not None and (path := self._requested(watch)) is not None and path != self._viewed:
            if (snapshot := self.load(path)) is not None:
                self._viewed, self.embeddings.now = path, snapshot
                self._changed_at = time.monotonic()

    def _is_stale(self) -> bool:
        """Return whether the window has requested another snapshot than the one in view."""
        return self._requested(self._watch()) != self._viewed

    def _requested(self, watch: Watch) -> Path | None:
        """Return the file of the snapshot that the window has requested in ``watch`` by its number, counted from 1.

        If there is no snapshot with this number, return the file of the newest one; None if there are no snapshots.
        """
        number = watch.snapshot if 0 < watch.snapshot <= len(self.paths) else len(self.paths)
        return self.paths[number - 1] if self.paths else None

    def load(self, path: Path) -> Snapshot | None:
        """Return the snapshot in the file ``path``, with its samples in the random order that all snapshots share.

        Return None if the file is damaged or was removed, or if h or z has another number of samples than h of the
        run's first snapshot. In these cases, the snapshot is removed from those that the window can show.
        """
        snapshot = self._recording.snapshot(path)
        if snapshot is not None and not self._fits(snapshot):
            self.other_samples = True
            snapshot = None
        if snapshot is None:
            self.paths = [each for each in self.paths if each != path]
            return None
        assert self._order is not None
        assert self.embeddings is not None
        self.has_patches |= snapshot.patches is not None
        self.other_columns |= _columns(snapshot) != _columns(self.embeddings.first)
        return ordered_snapshot(snapshot, self._order)

    def _fits(self, snapshot: Snapshot) -> bool:
        assert self._order is not None
        count = len(self._order)
        return len(snapshot.h) == count and (snapshot.z is None or snapshot.z.shape[1] == count)


def _columns(snapshot: Snapshot) -> tuple[int, int]:
    return snapshot.h.shape[1], z_or_h(snapshot).shape[2]


def evenly_spaced(paths: list[Path]) -> list[Path]:
    """Return an evenly spaced selection of ``paths``, which includes the last path.

    All paths are selected if there are fewer than twice :data:`MAX_EVALUATED`. Otherwise at least :data:`MAX_EVALUATED`
    are selected, and at most about one and a half times as many.
    """
    spacing = max(1, len(paths) // MAX_EVALUATED)
    return sorted({*paths[::spacing], *paths[-1:]}, key=step_of)
