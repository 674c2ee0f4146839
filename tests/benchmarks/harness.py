"""What every benchmark needs: turns, processes of their own, medians and spread, the table and the line of JSON.

Run as a script it plays one leg: ``python tests/benchmarks/harness.py MODULE FUNCTION '{"seconds": 2}'``.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, whose sslviz is measured, installed or not."""
sys.path.insert(0, str(ROOT))
T = TypeVar("T")
Figures = dict[str, list[float]]
"""By name, one value a round; NaN where a round has none."""
POLL_S = 0.1


class Benchmark(Protocol):
    """What the module of a benchmark has."""

    ROUNDS: int
    SECONDS: float

    def measure(self, rounds: int, seconds: float) -> Figures:
        """All of it, in turns."""


# --------------------------------------------------------------------------- turns


def alternate(legs: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Each leg once a round in the order given, A B A B…; what they returned, by leg, round by round."""
    found: dict[str, list[T]] = {name: [] for name in legs}
    for turn in range(rounds):
        for name, leg in legs.items():
            print(f"round {turn + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
            found[name].append(leg())
    return found


def ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Round by round, so that a slower minute of the machine is in both."""
    return [a / b for a, b in zip(above, below, strict=True)]


def columns(rounds: Sequence[Mapping[str, float]]) -> Figures:
    """What each round found, by name."""
    return {name: [each[name] for each in rounds] for name in rounds[0]}


# --------------------------------------------------------------------------- processes


def leg(module: str, function: str, timeout_s: float = math.inf, **arguments: object) -> Any:
    """Call a function of a module here in a process of its own, so that threads and caches are as in reality."""
    return run([sys.executable, __file__, module, function, json.dumps(arguments)], timeout_s=timeout_s)


def run(command: Sequence[str], on_poll: Callable[[int], None] | None = None, timeout_s: float = math.inf) -> Any:
    """Run a process to its end and return its last line of JSON; ``on_poll`` gets its id ten times a second.

    Raises CalledProcessError where it fails, and TimeoutExpired where it takes longer than ``timeout_s``; it is killed.
    """
    deadline = time.monotonic() + timeout_s
    found = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": found}
    ) as process:
        while process.poll() is None:
            if time.monotonic() > deadline:
                process.kill()
                raise subprocess.TimeoutExpired(command, timeout_s)
            if on_poll is not None:
                on_poll(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(POLL_S)
        output = process.communicate()[0]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output)
    return json.loads(output.splitlines()[-1])


@contextlib.contextmanager
def environment(**variables: str | None) -> Iterator[None]:
    """Processes from here on have these environment variables, or lack those that are None."""
    before = dict(os.environ)
    os.environ.update({name: value for name, value in variables.items() if value is not None})
    for name in [name for name, value in variables.items() if value is None]:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def own_place() -> Iterator[Path]:
    """Processes from here on have no screen, and put runs and caches into a folder that goes away with it.

    They may write compiled Python beside its sources, as they do on most machines, so that it is read at later starts.
    """
    with tempfile.TemporaryDirectory(prefix="sslviz-benchmark-") as name:
        places = {f"XDG_{kind}_HOME": f"{name}/{kind.lower()}" for kind in ("CONFIG", "DATA", "CACHE", "STATE")}
        with environment(**places, QT_QPA_PLATFORM="offscreen", PYTHONDONTWRITEBYTECODE=None):
            yield Path(name)


# --------------------------------------------------------------------------- figures


def median(values: Sequence[float]) -> float:
    """Of those that are numbers; NaN where most are none, since then nobody knows on which side the middle is."""
    known = [value for value in values if math.isfinite(value)]
    return statistics.median(known) if 2 * len(known) > len(values) else math.nan


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest that are numbers."""
    known = [value for value in values if math.isfinite(value)]
    return (min(known), max(known)) if known else (math.nan, math.nan)


def table(figures: Figures) -> str:
    """For people: median, spread and how many."""
    width = max(len(name) for name in figures)
    lines = [f"{'':<{width}}  {'median':>9}  {'min':>9}  {'max':>9}   n"]
    for name, values in figures.items():
        cells = "  ".join(f"{value:>9.4g}" for value in (median(values), *spread(values)))
        lines.append(f"{name:<{width}}  {cells}  {len(values):>2}")
    return "\n".join(lines)


def json_line(name: str, figures: Figures) -> str:
    """Medians by name, and under ``spread`` the smallest and the largest of each; null for what is no number."""
    medians = {key: median(values) for key, values in figures.items()}
    return json.dumps(
        plain({"benchmark": name, **medians, "spread": {key: spread(each) for key, each in figures.items()}})
    )


def plain(value: Any) -> Any:
    """The same for JSON and for people: numbers with four digits, None for what is no number; in all that it holds."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value


# --------------------------------------------------------------------------- one leg


def main() -> None:
    """Every leg waits as the engine does, lightly's and the bare loop too: on shared cores that is the faster way."""
    from sslviz.core.spinning import limit_spinning

    limit_spinning()
    module, function, arguments = sys.argv[1:]
    with contextlib.redirect_stdout(sys.stderr):
        found = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
