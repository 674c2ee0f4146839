"""Reads what a run of a sweep has recorded, also while it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sslviz.core.process_identity import is_running
from sslviz.core.recording import Recording, Version, version_of
from sslviz.core.reference_lines import read_reference_line
from sslviz.core.run_folder import RunFolderError
from sslviz.core.run_summary import SmallMap, newest_map, small_map_in
from sslviz.core.sweep.folder import SweepRun
from sslviz.core.sweep.plan import Sweep
from sslviz.window.plotting.small_multiple import thinned
from sslviz.window.runs.curve import Curve
from sslviz.window.sweep.results import Levels, Line, RunResult

LOSS, TOP1, KNN = "loss", "top1", "knn"
"""Keys of the curves that are read: the first two have a value at each step, the last one now and then."""
UNREADABLE = (KeyError, TypeError, ValueError, OverflowError, msgspec.ValidationError)
"""Exceptions that may be raised while a damaged event is read."""


class RecordedRun:
    """The curves, reference lines and map in one run folder; :meth:`read` takes in what was written since."""

    def __init__(self, path: Path) -> None:
        self._recording = Recording(path)
        self._curves = {key: Curve() for key in (LOSS, TOP1, KNN)}
        self._levels: dict[str, Levels] = {}
        self._process: Mapping[str, Any] = {}
        self._step, self._seconds = 0, 0.0
        self._map_version: tuple[Path, Version | None] | None = None
        self._map: SmallMap | None = None

    @property
    def replaced(self) -> bool:
        """Whether another run was begun in the folder."""
        return self._recording.replaced

    def read(self) -> None:
        """Read what was written since the last call."""
        while records := self._recording.new_metrics():
            steps = np.array([record["step"] for record in records], np.int64)
            for key in (LOSS, TOP1):
                if any(key in record for record in records):
                    self._curves[key].append(steps, np.array([record.get(key, np.nan) for record in records]))
            self._step = int(steps[-1])
            self._seconds = records[-1].get("wall_time_s", self._seconds)
        while events := self._recording.new_events():
            self._take(events)
        self._read_map()

    def _take(self, events: Iterable[Mapping[str, Any]]) -> None:
        for event in events:
            try:
                self._take_one(event)
            except UNREADABLE:
                continue

    def _take_one(self, event: Mapping[str, Any]) -> None:
        if event.get("event") == "process":
            self._process = event
        elif event.get("event") == "health" and KNN in event:
            self._curves[KNN].append(np.array([int(event["step"])]), np.array([float(event[KNN])]))
        elif event.get("event") == "references":
            lines = [read_reference_line(record) for record in event["lines"]]
            for key in self._curves:
                self._levels[key] = tuple((line.value, line.label) for line in lines if line.curve == key)

    def _read_map(self) -> None:
        newest = newest_map(self._recording.path / "snapshots")
        version = (newest, version_of(newest)) if newest is not None else None
        if newest is not None and version != self._map_version:
            self._map_version, self._map = version, small_map_in(newest)

    def result(self, run: SweepRun, value: int, sweep: Sweep) -> RunResult:
        """Return what was read so far; ``run`` is the run in ``sweep``, with its ``value``."""
        shown = {key: self._line(key, run) for key, curve in self._curves.items() if len(curve)}
        share = self._step / sweep.steps if sweep.steps else self._seconds / (sweep.seconds or 1.0)
        return RunResult(
            run=run,
            value=value,
            active=run.state == "unfinished" and is_running(self._process) is True,
            step=self._step,
            seconds=self._seconds,
            done=1.0 if run.state in ("finished", "failed") else min(share, 1.0),
            curves=shown,
            levels=dict(self._levels),
            small_map=self._map,
        )

    def _line(self, key: str, run: SweepRun) -> Line:
        """Return a curve: a smoothed one, but of k-NN the scores themselves, with the final one at the end."""
        curve = self._curves[key]
        if key != KNN:
            return thinned(curve.steps, curve.smoothed)
        steps, values = thinned(curve.steps, curve.values)
        if KNN not in run.figures:
            return steps, values
        before = steps < self._step
        return np.append(steps[before], self._step), np.append(values[before], run.figures[KNN])


def recorded_run(path: Path) -> RecordedRun | None:
    """Return a run in a folder; None if there is none yet."""
    try:
        return RecordedRun(path)
    except RunFolderError:
        return None
