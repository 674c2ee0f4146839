"""Between buttons, form and engines: which runs there are, which one is chosen, and what may be asked of it now."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup

from sslviz.core.catalogue import DECISIVE
from sslviz.core.entries import Catalogue
from sslviz.core.folders import runs_folder
from sslviz.core.messages import Mark, Notice, Scalars, State, Watch
from sslviz.core.presets import Preset, preset_named
from sslviz.core.settings import Setting, Value, Values
from sslviz.window.runs import catalogue_cache
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.live_run import NOTHING, LiveRun
from sslviz.window.runs.run_config import RunConfig, RunConfigState
from sslviz.window.runs.run_model import Named, Pin, RunModel, Selected
from sslviz.window.runs.training_thread import TrainingThread

MOST_RUNS = 8
"""Beyond it the run that ended first leaves the list; it stays in its folder."""
OVERLAID = frozenset({Scalars, Mark, State})
"""what panels may show of the runs that are not chosen"""


class Session(QObject):
    """The runs of this window, one of them chosen. All in the window's thread; nothing here waits."""

    settings_changed = Signal()
    """Other settings exist now, or a preset was chosen: the form shows :attr:`values`."""
    run_replaced = Signal()
    """Another run is chosen."""
    runs_changed = Signal()
    """A run came, went or was renamed."""
    state_changed = Signal()
    """Of any run."""
    failed = Signal(object)
    """LiveRun: it has just failed"""
    arrived = Signal(object)
    """set[type]: the kinds of message that came in one pull"""
    noticed = Signal(object)
    """Notice"""

    def __init__(
        self,
        engine: EngineProcess,
        preset: str,
        folder: Path | None = None,
        new_engine: Callable[[], EngineProcess] = EngineProcess,
    ) -> None:
        super().__init__()
        self._new_engine = new_engine
        self._runs_folder = folder or runs_folder()
        self._previews = itertools.count(1)
        self._numbers = itertools.count()
        self._watch = NOTHING
        self._retired: list[TrainingThread] = []
        self._made_room: set[LiveRun] = set()
        self.side_by_side = False
        self.changes = QUndoGroup(self)
        """what can be undone in the chosen run"""
        self.runs: list[LiveRun] = []
        self.chosen = self._add(RunConfig(preset_named(preset), catalogue_cache.load()), engine)
        self.changes.setActiveStack(self.chosen.changes)

    # ------------------------------------------------------------------ the chosen run

    @property
    def run(self) -> RunModel:
        """What is known of the chosen run."""
        return self.chosen.model

    @property
    def running(self) -> bool:
        """Whether the chosen run is on, or about to be."""
        return self.chosen.running

    @property
    def preset(self) -> Preset:
        """The chosen run's."""
        return self.chosen.choice.preset

    @property
    def keeps_preset(self) -> bool:
        """Whether the chosen run still learns what its preset is about: a person may have taken other data."""
        values, settings = self.values, self.preset.settings
        return all(values.get(key, settings[key]) == settings[key] for key in DECISIVE if key in settings)

    @property
    def catalogue(self) -> Catalogue | None:
        """What engines of this version know."""
        return self.chosen.choice.catalogue

    @property
    def values(self) -> Values:
        """The chosen run's, as the person wants them."""
        return self.chosen.choice.values

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Those there are for the chosen run."""
        return self.chosen.choice.settings

    def choose_preset(self, name: str) -> None:
        """Take a preset's settings, for the next run where this one has ended. Raises SettingError without it."""
        preset = preset_named(name)
        self._leave_what_ended()
        self.chosen.choose(RunConfigState(preset, dict(preset.settings)))

    def set_value(self, key: str, value: Value) -> None:
        """A person changed a field: it acts on the next step, and on the views at once."""
        if key in DECISIVE:
            self._leave_what_ended()
        self.chosen.set_value(key, value)

    def take_advice(self, values: Values) -> None:
        """Set some of the chosen run's settings at once, as one change that can be undone."""
        self.chosen.take_advice(values)

    def undo(self) -> None:
        """Take the chosen run's last change of a setting or of names back."""
        self.chosen.undo()

    def redo(self) -> None:
        """Make the change that was taken back again."""
        self.chosen.redo()

    def take_values(self, values: Values) -> None:
        """Begin with these settings as a whole, checked already (:func:`resolve_values`); nothing to undo."""
        self.chosen.choose(RunConfigState(self.preset, values))
        self.chosen.changes.clear()

    def train(self) -> None:
        """Begin a run, or go on with a paused one."""
        if self.run.state == "paused":
            self.chosen.control("resume")
        elif not self.running:
            self._unbegun().begin("train")

    def pause(self) -> None:
        """Pause at the next step boundary; a run that has not begun is not begun."""
        if not self.chosen.take_back():
            self.chosen.control("pause")

    def step(self) -> None:
        """One step, then pause; begins a paused run where there is none."""
        if self.running:
            self.chosen.control("step")
        else:
            self._unbegun().begin("step")

    def stop(self) -> None:
        """End the run; it is saved. One that has not begun is not begun."""
        if not self.chosen.take_back():
            self.chosen.control("stop")

    def draw_views(self) -> None:
        """Other samples and other random views."""
        self.chosen.draw_views()

    def pin(self, index: int | None) -> None:
        """Keep a sample of the chosen run's map in view, or none."""
        self.run.take(Pin(index=index))
        self.arrived.emit({Pin})

    def select(self, selected: Selected) -> None:
        """Select samples of the chosen run's map, or none."""
        self.run.take(selected)
        self.arrived.emit({Selected})

    def name(self, named: Named) -> None:
        """Give samples of the chosen run's map a name; can be undone."""
        self.chosen.name(named)
        self.arrived.emit({Named})

    def watch(self, watch: Watch) -> None:
        """Say which pictures anybody looks at; they are of the chosen run."""
        self._watch = watch
        self.chosen.watch(watch)

    # ------------------------------------------------------------------ several runs

    @property
    def others(self) -> tuple[RunModel, ...]:
        """What is known of the runs that are not chosen and learn the same from the same."""
        return tuple(run.model for run in self.runs if run is not self.chosen and run.task == self.chosen.task)

    def choose(self, run: LiveRun) -> None:
        """Show and steer another run."""
        if run is self.chosen:
            return
        self.chosen.watch(NOTHING)
        self.chosen = run
        run.watch(self._watch)
        self.changes.setActiveStack(run.changes)
        self.run_replaced.emit()
        self.settings_changed.emit()
        self.state_changed.emit()
        self._let_go()

    def new_run(self) -> None:
        """Stand ready for another run with the same settings; the present one stays as it is."""
        waiting = [run for run in self.runs if not run.begun and not run.model.ended]
        self.choose(waiting[0] if waiting else self._add(self.chosen.choice.copy(), self._new_engine()))

    def open_run(self, folder: Path) -> None:
        """Show a recorded run, whoever recorded it; one that is shown already is chosen."""
        folder = folder.resolve()  # however it is called
        shown = next((run for run in self.runs if run.shown == folder), None)
        if shown is None:
            shown = self._add(self.chosen.choice.copy(), self._new_engine())
            shown.model.views = None
            shown.show_recorded(folder)
            self.rename(shown, folder.name)
        self.choose(shown)

    def reset(self) -> None:
        """End the run, saved as it is, and stand ready for a new one with the same settings."""
        old = self.chosen
        old.take_back()
        self.choose(self._add(old.choice.copy(), self._new_engine()))
        if old.model.step:
            old.training_thread.hang_up()
        else:  # nothing of it is worth a place in the list
            self.remove(old)

    def remove(self, run: LiveRun) -> None:
        """Take a run off the list; one that goes on is stopped and saved. The list is never empty."""
        run.training_thread.hang_up()
        self._retired.append(run.training_thread)
        if run is self.chosen:
            rest = [other for other in self.runs if other is not run]
            self.choose(rest[-1] if rest else self._add(run.choice.copy(), self._new_engine()))
        self.runs.remove(run)
        self._made_room.discard(run)
        run.deleteLater()
        self.runs_changed.emit()

    def rename(self, run: LiveRun, title: str) -> None:
        """Call a run something else in this window; its folder keeps its name."""
        run.model.title = " ".join(title.split())[:60] or run.model.title
        self.runs_changed.emit()

    def run_side_by_side(self, *, on: bool) -> None:
        """Let runs share the processor, or let one at a time have it."""
        self.side_by_side = on
        if on:
            for run in self.runs:
                if run.on_cpu and run.model.state == "paused":
                    run.control("resume")
            self._made_room.clear()
        else:
            training = [run for run in (self.chosen, *self.runs) if run.on_cpu and run.model.state == "training"]
            if training:
                self._make_room(training[0])

    # ------------------------------------------------------------------ the clock

    def pull(self) -> None:
        """Take in what came, send what waits."""
        news: set[type] = set()
        for run in self.runs[:]:
            came = run.pull()
            news |= came if run is self.chosen else came & OVERLAID
        self._retired = [thread for thread in self._retired if not thread.isFinished()]
        if news:
            self.arrived.emit(news)

    @property
    def skipped(self) -> int:
        """Pictures nobody saw because newer ones had come."""
        engine = self.run.pulse.skipped if self.run.pulse is not None else 0
        return engine + self.chosen.training_thread.mailbox.skipped

    def close(self) -> None:
        """Hang up, and wait until every engine and thread has ended."""
        threads = [*(run.training_thread for run in self.runs), *self._retired]
        for thread in threads:
            thread.hang_up()
        for thread in threads:
            thread.close()

    # ------------------------------------------------------------------ inside

    def _add(self, choice: RunConfig, engine: EngineProcess) -> LiveRun:
        number = next(self._numbers)
        model = RunModel(title=f"Run {number + 1}", colour=number)
        if self.runs:
            model.views = self.chosen.model.views
        run = LiveRun(choice, engine, self._runs_folder, self._previews, model)
        run.state_changed.connect(lambda: self._state_of(run))
        run.settings_changed.connect(lambda: self._settings_of(run))
        run.noticed.connect(lambda notice: self._tell(run, notice))
        run.greeted.connect(lambda catalogue: self._take_catalogue(run, catalogue))
        self.changes.addStack(run.changes)
        self.runs.append(run)
        self.runs_changed.emit()
        return run

    def _let_go(self) -> None:
        """What ended needs no engine any more, and the list stays short."""
        ended = [run for run in self.runs if run.model.ended]
        for run in ended:
            run.training_thread.hang_up()
        over = [run for run in self.runs if run.model.ended or run.model.recorded]
        for run in over[: max(0, len(self.runs) - MOST_RUNS)]:
            if run is not self.chosen and run.training_thread not in self._retired:  # one being removed goes anyway
                text = (
                    f"{run.model.title} has left the list, which holds {MOST_RUNS} runs. File, Open run shows it again."
                )
                self.remove(run)
                self.noticed.emit(Notice(level="info", text=text))

    def _tell(self, run: LiveRun, notice: Notice) -> None:
        """Of a run that is not chosen, with its name."""
        named = msgspec.structs.replace(notice, text=f"{run.model.title}: {notice.text}", key="")
        self.noticed.emit(notice if run is self.chosen else named)

    def _unbegun(self) -> LiveRun:
        """The chosen run where it has not begun, else a new one like it, chosen."""
        if self.chosen.begun or self.run.ended:
            failed = not self.chosen.begun
            old = self.chosen
            self.choose(self._add(old.choice.copy(), self._new_engine()))
            old.show_what_it_did()
            if failed:
                self.remove(old)
        return self.chosen

    def _leave_what_ended(self) -> None:
        """Another task is for another run: one that has ended stays as it was, with its settings."""
        if self.chosen.begun and (self.run.ended or self.run.recorded):
            ended = self.chosen
            self.new_run()
            ended.show_what_it_did()

    def _state_of(self, run: LiveRun) -> None:
        if run.model.state == "training":
            self._made_room.discard(run)
            self._make_room(run)
        if run.model.state == "failed":
            self.failed.emit(run)
        self.state_changed.emit()

    def _make_room(self, run: LiveRun) -> None:
        """On a processor one run at a time: two would be less than half as fast each."""
        if self.side_by_side or not run.on_cpu:
            return
        for other in self.runs:
            if other is not run and other.on_cpu and other.model.state == "training" and other not in self._made_room:
                other.control("pause")
                self._made_room.add(other)
                text = f"{other.model.title} is paused, so that {run.model.title} has the processor to itself."
                self.noticed.emit(Notice(level="info", text=text))

    def _settings_of(self, run: LiveRun) -> None:
        if run is self.chosen:
            self.settings_changed.emit()

    def _take_catalogue(self, run: LiveRun, catalogue: Catalogue) -> None:
        if catalogue == run.choice.catalogue and run.choice.values:
            return
        catalogue_cache.save(catalogue)
        refusal = run.choice.take_catalogue(catalogue)
        if refusal is not None:
            self.noticed.emit(Notice(level="refused", text=str(refusal), key=refusal.key))
        self._settings_of(run)
