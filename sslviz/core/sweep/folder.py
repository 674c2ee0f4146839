"""Reads and writes the folders of sweeps.

sweep.toml    what varies: preset, vary, seeds, fixed, steps or seconds, see :class:`~sslviz.core.sweep.plan.Sweep`
KEY=VALUE,seed=N/
              a run folder for each combination of values and each seed
    summary.json
              written when the run has ended: what ``sslviz train --json`` has printed; of a failed run, the state
              "failed" and a text that says why
unfinished/   run folders of runs that were broken off and have been begun again
"""

from __future__ import annotations

import itertools
import json
import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import tomli_w
from filelock import FileLock, Timeout

from sslviz.core.durable_file import write_durably
from sslviz.core.folders import check_writable
from sslviz.core.run_folder import holds_run
from sslviz.core.settings import Values
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.plan import Sweep, value_text

LOCK = ".lock"
"""Name of the file that a process holds locked while it trains the sweep."""
SWEEP, SUMMARY, UNFINISHED = "sweep.toml", "summary.json", "unfinished"
"""Names of the two files and of the folder that only sweeps have."""
SweepRunState = Literal["waiting", "unfinished", "finished", "failed"]
"""State of a run of a sweep: it is unfinished while it trains, and remains so if it was broken off."""


class SweepRun(NamedTuple):
    """A run of a sweep.

    ``path``: its run folder, which exists unless the run is waiting. ``values``: values of the settings that vary.
    ``figures``: the numbers that ``sslviz train --json`` has printed, by key; empty unless the run is finished.
    ``text``: if the run has failed, a sentence that says why.
    """

    path: Path
    values: Values
    seed: int
    state: SweepRunState = "waiting"
    figures: Mapping[str, float] = {}
    text: str = ""


def holds_sweep(folder: Path) -> bool:
    """Return whether there is a sweep.toml in the folder."""
    return os.path.exists(folder / SWEEP)  # unlike Path.exists, it is False of what may not be read


def is_trained(folder: Path) -> bool:
    """Return whether a process is training the sweep in a folder now."""
    try:
        if (folder / LOCK).exists():
            with FileLock(folder / LOCK, timeout=0):
                return False
    except Timeout:
        return True
    except OSError:  # the folder cannot be written, or not even read
        pass
    return False


def read_sweep(folder: Path) -> Sweep:
    """Return the plan of the sweep in a folder. Raises SweepError if the folder holds no sweep that can be read."""
    try:
        return msgspec.convert(tomllib.loads((folder / SWEEP).read_text("utf-8")), Sweep)
    except FileNotFoundError as error:
        raise SweepError(f"{folder} holds no sweep: there is no {SWEEP} in it.") from error
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise SweepError(f"{folder / SWEEP} could not be read: {error}") from error


def sweep_to_continue(folder: Path) -> Sweep | None:
    """Return the plan of the sweep in a folder; None if the folder is empty or missing, and a sweep can be begun there.

    Raises:
        SweepError: the folder holds something else, or cannot be written.
    """
    try:
        check_writable(folder)
        if holds_sweep(folder):
            return read_sweep(folder)
        if folder.exists() and any(not path.name.startswith(".") for path in folder.iterdir()):
            raise SweepError(f"{folder} holds something else than a sweep. Choose another folder.")
    except OSError as error:
        raise SweepError(
            f"The folder {folder} cannot be written: {error.strerror or error}. Choose another."
        ) from error
    return None


def write_sweep(folder: Path, sweep: Sweep) -> None:
    """Create the folder of a sweep and write its plan to sweep.toml. Raises OSError if the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    table = {key: value for key, value in msgspec.structs.asdict(sweep).items() if value is not None}
    write_durably(folder / SWEEP, tomli_w.dumps(table).encode())


def sweep_runs(folder: Path, sweep: Sweep) -> tuple[SweepRun, ...]:
    """Return all runs of a sweep with their states, in the order in which they are trained: seed by seed."""
    each = itertools.product(sweep.seeds, sweep.combinations)
    return tuple(read_run(SweepRun(folder / _name(values, seed), values, seed)) for seed, values in each)


def write_summary(run: Path, summary: Mapping[str, Any]) -> None:
    """Write the summary of a run that has ended to its folder, which is created if it is missing.

    Raises:
        OSError: the folder cannot be written.
    """
    run.mkdir(parents=True, exist_ok=True)
    write_durably(run / SUMMARY, json.dumps(summary, indent=2).encode() + b"\n")


def put_aside(run: Path) -> None:
    """Move the folder of a run, if there is one, to the folder "unfinished" of its sweep."""
    if not run.exists():
        return
    aside = run.parent / UNFINISHED
    aside.mkdir(exist_ok=True)
    names = (run.name if number == 1 else f"{run.name}-{number}" for number in itertools.count(1))
    run.rename(next(aside / name for name in names if not (aside / name).exists()))


def read_run(run: SweepRun) -> SweepRun:
    """Return a run of a sweep with the state, the figures and the text that its folder has now."""
    summary = _summary(run.path)
    if summary is None:
        return run._replace(state="unfinished" if holds_run(run.path) else "waiting", figures={}, text="")
    if summary.get("state") == "finished":
        return run._replace(state="finished", figures=_numbers(summary), text="")
    return run._replace(state="failed", figures={}, text=str(summary.get("text", "")))


def _name(values: Values, seed: int) -> str:
    """Return the name of a run folder, such as ``temperature=0.1,seed=0``."""
    return ",".join(f"{key}={value_text(value)}" for key, value in {**values, "seed": seed}.items())


def _summary(run: Path) -> dict[str, Any] | None:
    """Return the summary of a run; None if it is missing or damaged."""
    try:
        summary = json.loads((run / SUMMARY).read_text("utf-8"), parse_int=float)  # one too large for it is inf
    except (OSError, ValueError, RecursionError):
        return None
    return summary if isinstance(summary, dict) else None


def _numbers(summary: Mapping[str, Any]) -> dict[str, float]:
    """Return the finite numbers in a summary; those of a dictionary get keys such as "knn_by_label.digit"."""
    found = dict(summary)
    for key, value in summary.items():
        found |= {f"{key}.{inner}": each for inner, each in value.items()} if isinstance(value, dict) else {}
    return {key: value for key, value in found.items() if isinstance(value, float) and math.isfinite(value)}
