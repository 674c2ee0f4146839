"""Reads run folders, also while a program still writes them. Damaged records and files are skipped and counted."""

from __future__ import annotations

import json
import os
import tomllib
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sslviz.core.panel_data import Probe
from sslviz.core.recorder_inputs import MAX_ROWS
from sslviz.core.run_folder import MAP, SNAPSHOT, check_run, step_of
from sslviz.core.samples_file import probe_of
from sslviz.core.settings import Values

Floats = npt.NDArray[np.float32]
DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    MemoryError,
    OverflowError,
    RecursionError,
    zipfile.BadZipFile,
)
"""Exceptions that may be raised while a damaged file is read."""
HEAD = 1024
"""Number of first bytes of a log that identify its run, since the times in the first records differ between runs."""


class Snapshot(NamedTuple):
    """Embeddings of n samples at one step, and a similarity matrix; None stands for what was not recorded.

    ``h``: float32[n, D]. ``z``: float32[V, n, D] of V = 1 or 2 views. ``similarity``: float32[R, R].
    """

    step: int
    h: Floats
    z: Floats | None = None
    similarity: Floats | None = None


class Recording:
    """A run folder, open for reading. Raises RunFolderError if it holds no run."""

    def __init__(self, path: Path) -> None:
        check_run(path)
        self.path = path
        self.damaged = 0
        """Number of lines and files that could not be read."""
        self._metrics, self._events = _Log(path / "metrics.jsonl"), _Log(path / "events.jsonl")
        self._unreadable: set[Path] = set()
        self._samples_file: tuple[int, int] | None = None

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
        plain = {key: value for key, value in table.items() if isinstance(value, bool | int | float | str)}
        huge = {key: str(value) for key, value in plain.items() if isinstance(value, int) and abs(value) >= 2**63}
        return plain | huge  # msgpack has no integers of more than 64 bits

    def new_metrics(self) -> list[dict[str, float]]:
        """Return the records added to metrics.jsonl since the last call; values that are not numbers are left out.

        Where the step decreases, the script was resumed from there: the records of steps that it did again are left
        out. Records of the same step are joined.
        """
        records = []
        for record in self._new(self._metrics):
            step = record.get("step")
            if isinstance(step, int) and not isinstance(step, bool) and abs(step) < 2**53:
                records.append({"step": step, **_figures(record)})
            else:
                self.damaged += 1
        return _without_superseded(records)

    def new_events(self) -> list[dict[str, Any]]:
        """Return the records added to events.jsonl since the last call."""
        return self._new(self._events)

    def _new(self, log: _Log) -> list[dict[str, Any]]:
        records, damaged = log.read()
        self.damaged += damaged
        return records

    def samples_are_new(self) -> bool:
        """Return whether samples.npz was written since the last call; a script may write it at any time."""
        try:
            facts = (self.path / "samples.npz").stat()
        except OSError:
            return False
        before, self._samples_file = self._samples_file, (facts.st_ino, facts.st_mtime_ns)
        return before != self._samples_file

    def samples(self) -> Probe | None:
        """Return images, texts and labels of the snapshots' samples; None if samples.npz is missing or damaged."""
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
        """Return the snapshot files sorted by step: h-STEP.npz, or map-STEP.npz if there is no h-STEP.npz."""
        folder = self.path / "snapshots"
        paths = [*folder.glob(f"{SNAPSHOT}-*.npz")] or [*folder.glob(f"{MAP}-*.npz")]
        return sorted((path for path in paths if step_of(path) >= 0), key=step_of)

    def snapshot(self, path: Path) -> Snapshot | None:
        """Return the snapshot in a file, or None if the file is damaged or was removed."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return _checked(step_of(path), arrays["h"], arrays.get("z"), arrays.get("similarity"))
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
        self.replaced = False

    def read(self) -> tuple[list[dict[str, Any]], int]:
        """Return the records added since the last call, and the number of damaged lines among the new lines."""
        try:
            with self._path.open("rb") as file:
                shorter = os.fstat(file.fileno()).st_size < self._offset
                self.replaced |= shorter or file.read(len(self._head)) != self._head
                if self.replaced:
                    return [], 0
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return [], 0
        lines = data[: data.rfind(b"\n") + 1]
        self._head = self._head or lines[:HEAD]
        self._offset += len(lines)
        return records_of(lines)


def records_of(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """Return the records in the lines of a log, and the number of damaged lines."""
    records, damaged = [], 0
    for line in data.splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            damaged += 1
            continue
        if isinstance(record, dict):
            records.append(record)
        else:
            damaged += 1
    return records, damaged


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


def _figures(record: dict[str, Any]) -> dict[str, float]:
    named = {key: value for key, value in record.items() if key != "step" and key.isprintable()}
    return {key: float(value) for key, value in named.items() if _number(value)}


def _number(value: object) -> bool:
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**1000)


def _checked(step: int, h: Any, z: Any, similarity: Any) -> Snapshot:  # noqa: ANN401 - whatever the file holds
    if h is None or h.ndim != 2 or not all(h.shape):
        raise ValueError("h is not float[n, D]")
    if z is not None and (z.ndim not in (2, 3) or not all(z.shape) or (z.ndim == 3 and len(z) > 2)):
        raise ValueError("z is not float[n, D] or float[2, n, D]")
    if similarity is not None and (similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]):
        raise ValueError("similarity is not float[R, R]")
    views = None if z is None else _floats(z if z.ndim == 3 else z[None])[:, :MAX_ROWS]
    return Snapshot(step, _floats(h)[:MAX_ROWS], views, None if similarity is None else _floats(similarity))


def _floats(array: npt.NDArray[np.generic]) -> Floats:
    """Return the array as float32, with zeros in place of NaN and infinity, which occur in diverged runs."""
    return np.nan_to_num(np.asarray(array, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
