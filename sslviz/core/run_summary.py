"""What a run folder or the folder of a sweep holds, in short: settings, last figures, size, a small map, and a note."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.plain_text import one_line
from sslviz.core.presets import preset_named
from sslviz.core.recording import DAMAGED, ENDED, Recording, records_of
from sslviz.core.run_folder import MAP, RunFolderError, step_of, suited_in
from sslviz.core.run_note import RunNote, note_of
from sslviz.core.settings import SettingError, Values
from sslviz.core.stored_runs import begun_at, preset_of
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import SWEEP, holds_sweep, read_sweep
from sslviz.core.sweep.plan import value_text

MAX_TAIL = 2**16
"""Number of bytes at the end of a log that are read."""
MAX_POINTS = 400
"""Maximum number of points of the small map."""
MAX_STATE = 60


@dataclass(frozen=True, eq=False)
class SmallMap:
    """Some points of a map: their positions, float32[n, 2], and their classes, int32[n], -1 if unknown."""

    xy: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]


class RunSummary(NamedTuple):
    """What a run folder holds, in short.

    ``preset``: name of the preset; empty if the folder is not named as sslviz names run folders. ``state``: last state
    that was written, such as "finished"; empty if none was since the run was begun or resumed. ``step``, ``loss``,
    ``knn``: the last ones, None if none was found. ``changed_at``: time of the last change of the logs, in seconds
    since 1970.
    """

    path: Path
    preset: str
    begun: datetime
    values: Values
    note: RunNote
    state: str
    step: int | None
    loss: float | None
    knn: float | None
    size_bytes: int
    changed_at: float
    small_map: SmallMap | None
    suited: Values | None = None
    """Those of the values that follow from what was found in the data, None if none do."""
    sweep: str = ""
    """If the folder holds a sweep instead of a run: what varies, in words."""

    @property
    def ended(self) -> bool:
        """Whether the last state that was written is one after which nothing more is written."""
        return self.state in ENDED


def summary_of(path: Path) -> RunSummary | None:
    """Return what a run folder holds, or the folder of a sweep; damaged parts of it are left out.

    None if the folder holds neither.
    """
    return _summary_of_sweep(path) if holds_sweep(path) else _summary_of_run(path)


def _summary_of_sweep(path: Path) -> RunSummary | None:
    try:
        sweep = read_sweep(path)
    except SweepError:
        return None
    values: Values = {}
    with contextlib.suppress(SettingError):  # a preset that is not installed any more
        values = preset_named(sweep.preset).settings | sweep.fixed
    changed_at = max(map(_changed_at, (path / SWEEP, *path.glob("*/metrics.jsonl"))))
    varied = "; ".join(f"{key} {', '.join(map(value_text, values))}" for key, values in sweep.vary.items())
    return RunSummary(
        path=path,
        preset=sweep.preset,
        begun=begun_at(path) or _time_of(changed_at),
        values={key: value for key, value in values.items() if key != "data_seed"},
        note=note_of(path),
        state="",
        step=None,
        loss=None,
        knn=None,
        size_bytes=_size_of(path),
        changed_at=changed_at,
        small_map=None,
        sweep=f"{varied} · {sweep.size} runs",
    )


def _summary_of_run(path: Path) -> RunSummary | None:
    try:
        values = Recording(path).values()
    except RunFolderError:
        return None
    metrics, events = _last_records(path / "metrics.jsonl"), _last_records(path / "events.jsonl")
    health = [event for event in events if event.get("event") == "health"]
    step = _last_number(metrics, "step")
    changed_at = max(_changed_at(path / name) for name in ("metrics.jsonl", "events.jsonl", "run.toml"))
    return RunSummary(
        path=path,
        preset=preset_of(path),
        begun=begun_at(path) or _time_of(changed_at),
        values=values,
        note=note_of(path),
        state=one_line(_last_state(events), MAX_STATE),
        step=int(step) if step is not None and np.isfinite(step) else None,
        loss=_last_number(metrics, "loss"),
        knn=_last_number(health, "knn"),
        size_bytes=_size_of(path),
        changed_at=changed_at,
        small_map=small_map_in(newest) if (newest := newest_map(path / "snapshots")) is not None else None,
        suited={each.key: each.value for each in suited_in(path)} or None,
    )


def _size_of(path: Path) -> int:
    """Return the size of all files in a folder together, in bytes; files that cannot be read do not count."""
    return sum(_size(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)


def _size(path: str) -> int:
    try:
        return os.lstat(path).st_size
    except OSError:
        return 0


def _changed_at(path: Path) -> float:
    """Return when a file was last changed, in seconds since 1970; 0 if that is unknown or no date of the calendar."""
    try:
        changed_at = path.stat().st_mtime
        _time_of(changed_at)
    except (ValueError, OverflowError, OSError):
        return 0.0
    return changed_at


def _time_of(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone()


def _last_records(path: Path) -> list[dict[str, Any]]:
    """Return the records in the last :data:`MAX_TAIL` bytes of a log."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MAX_TAIL))
            return records_of(file.read())[0]
    except OSError:
        return []


def _last_state(events: Iterable[dict[str, Any]]) -> object:
    """Return the last state that was written; "" if none was since the run was begun or resumed."""
    last = [event for event in events if event.get("event") in {"process", "resume", "state"}][-1:]
    return last[0].get("state", "") if last else ""


def _last_number(records: Iterable[dict[str, Any]], key: str) -> float | None:
    """Return the number under ``key`` in the last of the records that have one."""
    numbers = [record[key] for record in records if isinstance(record.get(key), int | float)]
    try:
        return float(numbers[-1]) if numbers else None
    except OverflowError:
        return None


def newest_map(snapshots: Path) -> Path | None:
    """Return the file of the newest map in a folder of snapshots, None if there is none."""
    return max((path for path in snapshots.glob(f"{MAP}-*.npz") if step_of(path) >= 0), key=step_of, default=None)


def small_map_in(path: Path) -> SmallMap | None:
    """Return some points of the map in a file; None if it is damaged or was removed."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            xy, labels = np.asarray(arrays["xy"], np.float32), np.asarray(arrays["labels"], np.int32)
    except DAMAGED:
        return None
    if xy.ndim != 2 or xy.shape[1] != 2 or labels.shape != xy.shape[:1]:
        return None
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
    rows = rows[:: -(-len(rows) // MAX_POINTS) or 1]
    return SmallMap(xy[rows], labels[rows]) if len(rows) else None
