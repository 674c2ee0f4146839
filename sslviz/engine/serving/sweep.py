"""Trains the runs of a sweep, each in a process of its own, and says how they compare."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from filelock import FileLock, Timeout

from sslviz.core.entries import Catalogue
from sslviz.core.log import debugging
from sslviz.core.settings import Value
from sslviz.core.sweep import SweepError
from sslviz.core.sweep.folder import LOCK, SweepRun, put_aside, read_run, sweep_runs, write_summary, write_sweep
from sslviz.core.sweep.plan import Sweep
from sslviz.core.sweep.sentences import SweepWords
from sslviz.core.sweep.statistics import Outcome, outcomes
from sslviz.engine.serving.signals import handle_signals
from sslviz.engine.serving.sweep_process import SweepProcess, wait_for_writer
from sslviz.engine.serving.sweep_progress import SweepProgress
from sslviz.engine.training.cores import physical_cores
from sslviz.engine.training.device import check_available, devices

FINISHED, FAILED = 0, 1
"""Exit codes: all runs are finished, or some have failed."""
CORES_EACH = 4
"""Minimum number of physical cores of each run, if several are trained beside each other."""
LOCK_S = 1.0
"""Maximum time, in seconds, that the lock of the folder is waited for: a window that looks on takes it for moments."""
POLL_S = 0.1
"""Interval in seconds at which the processes are looked at."""


class Share(NamedTuple):
    """How the runs of a sweep share the machine.

    ``beside``: number of runs that are trained beside each other. ``threads``: number of threads of each; None for its
    own choice.
    """

    beside: int
    threads: int | None

    @property
    def text(self) -> str:
        """The share in words."""
        if self.threads is None:
            return "one after the other"
        return f"{self.beside} beside each other, with {self.threads} threads each"


def share_of(names: Iterable[Value]) -> Share:
    """Return how runs on the devices of these names share the machine.

    On the CPU, as many are trained beside each other as there are groups of :data:`CORES_EACH` physical cores; on any
    other device, one after the other.

    Raises:
        SettingError: this machine lacks one of the devices.
    """
    named = set(map(str, names))
    for name in named:
        check_available(name)
    fastest = {entry.name for entry in devices() if entry.available}
    on_cpu = named <= ({"cpu", "auto"} if fastest == {"cpu"} else {"cpu"})
    cores = physical_cores()
    beside = max(1, cores // CORES_EACH) if on_cpu else 1
    return Share(beside, cores // beside if beside > 1 else None)


def train_sweep(folder: Path, sweep: Sweep, catalogue: Catalogue, as_json: bool) -> int:
    """Train those runs of a sweep that are not finished, print how all of them compare, and return the exit code.

    The exit code is :data:`FINISHED` or :data:`FAILED`. If a signal with the number n has stopped the sweep, the runs
    in progress are broken off, and the code is 128 + n.

    ``as_json``: whether the comparison is printed as one line of JSON instead of text.

    Raises:
        SettingError: this machine lacks a device that the sweep needs.
        SweepError: the folder cannot be written, or another process trains a run in it.
    """
    words = SweepWords(sweep, catalogue)
    share = share_of(sweep.values(each, catalogue)["device"] for each in sweep.combinations)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK, timeout=LOCK_S):
            write_sweep(folder, sweep)
            number = Training(folder, sweep, words, share).execute()
    except Timeout as error:
        text = f"The sweep in {folder} is being trained by another process. Wait until that one has ended."
        raise SweepError(text) from error
    except OSError as error:
        raise SweepError(f"The sweep in {folder} cannot be written: {error.strerror or error}.") from error
    runs, out = sweep_runs(folder, sweep), sys.stdout
    state = _state(runs, number)
    if number:
        sys.stderr.write(f"Stopped. To go on: sslviz sweep --out {shlex.quote(str(folder))}\n")
    given = (folder, sweep, words, runs, state)
    print(json.dumps(comparison(*given)) if as_json else text_of(folder, words, runs), file=out, flush=True)
    return 128 + number if number else (FINISHED if state == "finished" else FAILED)


class Training:
    """Trains the runs of a sweep that are not finished. Call :meth:`execute` once."""

    def __init__(self, folder: Path, sweep: Sweep, words: SweepWords, share: Share) -> None:
        self._folder, self._sweep, self._share = folder, sweep, share
        runs = sweep_runs(folder, sweep)
        self._waiting = deque(run for run in runs if run.state != "finished")
        self._running: list[SweepProcess] = []
        self._progress = SweepProgress(words, len(runs) - len(self._waiting), len(runs))
        self._signal = 0
        self._interrupted = threading.Event()

    def execute(self) -> int:
        """Train the runs; return the number of the signal that has stopped them, 0 without one.

        Raises:
            OSError: a process cannot be started, or a folder cannot be written.
            SweepError: another process trains one of the runs.
        """
        length = f"{self._sweep.seconds:g} s" if self._sweep.steps is None else f"{self._sweep.steps:,} steps"
        sys.stderr.write(f"{self._sweep.size} runs of {length}, {self._share.text}; {self._folder}\n")
        with handle_signals(self._interrupt):
            try:
                while (self._waiting or self._running) and not self._interrupted.is_set():
                    self._start_some()
                    self._interrupted.wait(POLL_S)
                    self._take_ended()
                    self._progress.show(self._running)
            finally:
                for process in self._running:
                    process.kill()
                self._progress.close()
        return self._signal

    def _interrupt(self, number: int, _: int) -> None:
        self._signal = number
        self._interrupted.set()

    def _start_some(self) -> None:
        while self._waiting and len(self._running) < self._share.beside:
            run = self._waiting.popleft()
            wait_for_writer(run.path)
            put_aside(run.path)
            self._running.append(SweepProcess(self._sweep, run, self._share.threads))

    def _take_ended(self) -> None:
        for process in [process for process in self._running if process.ended]:
            self._running.remove(process)
            summary = process.take_summary()
            if summary is not None:
                write_summary(process.run.path, summary)
            self._progress.note_end(read_run(process.run), process.written if debugging() else ())


def _state(runs: Sequence[SweepRun], number: int) -> str:
    if all(run.state == "finished" for run in runs):
        return "finished"
    return "stopped" if number else "failed"


def comparison(
    folder: Path, sweep: Sweep, words: SweepWords, runs: Sequence[SweepRun], state: str
) -> dict[str, object]:
    """Return the object that ``--json`` prints: what varied, the statistics of each combination, and sentences.

    ``state``: "finished" if all runs are, or else "stopped" by a signal, or "failed".
    """
    return {
        "state": state,
        "varied": sweep.vary,
        "seeds": sweep.seeds,
        "values": [{**outcome.values, **_by_figure(outcome)} for outcome in outcomes(runs)],
        "sentences": words.sentences(runs),
        "sweep": str(folder),
    }


def text_of(folder: Path, words: SweepWords, runs: Sequence[SweepRun]) -> str:
    """Return how the runs of a sweep compare, as text: a line for each combination of values, then sentences."""
    with_knn = [outcome for outcome in outcomes(runs) if "knn" in outcome.figures]
    lines = [f"{words.name(outcome.values)}: k-NN {_spread(*outcome.statistics['knn'])}" for outcome in with_knn]
    return "\n".join([*lines, *words.sentences(runs), str(folder)])


def _spread(mean: float, std: float | None, n: int) -> str:
    return f"{mean:.3f}, one seed" if std is None else f"{mean:.3f}, standard deviation {std:.3f}, {n} seeds"


def _by_figure(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Return mean, standard deviation and number of seeds of each figure, as three dictionaries by figure."""
    found = outcome.statistics
    return {part: {key: getattr(found[key], part) for key in found} for part in ("mean", "std", "n")}
