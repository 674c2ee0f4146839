"""Writes run folders of ordinary files, which other programs can read and a crash does not damage.

In the shapes, h has d dimensions, z has D, and a similarity matrix has R rows.

    run.toml          the values of all settings
    note.toml         title and note that the user gave the run in the window; missing if there are none
    summary.json      of a run of a sweep: see :mod:`sslviz.core.sweep.folder`
    suited.json       of a run on data of the user's own: by key, the value of each setting that follows from what was
                      found, and the reason; missing if there are none
    environment.json  versions, device, threads; from a Recorder: versions, platform, command
    metrics.jsonl     one line per optimiser step: step, wall_time_s, loss, …; if a line has a lower step than the line
                      before it, a script was resumed at that step: earlier lines with higher steps no longer count
    events.jsonl      the process that writes the run, setting changes, state changes, health figures, reference lines;
                      a Recorder also writes the events epoch (the script's step numbers began again) and resume (the
                      script was resumed)
    checkpoints/      final.pt, the network after the last step; final.json, its manifest: step, file size, SHA-256
    plug-ins/         the files of the user's own that the run was trained with; missing if there are none
    samples.npz       the n samples (segments) whose embeddings are in the snapshots, with these arrays:
                      ids: int64[n], indices of the samples in a split of the data set
                      of: number of segments in that split
                      pictures: uint8[n, frames, h, w, 3], of size 0 if the samples have no images
                      texts: text of each sample, of size 0 if the samples have no texts
                      files: path of each sample's file in the folder of the data; of samples that are files only
                      sounds: int16[n, T], the audio of each sample, and sample_rate, audio samples per second; of
                      runs on sound only, and without sounds if these take more than 16 MiB
                      label:NAME, for the label NAME: int32[n], indices into names:NAME, or float32[n] for numbers;
                      -1 or NaN if the class or the number of a sample is unknown
                      names:NAME: names of the classes, of size 0 if the label has numbers instead
                      unit:NAME: unit of the number
                      colours:NAME: colour of each class on the map as #rrggbb, of size 0 if the label has none
                      scored:NAME: whether representations are scored by the label; colours:NAME and scored:NAME may be
                      missing, and are then of size 0 and true
    snapshots/
      h-STEP.npz      written by sslviz.Recorder, with these arrays:
                      step
                      h: float32[n, d], or float16 if it is larger than 4 MB and its numbers are in the range of float16
                      z: float32 or float16[V, n, D] of V = 1 or 2 views, if the script recorded z
                      similarity: float32[R, R] with at most 512 rows, if the script recorded it
                      patches: float32 or float16[m, p, q, e], if the script recorded them: e ≤ 1,024 features of each
                      patch, in p ≤ 32 rows and q ≤ 32 columns, of the images of the first m ≤ 64 samples
      superseded/     files h-STEP.npz of steps that a resumed script did again
      map-STEP.npz    written by sslviz when it trains, with these arrays:
                      step
                      ids: int64[n], indices of the samples in their split
                      labels: int64[n], class of each sample by the first label; -1 if unknown, or not a class
                      h: float32[n, d]
                      xy: float32[n, 2], positions of the samples on the map
                      method: "umap", "pca" or "umap-learn"
                      trustworthiness, agreement, movement: float64, defined in sslviz.core.panel_data.LatentMap

The .jsonl files are logs: each block of complete lines is appended with one ``write``. Readers ignore an incomplete
last line.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import BytesIO, FileIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import tomli_w

from sslviz.core.durable_file import OnWritten, sync, write_durably
from sslviz.core.folders import check_writable
from sslviz.core.panel_data import Probe
from sslviz.core.plain_text import plain_text
from sslviz.core.samples_file import arrays_of
from sslviz.core.settings import Values
from sslviz.core.suited import SuitedSetting, as_table

MAP, SNAPSHOT = "map", "h"
"""Prefixes of the file names of snapshots that sslviz itself writes, and of those that a Recorder writes."""
SOURCES = "plug-ins"
"""Name of the folder in a run folder with copies of files with code."""
SUITED = "suited.json"


class RunFolderError(Exception):
    """A run folder cannot be created, read or written; the message says why."""


class RunExistsError(RunFolderError):
    """The folder already holds a run, perhaps one that another process has created at the same moment."""


class RunFolder:
    """A run folder, open for writing. Use it as a context manager or call :meth:`close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metrics = _open_log(path / "metrics.jsonl")
        self._events = _open_log(path / "events.jsonl")

    @classmethod
    def create(cls, path: Path, values: Values, environment: Mapping[str, Any]) -> RunFolder:
        """Create a run folder, in which ``values`` are written to run.toml and ``environment`` to environment.json.

        ``values``: all settings of the run. ``environment``: versions of packages, device and similar facts.

        Raises:
            RunExistsError: the folder already holds a run.
            RunFolderError: the folder cannot be written.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            _claim(path)
            (path / "checkpoints").mkdir(exist_ok=True)
            write_durably(path / "environment.json", json.dumps(environment, indent=2).encode() + b"\n")
            write_durably(path / "run.toml", tomli_w.dumps(values).encode())
            return cls(path)
        except OSError as error:
            raise _not_writable(path, error) from error

    @classmethod
    def create_numbered(cls, path: Path, values: Values, environment: Mapping[str, Any]) -> RunFolder:
        """Create a run folder; if ``path`` already holds a run, append the next free number to its name.

        If several processes call this function with the same path at the same time, each gets a folder of its own.

        Raises:
            RunFolderError: the folder cannot be written.
        """
        path = path if path.name not in {"", ".."} else path.resolve()
        for number in itertools.count(1):
            numbered = path if number == 1 else path.with_name(f"{path.name}-{number}")
            with contextlib.suppress(RunExistsError):
                return cls.create(numbered, values, environment)
        raise AssertionError("numbers have an end")

    def append_metrics(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Append a line to metrics.jsonl for each record, which holds the step, the time and the figures of one step.

        NaN and infinity are written as ``NaN`` and ``Infinity``, as Python's json writes them. If writing fails,
        OSError is raised, and nothing is appended.
        """
        _append(self._metrics, _lines(records))

    def append_event(self, record: Mapping[str, Any]) -> None:
        """Append one event to events.jsonl, such as a change of settings or state, health figures, or reference lines.

        If writing fails, OSError is raised, and nothing is appended.
        """
        _append(self._events, _lines([record]))

    def save_checkpoint(
        self, name: str, data: bytes, facts: Mapping[str, Any], on_written: OnWritten = lambda done: None
    ) -> None:
        """Write ``data`` to ``checkpoints/NAME.pt``, then a manifest to NAME.json.

        The manifest holds the file size, the SHA-256 and ``facts`` about the checkpoint, such as its step. A checkpoint
        without a manifest is incomplete. ``on_written`` is called as in :func:`write_durably`, at last once more before
        the manifest is replaced.
        """
        target = self.path / "checkpoints" / f"{name}.pt"
        write_durably(target, data, on_written)
        manifest = {**facts, "file": target.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        manifest_bytes = json.dumps(manifest, indent=2).encode() + b"\n"
        write_durably(target.with_suffix(".json"), manifest_bytes, lambda _: on_written(len(data)))

    def save_snapshot(self, prefix: str, step: int, arrays: Mapping[str, npt.NDArray[Any]]) -> Path:
        """Write step and ``arrays`` to ``snapshots/PREFIX-STEP.npz``, STEP with at least 8 digits; return the path."""
        path = self.path / "snapshots" / f"{prefix}-{step:08d}.npz"
        path.parent.mkdir(exist_ok=True)
        _save(path, {"step": np.array(step), **arrays})
        return path

    def save_samples(self, probe: Probe) -> None:
        """Write the samples in ``probe`` with their images, texts, sounds and labels to ``samples.npz``."""
        _save(self.path / "samples.npz", arrays_of(probe))

    def save_sources(self, paths: Iterable[Path]) -> None:
        """Copy the files of plug-ins to ``plug-ins/``, so that the run can be understood later.

        Of files of one name, all but the first get a number in front of it.

        Raises:
            RunFolderError: a file cannot be read, or the folder cannot be written.
        """
        target = self.path / SOURCES
        try:
            for number, path in enumerate(paths):
                target.mkdir(exist_ok=True)
                taken = (target / path.name).exists()
                write_durably(target / (f"{number}-{path.name}" if taken else path.name), path.read_bytes())
        except OSError as error:
            raise _not_writable(self.path, error) from error

    def save_suited(self, suited: Sequence[SuitedSetting]) -> None:
        """Write which settings follow from what was found in the data, and why, to suited.json; nothing if none do.

        Raises:
            RunFolderError: the folder cannot be written.
        """
        try:
            if suited:
                write_durably(self.path / SUITED, json.dumps(as_table(suited), indent=2).encode() + b"\n")
        except OSError as error:
            raise _not_writable(self.path, error) from error

    def sync(self) -> None:
        """Wait until the logs are on the disk, so that a power failure cannot damage them."""
        for log in (self._metrics, self._events):
            sync(log.fileno())

    def close(self) -> None:
        """Write the logs to disk and close them."""
        for log in (self._metrics, self._events):
            if not log.closed:
                with log:
                    sync(log.fileno())

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def check_new_run(path: Path) -> None:
    """Raise an error if no run folder can be created at ``path``. This only checks: no folder is created.

    Raises:
        RunExistsError: the folder already holds a run.
        RunFolderError: the folder cannot be written.
    """
    try:
        if holds_run(path):
            raise _exists(path)
        check_writable(path)
    except OSError as error:
        raise _not_writable(path, error) from error


def check_run(path: Path) -> None:
    """Raise RunFolderError unless the folder ``path`` holds a run."""
    try:
        if not path.is_dir():
            raise RunFolderError(f"There is no folder {path}.")
        if not holds_run(path):
            raise RunFolderError(f"{path} holds no run: there is neither run.toml nor metrics.jsonl in it.")
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror or error}.") from error


def check_shown(path: Path) -> None:
    """Raise RunFolderError unless ``path`` holds a run and is valid UTF-8, so that messages can name it."""
    check_run(path)
    if plain_text(path) != str(path):
        raise RunFolderError(f"The name of {plain_text(path)} is not UTF-8. Rename the folder to open it.")


def suited_in(path: Path) -> tuple[SuitedSetting, ...]:
    """Return the settings of a run that follow from what was found in its data; none if the file is damaged."""
    try:
        table: Any = json.loads((path / SUITED).read_text("utf-8"))
        return msgspec.convert([{"key": key, **each} for key, each in table.items()], tuple[SuitedSetting, ...])
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return ()


def _exists(path: Path) -> RunExistsError:
    return RunExistsError(f"{path} already holds a run. Choose another folder.")


def _not_writable(path: Path, error: OSError) -> RunFolderError:
    return RunFolderError(f"The run folder {path} cannot be written: {error.strerror or error}. Choose another.")


def _claim(path: Path) -> None:
    """Create metrics.jsonl, which marks a run folder. Raise RunExistsError if the folder already holds a run.

    If several processes call this function at the same time, only one of them succeeds.
    """
    if not holds_run(path):
        with contextlib.suppress(FileExistsError):
            (path / "metrics.jsonl").touch(exist_ok=False)
            return
    raise _exists(path)


def holds_run(path: Path) -> bool:
    """Return whether there is a run.toml or a metrics.jsonl in the folder."""
    return any((path / name).exists() for name in ("run.toml", "metrics.jsonl"))


def new_run_path(parent: Path, name: str) -> Path:
    """Return the path of a new run in ``parent``, such as ``2026-01-31-142501-shapes``.

    Runs of one name that begin in the same second get the same path. :meth:`RunFolder.create_numbered` then adds a
    number to it.
    """
    return parent / f"{datetime.now():%Y-%m-%d-%H%M%S}-{name}"


def step_of(path: Path) -> int:
    """Return the step in the file name of a snapshot, -1 if the name has no step."""
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 18 else -1


def _save(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    data = BytesIO()
    np.savez(data, **arrays)  # type: ignore[arg-type]
    write_durably(path, data.getvalue())


def _lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def _open_log(path: Path) -> FileIO:
    """Open a log for appending; if a crash has left an incomplete last line, append a line break to it."""
    log = FileIO(path, "a+")
    size = log.seek(0, os.SEEK_END)
    if size:
        log.seek(size - 1)
        if log.read(1) != b"\n":
            _append(log, b"\n")
    return log


def _append(log: FileIO, data: bytes) -> None:
    """Append ``data`` to a log. If this fails, remove the part that was written and raise OSError.

    The caller can try again once the disk has space.
    """
    size = log.seek(0, os.SEEK_END)
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[log.write(rest) :]
    except OSError:
        log.truncate(size)
        raise
