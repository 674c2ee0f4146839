"""The list of the runs of a window; one of the runs is the current run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import RunModel

MOST_RUNS = 8
"""Length above which the list is shortened whenever another run becomes the current run, see
:meth:`RunList._shorten`. It stays longer while too few of its runs have ended or are recorded."""


class RunList(QObject):
    """A sequence of runs in the order of their tabs; never empty after the first run was added."""

    changed = Signal()
    """A run was added, removed or renamed."""
    current_changed = Signal()
    """Another run has become the current run."""
    added = Signal(object)
    """LiveRun: the run that was added."""
    left = Signal(object)
    """RunModel: the run was removed because the list was too long."""

    def __init__(self, runs_folder: Path, new_engine: Callable[[], EngineProcess]) -> None:
        super().__init__()
        self._runs_folder, self._new_engine = runs_folder, new_engine
        self._runs: list[LiveRun] = []
        self._current: LiveRun | None = None
        self._numbers, self._generations = itertools.count(), itertools.count(1)
        self.retired: list[LiveRun] = []
        """Removed runs whose engines have not ended yet; a training among them is being saved."""

    def __len__(self) -> int:
        return len(self._runs)

    def __getitem__(self, index: int) -> LiveRun:
        return self._runs[index]

    def __iter__(self) -> Iterator[LiveRun]:
        return iter(self._runs[:])

    def index(self, run: LiveRun) -> int:
        """Return the position of a run in the list, from 0."""
        return self._runs.index(run)

    @property
    def current(self) -> LiveRun:
        """The run that all panels show and the buttons control."""
        assert self._current is not None
        return self._current

    @property
    def comparable(self) -> tuple[RunModel, ...]:
        """The models of all other runs with the same task as the current run (see :attr:`LiveRun.task`).

        Untrained networks are left out: there is nothing to compare yet.
        """
        task = self.current.task
        others = (run for run in self._runs if run is not self.current and not run.model.untrained)
        return tuple(run.model for run in others if run.task == task)

    def add(self, config: RunConfig, engine: EngineProcess) -> LiveRun:
        """Append a run that has not started; the first run of the list becomes the current run."""
        number = next(self._numbers)
        model = RunModel(title=f"Run {number + 1}", colour=number)
        if self._current is not None and config.has_same_data(self.current.config.values):
            model.views = self.current.model.views  # shown until the new run has views of its own
        run = LiveRun(config, engine, self._runs_folder, self._generations, model)
        self._current = self._current or run
        self._runs.append(run)
        self.added.emit(run)
        self.changed.emit()
        return run

    def add_like(self, run: LiveRun) -> LiveRun:
        """Append a run that has not started, with a copy of the settings of ``run`` and an engine of its own."""
        return self.add(run.config.copy(), self._new_engine())

    def choose(self, run: LiveRun) -> None:
        """Make ``run`` the current run."""
        if run is self._current:
            return
        self._current = run
        self.current_changed.emit()
        self._hang_up_ended()
        self._shorten()

    def new(self) -> None:
        """Choose a run that has not started as the current run; the previous current run goes on.

        If every run of the list was started, is to be started or has ended, a run with the settings of the current run
        is added and chosen.
        """
        waiting = [run for run in self._runs if not (run.model.life_cycle.started or run.running or run.model.ended)]
        self.choose(waiting[0] if waiting else self.add_like(self.current))

    def open(self, folder: Path) -> None:
        """Show the recorded run in ``folder`` as the current run; add it to the list first if it is not there yet.

        If it is there but has ended, since its engine has ended or could not read it, it is added once more.
        """
        folder = folder.resolve()  # so that two spellings of one path are equal
        readable = (run for run in self._runs if run.model.recorded and not run.model.ended)
        shown = next((run for run in readable if run.model.folder == folder), None)
        if shown is None:
            shown = self.add_like(self.current)
            shown.model.views = None
            shown.open_folder(folder)
            self.rename(shown, folder.name)
        self.choose(shown)

    def rename(self, run: LiveRun, title: str) -> None:
        """Give a run another title in this window; the name of its folder does not change.

        The title is cut to 60 characters. A title of blanks alone is not used.
        """
        run.model.title = " ".join(title.split())[:60] or run.model.title
        self.changed.emit()

    def remove(self, run: LiveRun) -> None:
        """Remove a run, stopping and saving its training.

        If it was the current run, the last of the other runs becomes the current run. If it was the only run, a new run
        with its settings replaces it. Nothing happens if the run is not in the list any more.
        """
        if run not in self._runs:
            return
        run.hang_up()
        self.retired.append(run)
        if run is self._current:
            rest = [other for other in self._runs if other is not run]
            self.choose(rest[-1] if rest else self.add_like(run))
        self._runs.remove(run)
        self.changed.emit()

    def pull_retired(self, until: float) -> None:
        """Take in the messages of the removed runs whose engines are still saving a training.

        A timer of the window calls this regularly; see :meth:`LiveRun.pull` for ``until``. Once the thread of a removed
        run has ended and its final state was taken in, its LiveRun object is deleted; the run folder stays.
        """
        for run in self.retired[:]:
            if run.model.active:  # the others have nothing to save, and nothing to say
                run.pull(until)
            if run.training_thread.isFinished() and not run.model.active:
                self.retired.remove(run)
                run.deleteLater()

    @property
    def unsaved(self) -> tuple[LiveRun, ...]:
        """The runs whose trainings have not ended, removed runs included; they must be saved when the window closes."""
        return tuple(run for run in (*self._runs, *self.retired) if run.model.active)

    def hang_up(self) -> None:
        """Ask all engines to save their runs and to end; never blocks."""
        for run in self._runs:
            run.hang_up()

    def kill(self) -> None:
        """End all engines at once, without saving."""
        for run in (*self._runs, *self.retired):
            run.training_thread.kill()

    def close(self) -> None:
        """Ask all engines to save and end, and wait until engines and threads have ended."""
        self.hang_up()
        for run in (*self._runs, *self.retired):
            run.training_thread.close()

    def _hang_up_ended(self) -> None:
        """Ask the engine processes of runs that have ended to end too; called when another run has become current."""
        for run in self._runs:
            if run.model.ended:
                run.hang_up()

    def _shorten(self) -> None:
        """If the list has more than :data:`MOST_RUNS` runs, remove the oldest of those that have ended or are recorded.

        No more runs are removed than necessary, and never the current run. The folders of removed runs stay.
        """
        staying = [run for run in self._runs if run not in self.retired]  # the others are being removed already
        removable = [run for run in staying if run is not self._current and (run.model.ended or run.model.recorded)]
        for run in removable[: max(0, len(staying) - MOST_RUNS)]:
            self.remove(run)
            self.left.emit(run.model)
