"""What a run folder holds when a script continues it with ``sslviz.Recorder(run, resume=True)``."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from sslviz.core.panel_data import Probe
from sslviz.core.recorder_inputs import kept_rows
from sslviz.core.recording import Recording, records_of
from sslviz.core.run_folder import MAP, RunFolderError, step_of
from sslviz.core.run_writer.steps import NO_STEP
from sslviz.core.settings import Values

TAIL = 2**16
"""Number of last bytes of metrics.jsonl in which the last record is looked for."""
EPOCH = "epoch"
"""Type of the event which says that the step numbers of the script began again."""


class EarlierRun:
    """The recording in a run folder, which a resumed script continues.

    Raises RunFolderError in three cases: the folder holds no run; sslviz itself has trained the run; or another version
    of sslviz has recorded it, which chose other samples to keep than this version would (see :func:`kept_rows`).

    Attributes:
        last_step: The step of the last record of metrics.jsonl, or of a snapshot if that is larger; :data:`NO_STEP` if
            there are neither.
        wall_time_s: Duration of the recording in seconds.
        joined: Whether the step numbers of the script began again during the recording, for example at each epoch.
        settings: The settings of the run.
        samples: The samples of the snapshots; None if there are none.
    """

    def __init__(self, path: Path) -> None:
        recording = Recording(path)
        if any((path / "checkpoints").glob("*.json")) or any((path / "snapshots").glob(f"{MAP}-*.npz")):
            raise RunFolderError("a script cannot continue what sslviz has trained itself")
        last = _last_record(path / "metrics.jsonl")
        steps = [step_of(snapshot) for snapshot in recording.snapshot_paths()]
        self.last_step = max(int(last.get("step", NO_STEP)), *steps, NO_STEP)
        self.wall_time_s = float(last.get("wall_time_s", 0.0))
        events = list(itertools.chain.from_iterable(iter(recording.new_events, [])))
        self.joined = any(event.get("event") == EPOCH for event in events)
        self.settings: Values = recording.values() | _changes(events)
        self.samples: Probe | None = recording.samples()
        if self.samples is not None and not _is_choice_of_now(self.samples):
            raise RunFolderError("its samples were chosen by another version")


def _is_choice_of_now(samples: Probe) -> bool:
    """Return whether this version of sslviz would choose the same ones of ``samples.split_size`` samples to keep."""
    return np.array_equal(samples.ids.numpy(), kept_rows(samples.split_size))


def _last_record(path: Path) -> dict[str, Any]:
    """Return the last complete record with a step among the last :data:`TAIL` bytes of a log.

    Returns an empty dictionary if there is none.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - TAIL, 0))
            records, _ = records_of(file.read())
    except OSError:
        return {}
    return next((record for record in reversed(records) if isinstance(record.get("step"), int)), {})


def _changes(events: list[dict[str, Any]]) -> Values:
    """Return the settings that were changed during the recording, with their newest values."""
    changes = [event.get("changes") for event in events if event.get("event") == "change"]
    return {
        key: pair[1]
        for each in changes
        if isinstance(each, dict)
        for key, pair in each.items()
        if isinstance(pair, list) and len(pair) == 2
    }
