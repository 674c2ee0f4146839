"""How long OpenMP's waiting threads should spin: training alone, and beside one foreign process on one core.

Samples per second of ``sslviz train shapes`` for each ``GOMP_SPINCOUNT`` in turn (300,000 is what GNU's OpenMP does if
nobody sets it), and with one thread. The foreign process counts without end on the first of the cores that this process
may use. ``kept_*`` is the speed beside it over the speed alone, round by round. Linux only: elsewhere the variable has
no effect, and the foreign process has no core of its own.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from harness import Figures, alternate, environment, own_place, ratios, run

ROUNDS, SECONDS = 3, 15.0
SETTINGS = {
    **{f"spin_{count}": {"GOMP_SPINCOUNT": str(count)} for count in (300_000, 20_000, 5_000, 1_000, 100, 0)},
    "one_thread": {"OMP_NUM_THREADS": "1"},
}
"""Environment variables of each way to wait."""
COUNT = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
parent = os.getppid()
while os.getppid() == parent:
    pass
"""
"""Program of the foreign process, which ends with the benchmark even if that is killed."""


def measure(rounds: int, seconds: float) -> Figures:
    """See the module."""
    with own_place():
        legs = {}
        for name, variables in SETTINGS.items():
            legs[f"alone_{name}"] = partial(train, seconds, variables)
            legs[f"beside_{name}"] = partial(train_beside, seconds, variables)
        found: Figures = alternate(legs, rounds)
    kept = {f"kept_{name}": ratios(found[f"beside_{name}"], found[f"alone_{name}"]) for name in SETTINGS}
    return found | kept


def train(seconds: float, variables: dict[str, str]) -> float:
    """Samples per second of a training in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "sslviz",
        "train",
        "shapes",
        "--seconds",
        str(seconds),
        "--device",
        "cpu",
        "--json",
    ]
    with environment(OMP_WAIT_POLICY=None, **{"GOMP_SPINCOUNT": None, "OMP_NUM_THREADS": None, **variables}):
        return float(run(command)["samples_per_second"])


def train_beside(seconds: float, variables: dict[str, str]) -> float:
    """The same beside a foreign process."""
    with foreign_process():
        return train(seconds, variables)


@contextlib.contextmanager
def foreign_process() -> Iterator[None]:
    """A process that keeps one core busy."""
    with subprocess.Popen([sys.executable, "-c", COUNT], env=dict(os.environ)) as process:
        try:
            yield
        finally:
            process.kill()
