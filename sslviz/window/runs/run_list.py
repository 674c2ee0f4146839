"""The list of the runs of a window; one of the runs is the current run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from sslviz.core.run_note import note_of
from sslviz.window.runs.comparison import loss_caution
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_names import named_by, numbered, parts_of_titles, title_of

MOST_RUNS = 8
"""Length above which the list is shortened whenever another run becomes the current run, see
:meth:`RunList._shorten`. It stays longer while too few of its runs have ended or are recorded."""


class RunList(QObject):
    """A sequence of runs in the order of their tabs; never empty after the first run was added."""

    changed = Signal()
    """A run was added or removed."""
    legend_changed = Signal()
    """Titles of runs have changed, or which runs are drawn beside the current run."""
    current_changed = Signal()
    """Another run has become the current run."""
    added = Signal(object)
    """LiveRun: the run that was added."""
    left = Signal(object)
    """RunModel: the run was removed because the list was too long."""
    compared_changed = Signal()
    """Other runs are compared now, see :attr:`compared`."""

    def __init__(self, runs_folder: Path, new_engine: Callable[[], EngineProcess]) -> None:
        super().__init__()
        self.folder = runs_folder
        """The folder in which new runs get their folders."""
        self._new_engine = new_engine
        self._runs: list[LiveRun] = []
        self._current: LiveRun | None = None
        self._generations = itertools.count(1)
        self.retired: list[LiveRun] = []
        """Removed runs whose engines have not ended yet; a training among them is being saved."""
        self.compared: tuple[LiveRun, ...] = ()
        """The runs that the user compares side by side, whose engines send their maps as that of the current run does.
        """

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
        return tuple(run.model for run in self._of_same_task() if run is not self.current)

    def add(self, config: RunConfig, engine: EngineProcess) -> LiveRun:
        """Append a run that has not started; the first run of the list becomes the current run."""
        taken = {run.model.colour for run in self._runs}
        colour = next(index for index in itertools.count() if index not in taken)
        run = self._new_run(config, engine, colour, self._current)
        self._current = self._current or run
        self._runs.append(run)
        self._announce(run)
        return run

    def add_like(self, run: LiveRun) -> LiveRun:
        """Append a run that has not started, with a copy of the settings of ``run`` and an engine of its own."""
        return self.add(run.config.copy(), self._new_engine())

    def replace(self, old: LiveRun) -> LiveRun:
        """Replace a run by one that has not started, with a copy of its settings, its colour and an engine of its own.

        A training of the replaced run is stopped and saved. The new run becomes the current run.
        """
        run = self._new_run(old.config.copy(), self._new_engine(), old.model.colour, old)
        self._runs[self._runs.index(old)] = run
        self._retire(old)
        self._current = run
        self._announce(run)
        self.current_changed.emit()
        self.compare([run if each is old else each for each in self.compared])
        return run

    def choose(self, run: LiveRun) -> None:
        """Make ``run`` the current run."""
        if run is self._current:
            return
        self._current = run
        self._describe()
        self.current_changed.emit()
        self._hang_up_ended()
        self._shorten()

    def choose_next(self, step: int) -> None:
        """Make the run ``step`` places after the current one the current run; after the last comes the first again."""
        self.choose(self[(self.index(self.current) + step) % len(self)])

    def new(self) -> None:
        """Choose a run that has not started as the current run; the previous current run goes on.

        If every run of the list was started, is to be started or has ended, a run with the settings of the current run
        is added and chosen.
        """
        waiting = [run for run in self._runs if not (run.model.life_cycle.started or run.running or run.model.ended)]
        self.choose(waiting[0] if waiting else self.add_like(self.current))

    def open(self, folder: Path) -> None:
        """Show the run in ``folder`` as the current run; see :meth:`opened`."""
        self.choose(self.opened(folder))

    def opened(self, folder: Path) -> LiveRun:
        """Return the run in ``folder``; add it to the list as a recorded one if it is not there yet.

        If it is there but has ended, since its engine has ended or could not read it, it is added once more.
        """
        folder = folder.resolve()  # so that two spellings of one path are equal
        there = (run for run in self._runs if run.model.folder is not None and run.model.folder.resolve() == folder)
        shown = next((run for run in there if not run.model.ended), None)
        if shown is None:
            shown = self.add_like(self.current)
            shown.model.views = None
            shown.model.own_title = note_of(folder).title
            shown.open_folder(folder)
            self._describe()
        return shown

    def close_recorded(self, folder: Path) -> None:
        """Remove the run in ``folder`` if it is in the list as a recorded one, so that another engine reads it."""
        folder = folder.resolve()
        for run in [each for each in self._runs if each.model.recorded]:
            if run.model.folder is not None and run.model.folder.resolve() == folder:
                self.remove(run)

    def compare(self, runs: Iterable[LiveRun]) -> None:
        """Compare runs of the list from now on, in this order; a single one is not compared with anything."""
        compared = tuple(runs)
        compared = compared if len(compared) > 1 else ()
        if compared != self.compared:
            self.compared = compared
            self.compared_changed.emit()
            self._shorten()

    def rename(self, run: LiveRun, title: str) -> None:
        """Give a run a title of its own in this window; the name of its folder does not change.

        The title is cut to 60 characters. With an empty title, the run is named by its settings again.
        """
        title = " ".join(title.split())[:60]
        if title != run.model.title:
            run.model.own_title = title
            self._describe()

    def toggle(self, run: RunModel) -> None:
        """Hide the curves of a run where it is drawn beside the current run, or show them again."""
        run.drawn = not run.drawn
        self._describe()
        self.legend_changed.emit()

    def remove(self, run: LiveRun) -> None:
        """Remove a run, stopping and saving its training.

        If it was the current run, the last of the other runs becomes the current run. If it was the only run, a new run
        with its settings replaces it. Nothing happens if the run is not in the list any more.
        """
        if run not in self._runs:
            return
        rest = [other for other in self._runs if other is not run]
        if not rest:
            self.replace(run)
            return
        self._retire(run)
        if run is self._current:
            self.choose(rest[-1])
        self._runs.remove(run)
        self.compare(each for each in self.compared if each is not run)
        self._describe()
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

    @property
    def memory_of_paused(self) -> tuple[int, int]:
        """How many runs are paused, and how much memory their engines use together, in bytes."""
        paused = [run for run in self._runs if run.model.state == "paused"]
        return len(paused), sum(run.training_thread.memory_bytes for run in paused)

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

    def _new_run(self, config: RunConfig, engine: EngineProcess, colour: int, before: LiveRun | None) -> LiveRun:
        """Return a run that is not in the list yet.

        Until it has views of its own, it shows those of ``before``, unless these are of other data.
        """
        model = RunModel(colour=colour)
        if before is not None and config.has_same_data(before.config.values):
            model.views = before.model.views
        run = LiveRun(config, engine, self.folder, self._generations, model)
        run.values_changed.connect(self._describe)
        return run

    def _announce(self, run: LiveRun) -> None:
        self.added.emit(run)
        self._describe()
        self.changed.emit()

    def _retire(self, run: LiveRun) -> None:
        run.hang_up()
        self.retired.append(run)

    def _of_same_task(self) -> list[LiveRun]:
        """Return the current run and all other runs with its task, except untrained networks."""
        task = self.current.task
        return [run for run in self._runs if run is self.current or (run.task == task and not run.model.untrained)]

    def _describe(self) -> None:
        """Name all runs by what differs, and note what cannot be compared; tell it if a title or the note is new."""
        before = [(run.model.title, run.model.loss_caution) for run in self._runs]
        parts = parts_of_titles([named_by(run) for run in self._runs])
        own = [run.model.own_title for run in self._runs]
        automatic = iter(numbered([title_of(each) for each, title in zip(parts, own, strict=True) if not title], own))
        for run, each, title in zip(self._runs, parts, own, strict=True):
            run.model.title_parts, run.model.title = each, title or next(automatic)
        drawn = [run for run in self._of_same_task() if run is self.current or run.model.drawn]
        self.current.model.loss_caution = loss_caution(drawn)
        if before != [(run.model.title, run.model.loss_caution) for run in self._runs]:
            self.legend_changed.emit()

    def _hang_up_ended(self) -> None:
        """Ask the engine processes of runs that have ended to end too; called when another run has become current."""
        for run in self._runs:
            if run.model.ended and run not in self.compared:
                run.hang_up()

    def _shorten(self) -> None:
        """If the list has more than :data:`MOST_RUNS` runs, remove the oldest of those that have ended or are recorded.

        No more runs are removed than necessary, and never the current run or one that is compared. The folders of
        removed runs stay.
        """
        staying = [run for run in self._runs if run not in self.retired]  # the others are being removed already
        in_view = (self._current, *self.compared)
        removable = [run for run in staying if run not in in_view and (run.model.ended or run.model.recorded)]
        for run in removable[: max(0, len(staying) - MOST_RUNS)]:
            self.remove(run)
            self.left.emit(run.model)
