"""The run folder: the only code that writes one, always durably. Ordinary files that other programs can read.

    run.toml          the resolved settings
    environment.json  versions, device, threads
    metrics.jsonl     one line per optimiser step: step, wall_time_s, loss, …
    events.jsonl      setting changes, state changes, health figures, reference lines
    checkpoints/      final.pt and final.json, its manifest with the SHA-256
    samples.npz       what the snapshots are of, n samples: ids int64[n]; of, how many there are in their split;
                      pictures uint8[n, frames, h, w, 3], of no size where there are none; texts, n or none; for every
                      label label:NAME, int32[n] into names:NAME or float32[n] in unit:NAME where there are no names
    snapshots/        h-STEP.npz, by sslviz.Recorder: step; h float32[n, d]; z float32[V, n, D] of V = 1 or 2 views
                      and similarity float32[R, R], where they were given
                      map-STEP.npz, by sslviz itself: step; ids int64[n], the samples' numbers in their split; labels
                      int64[n] (-1 each where there are none); h float32[n, d]; xy float32[n, 2], the map of h; method,
                      "umap" or "pca"; trustworthiness, agreement, movement, float64 as defined in
                      sslviz.core.panel_data.LatentMap

Logs are append-only, one ``write`` per block of whole lines; a torn last line is dropped on reading.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tomli_w

from sslviz.core.panel_data import Probe
from sslviz.core.samples_file import arrays_of
from sslviz.core.settings import Values

MAP, SNAPSHOT = "map", "h"
"""what the names of snapshots begin with"""


class RunFolderError(Exception):
    """The folder cannot be used; the text says why."""


class RunExistsError(RunFolderError):
    """There is a run already, perhaps of a process that began at the same moment."""


class RunFolder:
    """A run's folder, open for writing. Use as a context manager or call :meth:`close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metrics = _open_log(path / "metrics.jsonl")
        self._events = _open_log(path / "events.jsonl")

    @classmethod
    def create(cls, path: Path, values: Values, environment: Mapping[str, Any]) -> RunFolder:
        """Make a new run folder. Raises RunExistsError where there is one, RunFolderError where none can be made."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            _claim(path)
            (path / "checkpoints").mkdir(exist_ok=True)
            write_durably(path / "environment.json", json.dumps(environment, indent=2).encode() + b"\n")
            write_durably(path / "run.toml", tomli_w.dumps(values).encode())
            return cls(path)
        except OSError as error:
            reason = error.strerror or error
            raise RunFolderError(f"The run folder {path} cannot be written: {reason}. Choose another.") from error

    def append_metrics(self, records: Iterable[Mapping[str, Any]]) -> None:
        """One line per optimiser step; NaN and Infinity are kept as Python's json writes them."""
        _append(self._metrics, _lines(records))

    def append_event(self, record: Mapping[str, Any]) -> None:
        """A setting change, a save or a change of state."""
        _append(self._events, _lines([record]))

    def save_checkpoint(self, name: str, data: bytes, facts: Mapping[str, Any]) -> None:
        """Write ``checkpoints/NAME.pt`` and then its manifest, which makes it count."""
        target = self.path / "checkpoints" / f"{name}.pt"
        write_durably(target, data)
        manifest = {**facts, "file": target.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        write_durably(target.with_suffix(".json"), json.dumps(manifest, indent=2).encode() + b"\n")

    def save_snapshot(self, kind: str, step: int, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write ``snapshots/KIND-STEP.npz``; more digits than eight where a run is that long."""
        (self.path / "snapshots").mkdir(exist_ok=True)
        _save(self.path / "snapshots" / f"{kind}-{step:08d}.npz", {"step": np.array(step), **arrays})

    def save_samples(self, probe: Probe) -> None:
        """Write ``samples.npz``."""
        _save(self.path / "samples.npz", arrays_of(probe))

    def close(self) -> None:
        """Flush what was logged to the disk."""
        for log in (self._metrics, self._events):
            if not log.closed:
                with log:
                    os.fsync(log.fileno())

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _claim(path: Path) -> None:
    """Of processes that begin at the same moment one makes the file, and writes here."""
    if not holds_run(path):
        with contextlib.suppress(FileExistsError):
            (path / "metrics.jsonl").touch(exist_ok=False)
            return
    raise RunExistsError(f"{path} already holds a run. Choose another folder.")


def holds_run(path: Path) -> bool:
    """Whether this folder is a run folder already."""
    return any((path / name).exists() for name in ("run.toml", "metrics.jsonl"))


def new_run_path(parent: Path, name: str) -> Path:
    """A path for a new run that does not exist yet: ``2026-01-31-142501-shapes``."""
    stem = f"{datetime.now():%Y-%m-%d-%H%M%S}-{name}"
    path, number = parent / stem, 1
    while path.exists():
        number += 1
        path = parent / f"{stem}-{number}"
    return path


def write_durably(path: Path, data: bytes) -> None:
    """Replace ``path`` so that a crash leaves the old file or the new one, never half of either."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _save(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    data = BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]
    write_durably(path, data.getvalue())


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def _open_log(path: Path) -> FileIO:
    """For appending. What a crash left of a last line is closed off, so that it damages no other."""
    log = FileIO(path, "a+")
    size = log.seek(0, os.SEEK_END)
    if size:
        log.seek(size - 1)
        if log.read(1) != b"\n":
            _append(log, b"\n")
    return log


def _append(log: FileIO, data: bytes) -> None:
    """All of it or nothing, so that it can be tried again once there is room on the disk. Raises OSError."""
    size = log.seek(0, os.SEEK_END)
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[log.write(rest) :]
    except OSError:
        log.truncate(size)
        raise


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there, and os.replace is durable enough
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
