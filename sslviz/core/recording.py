"""Reads run folders, also while a program still writes them. Damaged records and files are skipped and counted."""

from __future__ import annotations

import json
import math
import os
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from sslviz.core.messages import TERMINAL
from sslviz.core.panel_data import MapMethod, Probe
from sslviz.core.plain_text import one_line
from sslviz.core.recorder_inputs.arrays import MAX_PATCH_SAMPLES, are_patches, keep
from sslviz.core.recorder_inputs.settings import MAX_KEY, MAX_SETTINGS, MAX_TEXT
from sslviz.core.run_folder import MAP, SNAPSHOT, check_run, step_of
from sslviz.core.samples_file import probe_of
from sslviz.core.settings import Values

T = TypeVar("T")
Floats = npt.NDArray[np.float32]
Arrays = Mapping[str, npt.NDArray[Any]]
"""The arrays in a file, which are read when they are looked up."""
Version = tuple[int, int]
"""Inode and time of the last change of a file; one of them differs if the file was written again."""
DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    IndexError,
    EOFError,
    TypeError,
    MemoryError,
    OverflowError,
    RuntimeError,  # RecursionError, and what zipfile raises for flags and compressions that it does not know
    zipfile.BadZipFile,
    zlib.error,
)
"""Exceptions that may be raised while a damaged file is read."""
ENDED: frozenset[str] = TERMINAL | {"ended"}
"""States of a recorded run that has ended; "ended" is that of a script if it is unknown whether it ended well."""
MAX_READ = 4 * 2**20
"""Maximum number of bytes of a log that are read at once; a line that is longer counts as damaged."""
HEAD = 1024
"""Number of first bytes of a log that identify its run, since the times in the first records differ between runs."""


def version_of(file: Path | int) -> Version | None:
    """Return the version of a file, given by its path or by its descriptor; None if there is no such file."""
    try:
        facts = os.stat(file)
    except OSError:
        return None
    return facts.st_ino, facts.st_mtime_ns


class SnapshotMap(NamedTuple):
    """Positions ``xy`` of the n samples of a snapshot on their map, float32[n, 2], and figures; NaN where unknown."""

    xy: Floats
    method: MapMethod
    trustworthiness: float = math.nan
    agreement: float = math.nan
    movement: float = math.nan


class Snapshot(NamedTuple):
    """Embeddings of n samples at one step, and a similarity matrix of R rows; None stands for what was not recorded.

    ``h``: float32[n, d], and ``z``: float32[V, n, D] of V = 1 or 2 views, where h has d dimensions and z has D.
    ``similarity``: float32[R, R]. ``patches``: float32[m, p, q, e], e features of each patch of the images of the first
    m samples in the file, in p rows and q columns. ``map``: the map of this step. ``version`` is that of the file that
    was read; it differs if the file is written again. NaN and infinite values of the arrays are zeros here. Of more
    than 10,000 samples, 10,000 are kept, see :func:`~sslviz.core.recorder_inputs.kept_rows`.
    """

    step: int
    h: Floats
    z: Floats | None = None
    similarity: Floats | None = None
    map: SnapshotMap | None = None
    patches: Floats | None = None
    version: Version | None = None


class Recording:
    """A run folder, open for reading. Raises RunFolderError if it holds no run."""

    def __init__(self, path: Path) -> None:
        check_run(path)
        self.path = path
        self.damaged = 0
        """Number of lines and files that could not be read."""
        self._metrics, self._events = _Log(path / "metrics.jsonl"), _Log(path / "events.jsonl")
        self._unreadable: set[Path] = set()
        self._samples_version: Version | None = None

    @property
    def replaced(self) -> bool:
        """Whether the folder has been overwritten with another run since it was opened."""
        return self._metrics.replaced or self._events.replaced

    def values(self) -> Values:
        """Return the settings in run.toml; an empty dictionary if the file is missing or cannot be read."""
        try:
            table = tomllib.loads((self.path / "run.toml").read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            self.damaged += 1
            return {}
        plain = {
            one_line(key, MAX_KEY): value[:MAX_TEXT] if isinstance(value, str) else value
            for key, value in list(table.items())[:MAX_SETTINGS]
            if isinstance(value, bool | int | float | str)
        }
        huge = {key: str(value) for key, value in plain.items() if isinstance(value, int) and abs(value) >= 2**63}
        return plain | huge  # msgpack has no integers of more than 64 bits

    def new_metrics(self) -> list[dict[str, float]]:
        """Return the next records of metrics.jsonl, one per step; an empty list if the end of the file is reached.

        A call reads about :data:`MAX_READ` bytes, and the next call reads on from there. Values that are not numbers,
        such as texts, are left out.

        If the step decreases from one record to the next, the script was resumed at the lower step, and its earlier
        records of higher steps no longer count. This call leaves them out, but earlier calls may have returned them.
        """
        records: list[dict[str, float]] = []
        while not records and (read := self._new(self._metrics)):
            records = [{"step": each["step"], **_figures(each)} for each in read if _is_step(each.get("step"))]
            self.damaged += len(read) - len(records)
        return _without_superseded(records)

    def new_events(self) -> list[dict[str, Any]]:
        """Return the next records of events.jsonl; an empty list if the end of the file is reached."""
        return self._new(self._events)

    def _new(self, log: _Log) -> list[dict[str, Any]]:
        records, damaged = log.read()
        self.damaged += damaged
        return records

    def samples_are_new(self) -> bool:
        """Return whether samples.npz was written since the last call; a script may write it at any time."""
        version = version_of(self.path / "samples.npz")
        if version is None:
            return False
        before, self._samples_version = self._samples_version, version
        return before != version

    def samples(self) -> Probe | None:
        """Return the samples of samples.npz: images, texts and labels. None if the file is missing or damaged."""
        path = self.path / "samples.npz"
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return probe_of(arrays)
        except FileNotFoundError:
            return None
        except DAMAGED:
            self._count(path)
            return None

    def snapshot_paths(self) -> list[Path]:
        """Return the paths of the snapshot files, sorted by step.

        These are all files h-STEP.npz, or all files map-STEP.npz if the run has no file h-STEP.npz at all.
        """
        folder = self.path / "snapshots"
        paths = [*folder.glob(f"{SNAPSHOT}-*.npz")] or [*folder.glob(f"{MAP}-*.npz")]
        return sorted((path for path in paths if step_of(path) >= 0), key=step_of)

    def snapshot(self, path: Path) -> Snapshot | None:
        """Return the snapshot in a file, or None if the file is damaged or was removed."""
        return self._read(path, lambda arrays, version: _snapshot(step_of(path), arrays, version))

    def snapshot_map(self, path: Path) -> SnapshotMap | None:
        """Return the map in the file of a snapshot; the embeddings are not read.

        Return None if there is no map, or if the file is damaged or was removed.
        """
        return self._read(path, lambda arrays, _: _snapshot_map(arrays))

    def _read(self, path: Path, contents: Callable[[Arrays, Version | None], T]) -> T | None:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return contents(arrays, version_of(file.fileno()))
        except FileNotFoundError:  # a Recorder thins out its snapshots
            return None
        except DAMAGED:
            self._count(path)
            return None

    def _count(self, path: Path) -> None:
        if path not in self._unreadable:
            self._unreadable.add(path)
            self.damaged += 1


class _Log:
    """A log file that is read while a run is written; an incomplete last line is read once it is complete."""

    def __init__(self, path: Path) -> None:
        self._path, self._offset, self._head = path, 0, b""
        self._in_long_line = False
        """Whether the offset is within a line that is longer than :data:`MAX_READ`."""
        self.replaced = False

    def read(self) -> tuple[list[dict[str, Any]], int]:
        """Read on from where the last call ended; return the records, and how many damaged lines were skipped.

        A call usually reads at most :data:`MAX_READ` bytes, but reads on if these hold no valid record. The list of
        records is empty only if no complete line is left to read, or the file cannot be read or has been replaced.
        """
        records: list[dict[str, Any]] = []
        damaged = 0
        while not records and (data := self._read_block()):
            lines = data[: data.rfind(b"\n") + 1]
            if lines:
                self._head = self._head if self._offset else lines[:HEAD]
                self._offset += len(lines)
                if self._in_long_line:
                    self._in_long_line, lines = False, lines.partition(b"\n")[2]
                records, more = records_of(lines)
                damaged += more
            elif len(data) == MAX_READ:
                self._head = self._head if self._offset else data[:HEAD]
                self._offset += len(data)
                damaged += not self._in_long_line
                self._in_long_line = True
            else:
                break
        return records, damaged

    def _read_block(self) -> bytes:
        """Return the next bytes of the log, at most :data:`MAX_READ`.

        Returns ``b""`` at the end of the file, or if the file has been replaced or cannot be read.
        """
        try:
            with self._path.open("rb") as file:
                shorter = os.fstat(file.fileno()).st_size < self._offset
                self.replaced |= shorter or file.read(len(self._head)) != self._head
                file.seek(self._offset)
                return b"" if self.replaced else file.read(MAX_READ)
        except OSError:
            return b""


def records_of(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the records in the lines of a log, and the number of damaged lines."""
    records, damaged = [], 0
    for line in data.splitlines():
        try:
            record = _decoded(line)
        except (ValueError, RecursionError):
            damaged += 1
            continue
        if isinstance(record, dict):
            records.append(record)
        else:
            damaged += 1
    return records, damaged


def _decoded(line: bytes) -> Any:  # noqa: ANN401 - whatever the line holds
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return json.loads(line)  # slower, but reads NaN and Infinity


def read_records(path: Path) -> tuple[list[dict[str, Any]], int]:
    """Return all records of a log file and the number of damaged lines; an incomplete last line counts as damaged."""
    return records_of(path.read_bytes())


def _without_superseded(records: list[dict[str, float]]) -> list[dict[str, float]]:
    kept: list[dict[str, float]] = []
    for record in records:
        while kept and kept[-1]["step"] > record["step"]:
            kept.pop()
        if kept and kept[-1]["step"] == record["step"]:
            kept[-1] |= record
        else:
            kept.append(record)
    return kept


def _is_step(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _figures(record: dict[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in record.items() if _is_name(key) and _number(value)}


@lru_cache(4096)
def _is_name(key: str) -> bool:
    """Return whether ``key`` can be the name of a figure: it is printable, not too long, and not "step"."""
    return key != "step" and key.isprintable() and len(key) < MAX_KEY


def _number(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1000)


def _snapshot(step: int, arrays: Arrays, version: Version | None) -> Snapshot:
    """Return the snapshot in a file. Raises ValueError if the arrays are not those of a snapshot."""
    snapshot, found = _checked(step, *map(arrays.get, ("h", "z", "similarity", "patches"))), _snapshot_map(arrays)
    if found is not None and len(found.xy) != len(snapshot.h):
        raise ValueError("xy is not float[n, 2]")
    return snapshot._replace(map=found, version=version)


def _snapshot_map(arrays: Arrays) -> SnapshotMap | None:
    xy, method = arrays.get("xy"), str(arrays.get("method", "umap"))
    if xy is None:
        return None
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError("xy is not float[n, 2]")
    figures = (float(arrays.get(name, math.nan)) for name in ("trustworthiness", "agreement", "movement"))
    return SnapshotMap(keep(_floats(xy)), msgspec.convert(method, MapMethod), *figures)


def _checked(
    step: int,
    h: Any,  # noqa: ANN401 - whatever the file holds
    z: Any,  # noqa: ANN401
    similarity: Any,  # noqa: ANN401
    patches: Any,  # noqa: ANN401
) -> Snapshot:
    if h is None or h.ndim != 2 or not all(h.shape):
        raise ValueError("h is not float[n, D]")
    if z is not None and (z.ndim not in (2, 3) or not all(z.shape) or (z.ndim == 3 and len(z) > 2)):
        raise ValueError("z is not float[n, D] or float[2, n, D]")
    if similarity is not None and (similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]):
        raise ValueError("similarity is not float[R, R]")
    if patches is not None and not (are_patches(patches.shape) and len(patches) <= min(len(h), MAX_PATCH_SAMPLES)):
        raise ValueError("patches is not float[m, p, q, e]")
    views = None if z is None else _floats(keep(z if z.ndim == 3 else z[None], 1))
    cells, features = (None if array is None else _floats(array) for array in (similarity, patches))
    return Snapshot(step, _floats(keep(h)), views, cells, patches=features)


def _floats(array: npt.NDArray[np.generic]) -> Floats:
    """Return the array as float32, with zeros in place of NaN and infinity, which occur in diverged runs."""
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.asarray(array, np.float32), copy=False, nan=0.0, posinf=0.0, neginf=0.0)
