"""Reads the folder of a sweep in another thread, again and again while it is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from sslviz.core.sweep.folder import SweepRun, is_trained, sweep_runs
from sslviz.core.sweep.plan import Sweep
from sslviz.window.runs.run_shelf import with_rests
from sslviz.window.sweep.recorded_run import RecordedRun, recorded_run
from sslviz.window.sweep.results import RunResult, SweepResult

INTERVAL_MS = 1_000
"""Interval between two looks at the folder, in milliseconds."""


class SweepReader(QObject):
    """Looks at the folder of a sweep every second, in a thread of its own, until the sweep is complete or closed."""

    changed = Signal(object)
    """SweepResult: what the sweep has recorded so far."""
    _read = Signal(object)

    def __init__(self, folder: Path, sweep: Sweep, parent: QObject) -> None:
        super().__init__(parent)
        self.folder, self.sweep = folder, sweep
        self._runs: dict[Path, RecordedRun] = {}
        """The runs that are being read; used in the thread of the pool only."""
        self._ended: dict[Path, RunResult] = {}
        """The runs that have ended and were read to their end."""
        self._busy = self._stale = self._closed = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._read.connect(self._take)
        self._clock = QTimer(self, interval=INTERVAL_MS)
        self._clock.timeout.connect(self.look)
        self._clock.start()

    def look(self) -> None:
        """Look at the folder now, unless that is being done."""
        if not (self._busy or self._closed):
            self._busy = True
            self._pool.start(self._look)

    def look_anew(self) -> None:
        """Look at the folder now; if that is being done, its result does not count, and it is done once more."""
        self._stale = self._busy
        self.look()

    def close(self) -> None:
        """Look no more, and wait until the thread has ended."""
        self._closed = True
        self._clock.stop()
        self._pool.waitForDone()

    def _take(self, result: SweepResult | None) -> None:
        self._busy = False
        if self._stale:
            self._stale = False
            self.look()
        elif result is not None and not self._closed:
            self.changed.emit(result)
            if result.complete:
                self._clock.stop()

    def _look(self) -> None:
        """Read all runs; called in the thread of the pool."""
        result = None
        try:
            result = SweepResult(self.folder, self.sweep, tuple(self._results()), is_trained(self.folder))
        finally:  # after an error too, so that the folder can be looked at again
            if not self._closed:
                self._read.emit(result)

    def _results(self) -> Iterator[RunResult]:
        count = len(self.sweep.combinations)
        for index, run in enumerate(with_rests(sweep_runs(self.folder, self.sweep))):
            yield self._result(run, index % count)  # the runs are ordered seed by seed

    def _result(self, run: SweepRun, value: int) -> RunResult:
        """Return what one run has recorded. One that has ended is read once more, and then remembered."""
        known = self._ended.get(run.path)
        if known is not None and known.run.state == run.state:
            return known
        recorded = self._recorded(run)
        if recorded is None:
            return RunResult(run, value, done=float(run.state == "failed"))
        recorded.read()
        result = recorded.result(run, value, self.sweep)
        if run.state in ("finished", "failed"):
            self._ended[run.path] = result
            del self._runs[run.path]
        return result

    def _recorded(self, run: SweepRun) -> RecordedRun | None:
        known = self._runs.get(run.path)
        if known is None or run.state == "waiting" or known.replaced:
            known = None if run.state == "waiting" else recorded_run(run.path)
            self._runs.pop(run.path, None)
            if known is not None:
                self._runs[run.path] = known
        return known
