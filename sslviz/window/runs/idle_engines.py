"""Engines of recorded runs that nobody looks at: they end, which gives their memory back, and are started again."""

from __future__ import annotations

import time
from collections.abc import Callable

from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.life_cycle import Phase
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_list import RunList

QUIET_S = 60.0
"""Time in seconds after which the engine of a recorded run ends that is out of view and gets no further step."""


class IdleEngines:
    """Has the engines of recorded runs end while the runs are out of view.

    In view are the current run and those that are compared. A run whose engine has ended stays in its tab, with all
    that has arrived. When it comes into view again, another engine, from ``new_engine``, reads its folder once more.
    ``clock`` returns the time in seconds.
    """

    def __init__(
        self, runs: RunList, new_engine: Callable[[], EngineProcess], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._runs, self._new_engine, self._clock = runs, new_engine, clock
        self._quiet: dict[LiveRun, tuple[int, float]] = {}
        """The runs whose engines may end: their last step, and since when it has been the last."""

    def look(self) -> None:
        """Have engines end that have been idle for long, and start one for each run in view that has none."""
        in_view = dict.fromkeys((self._runs.current, *self._runs.compared))
        for run in in_view:
            if _is_read(run) and run.hung_up and run.training_thread.isFinished():
                run.reopen(self._new_engine)
        self._quiet = {run: self._since(run) for run in self._runs if run not in in_view and _may_end(run)}
        for run, (_, since) in self._quiet.items():
            if self._clock() - since >= QUIET_S:
                run.hang_up()

    def _since(self, run: LiveRun) -> tuple[int, float]:
        step, since = self._quiet.get(run, (-1, 0.0))
        return (step, since) if step == run.model.step else (run.model.step, self._clock())


def _is_read(run: LiveRun) -> bool:
    """Return whether the folder of a recorded run has been read."""
    return run.model.life_cycle.phase is Phase.RECORDED


def _may_end(run: LiveRun) -> bool:
    """Return whether the engine of a run out of view may end: it has read the folder and computes nothing more of it.

    The curves of figures that it computes may be drawn beside those of the current run.
    """
    busy = run.model.map_view.progress is not None or (run.model.pulse is not None and run.model.pulse.busy)
    return _is_read(run) and not run.hung_up and not busy
