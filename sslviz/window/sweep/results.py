"""What a sweep has shown so far: the curves, figures and maps of its runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sslviz.core.run_summary import SmallMap
from sslviz.core.sweep.folder import SweepRun, SweepRunState
from sslviz.core.sweep.plan import Sweep
from sslviz.window.plotting.ranges import Floats

Line = tuple[Floats, Floats]
"""The steps and the values of a curve, each float64[n]; steps increase."""
Levels = Sequence[tuple[float, str]]
"""The values of reference lines, with their labels."""
GRID = 160
"""Number of steps at which the mean of several curves is computed."""


@dataclass(frozen=True, eq=False)
class RunResult:
    """What one run of a sweep has recorded so far.

    ``run`` is the run with its final figures, ``value`` the index of its combination of values in the sweep. ``active``
    says whether it is being trained now. ``step`` and ``seconds`` say how far it is, ``done`` as a share from 0 to 1.
    ``levels``: for each curve, by its key, its reference lines.
    """

    run: SweepRun
    value: int
    active: bool = False
    step: int = 0
    seconds: float = 0.0
    done: float = 0.0
    curves: Mapping[str, Line] = field(default_factory=dict)
    levels: Mapping[str, Levels] = field(default_factory=dict)
    small_map: SmallMap | None = None

    @property
    def finished(self) -> bool:
        """Whether the run was trained to its end."""
        return self.run.state == "finished"

    @property
    def state(self) -> str:
        """The state in a word or two."""
        if self.active:
            return "training" if self.step else "preparing"
        return "stopped" if self.run.state == "unfinished" else self.run.state


@dataclass(frozen=True, eq=False)
class SweepResult:
    """A sweep, its folder, and what its runs have recorded so far, in the order in which they are trained.

    ``active`` says whether a process trains the sweep, of this window or of another program.
    """

    folder: Path
    sweep: Sweep
    runs: tuple[RunResult, ...]
    active: bool = False

    def count(self, state: SweepRunState) -> int:
        """Return how many runs are in a state."""
        return sum(run.run.state == state for run in self.runs)

    @property
    def complete(self) -> bool:
        """Whether all runs were trained to their end."""
        return self.count("finished") == len(self.runs)

    @property
    def done(self) -> float:
        """The share of the training that is done, from 0 to 1."""
        return sum(run.done for run in self.runs) / max(len(self.runs), 1)


def mean_and_spread(lines: Sequence[Line]) -> tuple[Floats, Floats, Floats]:
    """Return steps, mean and standard deviation of several curves, up to the last step that all of them have.

    Each is float64[m]; the standard deviation is zero if there is one curve. All are empty if there is no curve.
    """
    if not lines:
        return np.empty(0), np.empty(0), np.empty(0)
    first, last = max(float(steps[0]) for steps, _ in lines), min(float(steps[-1]) for steps, _ in lines)
    grid = np.linspace(first, max(first, last), GRID)
    values = np.array([np.interp(grid, steps, values) for steps, values in lines])
    return grid, values.mean(axis=0), values.std(axis=0, ddof=min(1, len(lines) - 1))


def common_levels(runs: Iterable[RunResult], key: str) -> Levels:
    """Return the reference lines of a curve, each with the mean of its values over the runs that have it."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for level, name in run.levels.get(key, ()):
            found.setdefault(name, []).append(level)
    return [(float(np.mean(levels)), name) for name, levels in found.items()]
