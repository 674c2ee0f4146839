"""Trains the runs whose verdicts are judged, each in a process of its own, and keeps of each a trace.

A trace, ``PROVOCATION-SEED.json``, holds all that the diagnosis was told during the training, and beside it the
withheld figures (see provocations.Line), by which it is decided what was right to say:

- ``given``: the settings. ``changes``: (step, key, value) for each live setting that was turned.
- ``lines``: (step, reference lines); those of the last step before a reading are in force.
- ``readings``: what the diagnosis was given at each step, with ``terms``, the means of the methods' own terms and of
  the gradient norm since the reading before, and ``withheld``. The reading of step 0 has withheld figures alone.
- ``ended``: how the run ended.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from provocations import BATCH, EVERY, PATIENCE, PROVOCATIONS, SMALL, STEPS, TURNED_AFTER, Provocation
from subjects import Listening
from withheld import Withheld, onset

from sslviz.core.catalogue import chosen_objective
from sslviz.core.durable_file import write_durably
from sslviz.core.entries import Catalogue
from sslviz.core.messages import Change, Verdict, Watch
from sslviz.core.presets import preset_named
from sslviz.core.recording import read_records
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Value, Values
from sslviz.engine.observing.diagnosis import Diagnoser
from sslviz.engine.observing.diagnosis_case import Reading
from sslviz.engine.observing.observation import Observation
from sslviz.engine.observing.observers import ReferenceLinesObserver
from sslviz.engine.serving.process import keep_memory
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.engine.training.cores import use_physical_cores
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.inbox import Inbox
from sslviz.engine.training.run import Plan, Run
from sslviz.engine.training.run_log import RunLog
from sslviz.engine.training.setup import Setup

Trace = dict[str, Any]
NO_PANELS = Watch(panel_data=())


# --------------------------------------------------------------------------- the training


class OnTheRecord(Diagnoser):
    """The engine's own diagnosis, which keeps all that it is told."""

    def __init__(self, values: Values, settings: Mapping[str, Any]) -> None:
        super().__init__(values, settings)
        self.readings: list[Trace] = []
        self.lines: list[tuple[int, tuple[ReferenceLine, ...]]] = []

    def add(self, reading: Reading, reference_lines: Iterable[ReferenceLine]) -> Verdict | None:
        lines = tuple(reference_lines)
        if not self.lines or self.lines[-1][1] != lines:
            self.lines.append((reading.step, lines))
        self.readings.append(reading._asdict())
        return super().add(reading, lines)


class OnTheGrid(Observation):
    """The engine's own observation of a run, whose readings come at fixed steps instead of when there is time."""

    def __init__(self, provocation: Provocation, setup: Setup, run_log: RunLog, inbox: Inbox) -> None:
        super().__init__(setup, run_log, inbox, Listening(), None, watched=False)
        self._provocation, self._inbox = provocation, inbox
        self.record = OnTheRecord(setup.values, setup.settings)
        self._reporter._diagnoser = self.record
        self._withheld: Withheld
        self.readings: list[Trace] = []

    def before_training(self) -> None:
        super().before_training()
        self._withheld = Withheld(self._setup.trainer, self.evaluation)
        self.readings.append({"step": 0, "withheld": self._withheld.measure({})})

    def between_steps(self, *, idle: bool = False) -> None:
        """Measure where it is time, turn the settings, and end the run some time after something has gone wrong."""
        step = self._setup.trainer.step_number
        if step == 1:
            reporter = self._reporter
            ReferenceLinesObserver(self.evaluation, reporter.report, reporter.report_lines).observe(NO_PANELS)
        if step != 1 and step % EVERY:
            return
        figures = self.evaluation.health.trained()
        self._reporter.report_and_diagnose(step, figures)
        self.readings.append({**self.record.readings[-1], "withheld": self._withheld.measure(figures)})
        if step == TURNED_AFTER and self._provocation.turned:
            self._inbox.put(Change(values=dict(self._provocation.turned)))
        if step + EVERY > self._last_step():
            self._inbox.stop()

    def _last_step(self) -> int:
        since = onset(self._provocation, self.readings)
        return STEPS if since is None else since + PATIENCE


def train(name: str, seed: int, folder: str) -> str:
    """Train a provocation with a seed and write its trace into ``folder``; return how the run ended."""
    use_physical_cores()
    keep_memory()
    provocation, catalogue, inbox = PROVOCATIONS[name], build_catalogue(), Inbox()
    given = settings_of(provocation, seed, catalogue)
    made: list[OnTheGrid] = []

    def observe(setup: Setup, run_log: RunLog) -> Observation:
        made.append(OnTheGrid(provocation, setup, run_log, inbox))
        return made[0]

    with TemporaryDirectory() as place:
        plan = Plan(given, Path(place) / "run")
        ended = Run(plan, catalogue, DataCache(), inbox, Listening(), observe).execute()
        assert made, ended.text
        records, _ = read_records(plan.folder / "metrics.jsonl")
    for before, reading in zip(made[0].readings, made[0].readings[1:], strict=False):
        reading["terms"] = terms([each for each in records if before["step"] < each["step"] <= reading["step"]])
    trace = {
        "name": name,
        "seed": seed,
        "given": given,
        "changes": [(TURNED_AFTER + 1, key, value) for key, value in provocation.turned.items()],
        "lines": [
            (step, [(each.curve, each.label, each.value, each.role) for each in lines])
            for step, lines in made[0].record.lines
        ],
        "readings": made[0].readings,
        "ended": ended.text,
    }
    path = trace_path(Path(folder), name, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, written(trace).encode())
    return ended.text


def settings_of(provocation: Provocation, seed: int, catalogue: Catalogue) -> dict[str, Value]:
    """Return the settings that differ from the defaults."""
    given = {**preset_named(provocation.preset).settings, **provocation.settings, "seed": seed, "device": "cpu"}
    method = chosen_objective(catalogue, given).name
    small = {**SMALL[str(given["data"])], **({"batch_size": BATCH[method]} if method in BATCH else {})}
    return {**small, **given}


def terms(records: list[dict[str, float]]) -> dict[str, float]:
    """Return the means of the methods' own terms and of the gradient norm over the records of some steps."""
    names = {name for each in records for name in each} - {"step", "wall_time_s", "epoch", "loss", "learning_rate"}
    return {name: statistics.fmean(each[name] for each in records if name in each) for name in sorted(names)}


# --------------------------------------------------------------------------- traces


def trace_path(folder: Path, name: str, seed: int) -> Path:
    """Return the file of a trace."""
    return folder / f"{name}-{seed}.json"


def read_trace(path: Path) -> Trace:
    """Return the trace in a file."""
    trace: Trace = json.loads(path.read_text(encoding="utf-8"))
    return trace


def written(trace: Trace) -> str:
    """Return a trace as JSON: four digits of each number, one reading per line."""
    short = _short(msgspec.to_builtins(trace))
    parts = [f'"{key}": {json.dumps(value)}' for key, value in short.items() if key != "readings"]
    readings = ",\n".join(json.dumps(reading) for reading in short["readings"])
    return "{" + ",\n".join(parts) + f',\n"readings": [\n{readings}\n]}}\n'


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _short(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_short(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
