"""How often the diagnosis is right, over real trainings that are healthy or in which something is provoked.

What is provoked, and what is right to say of it, is written down in ``provocations.py``. Each training leaves a trace
in a folder (``--out``); one whose trace exists is not trained again. Judging reads traces only: the diagnosis is told
once more what it was told during the training, once with the labels hidden and once with them shown, and what it says
is compared with what is right. Trainings that the rules were made with, and those that they have never seen, are
counted apart.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from harness import leg, plain
from provocations import PATIENCE, PROVOCATIONS, SEEN_SEEDS
from verdict_runs import Trace, read_trace, settings_of, trace_path
from withheld import comes_true, has_learned, onset

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.folders import cache_folder
from sslviz.core.messages import TROUBLE, Verdict
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.setting_changes import SettingChange
from sslviz.engine.observing.diagnosis import Diagnoser
from sslviz.engine.observing.diagnosis_case import MIN_STEPS, Reading
from sslviz.engine.training.catalogue import build_catalogue

SEEDS = (0, 1, 2)
LEARNING, TOO_EARLY, NO_WORD = "learning", "nothing learned yet", "no word"
Said = list[tuple[int, Verdict | None]]
"""What the diagnosis said at each reading: step and confirmed verdict."""


class Judged(NamedTuple):
    """What the diagnosis said of one run.

    Attributes:
        run: its name and seed.
        seen: whether the rules were made with it.
        truth: what was right at the end, in a word; ``right``: all words that were right then.
        said: what it said at the end.
        delay: steps from the onset to the first right word; None if it never came, or if nothing was wrong.
        readings: how many readings were made while nothing was wrong; ``alarms``: how many of them were said to be in
            trouble.
    """

    run: str
    seen: bool
    truth: str
    right: frozenset[Verdict | None]
    said: Verdict | None
    delay: int | None
    readings: int
    alarms: int


def report(seeds: Sequence[int], folder: Path | None, as_json: bool) -> int:
    """Train what is missing, judge all traces and print the tables; returns the exit code."""
    folder = folder or cache_folder() / "verdicts"
    wanted, catalogue = [(name, seed) for seed in seeds for name in PROVOCATIONS], build_catalogue()
    for number, (name, seed) in enumerate(wanted, 1):
        if not is_kept(trace_path(folder, name, seed), name, seed, catalogue):
            print(f"run {number} of {len(wanted)}: {name}, seed {seed}", file=sys.stderr, flush=True)
            leg("verdict_runs", "train", name=name, seed=seed, folder=str(folder))
    traces = [read_trace(trace_path(folder, name, seed)) for name, seed in wanted]
    tables = {shown: [judged(trace, catalogue, shown == "shown") for trace in traces] for shown in ("hidden", "shown")}
    for shown, runs in tables.items():
        print(f"Labels {shown} from the rules\n\n{text_of(runs)}\n", file=sys.stderr)
    if as_json:
        found = {f"labels_{shown}": by_division(runs) for shown, runs in tables.items()}
        print(json.dumps(plain({"benchmark": "verdicts", "seeds": list(seeds), "folder": str(folder), **found})))
    return 0


def is_kept(path: Path, name: str, seed: int, catalogue: Catalogue) -> bool:
    """Return whether there is a trace of a run with the settings that the table has now."""
    if not path.exists():
        return False
    trace, turned = read_trace(path), PROVOCATIONS[name].turned
    same = trace["given"] == settings_of(PROVOCATIONS[name], seed, catalogue)
    return same and {key: value for _, key, value in trace["changes"]} == turned


# --------------------------------------------------------------------------- one run


def judged(trace: Trace, catalogue: Catalogue, labels: bool) -> Judged:
    """Judge what the diagnosis says of a run; ``labels`` tells whether the rules may see figures of labels."""
    provocation, readings = PROVOCATIONS[trace["name"]], trace["readings"][1:]
    since = onset(provocation, readings)
    end = readings[-1]["step"] if since is None else since + PATIENCE
    last = max((each for each in readings if each["step"] <= end), key=lambda each: each["step"])
    said = said_of(trace, catalogue, labels)
    true = comes_true(provocation, last["step"], last["withheld"])
    learned = has_learned(last["step"], last["withheld"])
    verdict = dict(said)[last["step"]]
    truth, right = what_is_right(provocation.words if true else (), learned, verdict)
    came = [step for step, verdict in said if verdict in right and since is not None and since <= step <= end]
    well = [verdict for step, verdict in said if step >= MIN_STEPS and (since is None or step < since)]
    counted = well if provocation.turned or not provocation.words else []
    return Judged(
        run=f"{trace['name']}, seed {trace['seed']}",
        seen=provocation.seen and trace["seed"] in SEEN_SEEDS,
        truth=truth,
        right=right,
        said=verdict,
        delay=came[0] - since if came and true and since is not None else None,
        readings=len(counted),
        alarms=sum(verdict in TROUBLE for verdict in counted),
    )


def what_is_right(
    true: tuple[Verdict, ...], learned: bool, said: Verdict | None
) -> tuple[str, frozenset[Verdict | None]]:
    """Return what is right in a word, and all words that are; ``true`` are those of a provocation that came true.

    Of several right words, the one that was ``said`` is taken, else the first.
    """
    if true:
        return said if said in true else true[0], frozenset(true)
    return (
        (LEARNING, frozenset({"learning"})) if learned else (TOO_EARLY, frozenset({"not_learning", "learning", None}))
    )


def said_of(trace: Trace, catalogue: Catalogue, labels: bool) -> Said:
    """Tell the diagnosis what it was told during a run, and return what it says at each reading."""
    values = resolve_values(catalogue, trace["given"])
    settings = {each.key: each for each in settings_for(catalogue, values)}
    diagnoser, said = Diagnoser(values, settings), Said()
    changes = list(trace["changes"])
    for each in trace["readings"][1:]:
        if changes and changes[0][0] <= each["step"]:
            step, now = changes[0][0], {key: value for _, key, value in changes}
            told = tuple(
                SettingChange(key=key, label=settings[key].label, before=values[key], after=now[key]) for key in now
            )
            diagnoser.configure({**values, **now}, step, told)
            changes = []
        said.append((each["step"], diagnoser.add(reading_of(each, labels), lines_at(trace, each["step"], labels))))
    return said


def reading_of(recorded: Trace, labels: bool) -> Reading:
    """Return a recorded reading, without the figures of labels unless ``labels`` is true."""
    known = {key: value for key, value in recorded.items() if key in Reading._fields}
    figures = {key: value for key, value in recorded["figures"].items() if labels or not of_labels(key)}
    return Reading(**{**known, "figures": figures})


def lines_at(trace: Trace, step: int, labels: bool) -> tuple[ReferenceLine, ...]:
    """Return the reference lines that were in force at a step, those of labels only if ``labels`` is true."""
    in_force = [lines for since, lines in trace["lines"] if since <= step][-1]
    return tuple(
        ReferenceLine(curve=curve, label=label, value=value, role=role)
        for curve, label, value, role in in_force
        if labels or not of_labels(curve)
    )


def of_labels(key: str) -> bool:
    """Return whether a figure is computed from labels."""
    return key == "knn" or key.startswith("knn_")


# --------------------------------------------------------------------------- all runs


def by_division(runs: Iterable[Judged]) -> dict[str, Any]:
    """Return the figures of the runs that the rules have seen, and of the others."""
    runs = list(runs)
    return {
        name: figures([each for each in runs if each.seen == seen])
        for name, seen in (("seen", True), ("unseen", False))
    }


def figures(runs: Sequence[Judged]) -> dict[str, Any]:
    """Return the confusion matrix, by what was right and then by what was said, and what it comes to."""
    delays = [each.delay for each in runs if each.delay is not None]
    readings, wrong = sum(each.readings for each in runs), [each for each in runs if each.said not in each.right]
    matrix: dict[str, Counter[str]] = {}
    for each in runs:
        matrix.setdefault(each.truth, Counter())[each.said or NO_WORD] += 1
    return {
        "runs": len(runs),
        "right": 1 - len(wrong) / len(runs) if runs else None,
        "healthy_readings": readings,
        "false_alarms_per_100": 100 * sum(each.alarms for each in runs) / readings if readings else None,
        "delay_median": statistics.median(delays) if delays else None,
        "delay_worst": max(delays, default=None),
        "matrix": {truth: dict(said) for truth, said in sorted(matrix.items())},
        "wrong": [f"{each.run}: {each.said or NO_WORD}, not {each.truth}" for each in wrong],
    }


def text_of(runs: Iterable[Judged]) -> str:
    """Return the tables for people."""
    return "\n\n".join(
        _table(f"Runs that the rules have {name}" if name == "seen" else "Runs that they have never seen", found)
        for name, found in by_division(runs).items()
    )


def _table(title: str, found: dict[str, Any]) -> str:
    matrix = found["matrix"]
    said = sorted({word for row in matrix.values() for word in row})
    corner = "right (below), said (beside)"
    width = max(map(len, (*matrix, corner)))
    head = f"{corner:<{width}}" + "".join(f"  {word}" for word in said)
    rows = [
        f"{truth:<{width}}" + "".join(f"  {row.get(word, 0) or '·':>{len(word)}}" for word in said)
        for truth, row in matrix.items()
    ]
    shown = {key: value for key, value in plain(found).items() if key not in ("matrix", "wrong")}
    facts = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in shown.items())
    return "\n".join([title, head, *rows, facts, *(f"  wrong: {each}" for each in found["wrong"])])
