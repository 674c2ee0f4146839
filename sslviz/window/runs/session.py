"""The session of the window: the list of all runs, and methods that control the current run.

The window's buttons and its settings form call these methods.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup

from sslviz.core.catalogue import DECISIVE
from sslviz.core.entries import Catalogue
from sslviz.core.folders import runs_folder
from sslviz.core.messages import Diagnosis, Mark, Notice, Prepared, Scalars, State, Watch
from sslviz.core.panel_data import Health, LatentMap
from sslviz.core.presets import Preset, preset_named
from sslviz.core.requests import MapRequest
from sslviz.core.run_note import RunNote, note_of, write_note
from sslviz.core.settings import Setting, Value, Values
from sslviz.window.runs import catalogue_cache
from sslviz.window.runs.choices import Named, Pin, Selected, TimeCursor
from sslviz.window.runs.comparison import Compared
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.idle_engines import IdleEngines
from sslviz.window.runs.live_run import NOTHING, LiveRun
from sslviz.window.runs.processor_sharing import ProcessorSharing
from sslviz.window.runs.run_config import RunConfig, RunConfigState
from sslviz.window.runs.run_list import RunList
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.run_news import RunNews
from sslviz.window.runs.verdict_visibility import VerdictVisibility

MAX_PULL_S = 0.01
"""Time in seconds after which no more messages are taken in at one tick of the clock."""
OVERLAID = frozenset({Scalars, Mark, State})
"""Types of messages that panels may show of other runs than the current one too, for comparison."""


class Session(QObject):
    """Controls the current run of :attr:`runs`, in the window's thread. Only :meth:`close` blocks."""

    settings_changed = Signal()
    """The form must show :attr:`values` again: the current run has other settings, an entry was refused, or values
    changed elsewhere."""
    state_changed = Signal()
    """Of any run: see :attr:`LiveRun.state_changed`."""
    failed = Signal(object)
    """LiveRun: the run that has just failed."""
    arrived = Signal(object)
    """set[type]: the types of the messages that arrived in one :meth:`pull`; of runs other than the current run, only
    the types :data:`OVERLAID`. Also emitted with Pin, Selected, Named or TimeCursor when the user has done so,
    and with Compared when the legend of the runs has changed."""
    compared_arrived = Signal(object)
    """set[type]: the types of the messages of compared runs that arrived in one :meth:`pull`; see
    :attr:`RunList.compared`. Also emitted with what the user has done with samples of these runs."""
    noticed = Signal(object, object)
    """Notice, RunModel | None: a message that the user should read, and the run that it is about, if any."""

    def __init__(
        self,
        engine: EngineProcess,
        preset: str,
        folder: Path | None = None,
        new_engine: Callable[[], EngineProcess] = EngineProcess,
    ) -> None:
        super().__init__()
        self._watch = NOTHING
        self.runs = RunList(folder or runs_folder(), new_engine)
        self.sharing = ProcessorSharing(self.runs)
        self.verdicts = VerdictVisibility(self.runs)
        self.verdicts.changed.connect(lambda: self._announce({Diagnosis}))
        self._idle_engines = IdleEngines(self.runs, new_engine)
        self._news = RunNews(self.runs, self.sharing)
        self._news.noticed.connect(self.noticed)
        self.undo_group = QUndoGroup(self)
        """The undo stacks of all runs; the active stack is the current run's."""
        self.runs.added.connect(self._connect)
        self.runs.current_changed.connect(self._follow_current)
        self.runs.legend_changed.connect(lambda: self._announce({Compared}))
        self.runs.compared_changed.connect(lambda: self.watch(self._watch))
        self.runs.add(RunConfig(preset_named(preset), catalogue_cache.load()), engine)
        self._follow_current()

    # ------------------------------------------------------------------ the current run

    @property
    def current(self) -> LiveRun:
        """The run that all panels show and the buttons control."""
        return self.runs.current

    @property
    def run(self) -> RunModel:
        """The model of the current run, with the data that panels draw."""
        return self.current.model

    @property
    def running(self) -> bool:
        """Whether the current run's training is in progress or paused, or its start is requested but not sent yet."""
        return self.current.running

    @property
    def preset(self) -> Preset:
        """The preset of the current run."""
        return self.current.config.preset

    @property
    def keeps_preset(self) -> bool:
        """Whether the current run still has the data set, the objective and the variant that its preset names."""
        return self.current.config.snapshot().keeps_preset

    @property
    def catalogue(self) -> Catalogue | None:
        """Objectives, data sets and settings that the engine offers; None until the catalogue is known."""
        return self.current.config.catalogue

    @property
    def values(self) -> Values:
        """The values of the current run's settings, by key."""
        return self.current.config.values

    @property
    def settings(self) -> tuple[Setting, ...]:
        """The declarations of the current run's settings."""
        return self.current.config.settings

    def choose_preset(self, name: str, changes: Values | None = None) -> None:
        """Use the settings of a preset in the current run, some of them with other values, as if they were its own.

        If that run was started, is to be started, or is a recorded one, the settings are used in another run, which has
        not started and becomes the current run; a training goes on, and :attr:`noticed` says so.

        Raises SettingError if there is no preset of this name, or if its file cannot be read.
        """
        named = preset_named(name)
        preset = msgspec.structs.replace(named, settings={**named.settings, **(changes or {})})
        self.stand_ready(preset.title)
        self.current.edits.use_preset(RunConfigState(preset, preset.settings))

    def stand_ready(self, title: str) -> None:
        """If the current run was started, is to be started, or is recorded, choose a run that has not started.

        A training goes on; :attr:`noticed` says that what is called ``title`` is open beside it.
        """
        old = self.current
        if not old.running:
            self._leave_ended()
            return
        self.runs.new()
        goes_on = "stays paused" if old.model.state == "paused" else "goes on"
        self._news.say(f"{title} is open beside {old.model.title}, which {goes_on}.")

    def set_value(self, key: str, value: Value) -> None:
        """Set one setting of the current run, as an edit that can be undone.

        The next calls of :meth:`pull` then ask the engine for a new preview of the augmented views, unless the run is a
        recorded one. If a training is in progress or paused and the setting is a live one, which can be changed during
        a training, the change also reaches the training.

        If the run has ended or is a recorded one, a change of the data set, the objective or its variant is made in
        another run, which has not started and becomes the current run.
        """
        if key in DECISIVE:
            self._leave_ended()
        self.current.edits.set_value(key, value)

    def take_advice(self, values: Values) -> None:
        """Set several settings that a diagnosis advises, as one edit that can be undone."""
        self.current.edits.take_advice(values)

    def undo(self) -> None:
        """Undo the last edit of the current run's settings or sample names."""
        self.current.edits.undo()

    def redo(self) -> None:
        """Redo the edit of the current run's settings or sample names that was undone last."""
        self.current.edits.redo()

    def take_values(self, values: Values) -> None:
        """Replace all settings by ``values``, which :func:`resolve_values` has validated.

        Neither this nor any earlier edit of the current run can be undone afterwards.
        """
        self.current.edits.use_preset(RunConfigState(self.preset, values))
        self.current.edits.stack.clear()

    def train(self) -> None:
        """Have the current run train.

        A paused run resumes, and a run that has not started is started. If the current run has ended or is a recorded
        one, a new run with its settings becomes the current run and is started.
        """
        if self.run.state == "paused":
            self.current.control("resume")
        elif not self.running:
            self._startable().request_start("train")

    def pause(self) -> None:
        """Pause the current run after its present step; a start that was only requested is withdrawn."""
        if not self.current.withdraw_request():
            self.current.control("pause")

    def step(self) -> None:
        """Do one training step of the current run, then pause.

        A run that has not started is started for this. If the current run has ended or is a recorded one, a new run
        with its settings becomes the current run and is started.
        """
        if self.running:
            self.current.control("step")
        else:
            self._startable().request_start("step")

    def stop(self) -> None:
        """Stop and save the current run; a start that was only requested is withdrawn."""
        if not self.current.withdraw_request():
            self.current.control("stop")

    def reset(self) -> None:
        """Stop and save the current run; a new run with the same settings takes its place in the list.

        A notice says where the stopped run is, unless it has done no step.
        """
        old = self.current
        old.withdraw_request()
        self.runs.replace(old)
        if old.model.step:
            self._news.say(f"{old.model.title} is kept: the panel Runs (View, Runs) lists it. This tab begins anew.")

    def rename(self, run: LiveRun, title: str) -> None:
        """Give a run a title of its own, which is also written into its folder; see :meth:`RunList.rename`."""
        self.runs.rename(run, title)
        self._write_title(run)

    def _write_title(self, run: LiveRun) -> None:
        folder = run.model.folder
        if folder is not None and folder.is_dir():
            self.annotate(folder, note_of(folder)._replace(title=run.model.own_title))

    def annotate(self, folder: Path, note: RunNote) -> None:
        """Write a title and a note into a run folder; a notice says so if that is not possible."""
        try:
            write_note(folder, note)
        except OSError as error:
            text = f"Nothing can be noted in {folder}: {error.strerror or error}."
            self.noticed.emit(Notice(level="warning", text=text), None)

    def draw_views(self) -> None:
        """Have the preview show the same samples, augmented at random anew."""
        self.current.draw_views()

    def lay_out(self, request: MapRequest | None) -> None:
        """Request one map of the current run that is laid out by umap-learn; None cancels the last such request."""
        self.current.lay_out(request)

    def pin(self, index: int | None) -> None:
        """Pin the sample with this index on the current run's map; None unpins the pinned sample."""
        self.run.take(Pin(index=index))
        self._announce({Pin})

    def select(self, selected: Selected) -> None:
        """Select samples of the current run's map, or with no indices deselect all."""
        self.run.take(selected)
        self._announce({Selected})

    def move_cursor(self, step: int | None) -> None:
        """Look back at a step of the current run; None follows the run again."""
        self.run.take(TimeCursor(step=step))
        self._announce({TimeCursor})

    def name(self, named: Named) -> None:
        """Name samples of the current run's map, or remove their names; can be undone."""
        self.current.edits.name_samples(named)
        self._announce({Named})

    def choose_samples(self, choices: Sequence[tuple[RunModel, Pin | Selected]]) -> None:
        """Pin or select samples of several runs, those that are compared."""
        for run, choice in choices:
            run.take(choice)
        self._announce({type(choice) for _, choice in choices})

    def watch(self, watch: Watch) -> None:
        """Tell the engine of the current run which data the visible panels need.

        The engines of compared runs send maps and figures; no other engine computes such data.
        """
        self._watch = watch
        for run in self.runs:
            run.watch(self._watch_of(run))

    def _watch_of(self, run: LiveRun) -> Watch:
        watch = self._watch if run is self.current else NOTHING
        if run not in self.runs.compared:
            return watch
        data = tuple(sorted({*watch.panel_data, LatentMap.__name__, Health.__name__}))
        if run is self.current:
            return msgspec.structs.replace(watch, panel_data=data)
        requests = () if run.model.out_of_reach else self._watch.requests  # all maps are laid out alike
        return Watch(panel_data=data, snapshot=run.model.snapshot, requests=requests)

    # ------------------------------------------------------------------ the clock

    def pull(self) -> None:
        """Update the models of all runs with the waiting messages of their engines, and send commands that are due.

        After about :data:`MAX_PULL_S` seconds, no more messages are taken in, except the first waiting message of each
        run. The rest waits for the next call, so that the window stays responsive while a long run is opened.
        """
        arrived: set[type] = set()
        compared: set[type] = set()
        until = time.perf_counter() + MAX_PULL_S
        for run in self.runs:
            message_types = run.pull(until)
            if Prepared in message_types and run.model.own_title and not run.model.recorded:
                self._write_title(run)  # given before the run had a folder
            arrived |= message_types if run is self.current else message_types & OVERLAID
            compared |= message_types if run in self.runs.compared else set()
        self.runs.pull_retired(until)
        self._idle_engines.look()
        if arrived:
            self.arrived.emit(arrived)
        if compared:
            self.compared_arrived.emit(compared)

    @property
    def skipped(self) -> int:
        """Number of messages about the current run that no panel has received.

        The engine or the mailbox replaced them by newer messages or dropped them, or they were not valid.
        """
        engine = self.run.pulse.skipped if self.run.pulse is not None else 0
        return engine + self.current.training_thread.mailbox.skipped

    def close(self) -> None:
        """Ask all engines to save and end, and wait until engines and threads have ended."""
        self.runs.close()

    # ------------------------------------------------------------------ inside

    def _announce(self, done: set[type]) -> None:
        """Tell what the user has done, or that the legend has changed; runs that are compared may show it too."""
        self.arrived.emit(done)
        self.compared_arrived.emit(done)

    def _connect(self, run: LiveRun) -> None:
        run.state_changed.connect(lambda: self._follow_state(run))
        run.failed.connect(lambda: self.failed.emit(run))
        run.settings_changed.connect(lambda: self._follow_settings(run))
        self.undo_group.addStack(run.edits.stack)

    def _follow_current(self) -> None:
        self.watch(self._watch)
        self.undo_group.setActiveStack(self.current.edits.stack)

    def _follow_state(self, run: LiveRun) -> None:
        self.verdicts.apply(run)
        self.sharing.note_training(run)
        self.state_changed.emit()

    def _follow_settings(self, run: LiveRun) -> None:
        if run is self.current:
            self.settings_changed.emit()

    def _startable(self) -> LiveRun:
        """Return the current run if it can be started; otherwise a new run, which becomes the current run.

        The new run has the settings of the run that cannot be started.
        """
        old = self.current
        if old.model.life_cycle.started or old.model.ended:
            if old.model.life_cycle.started:
                self.runs.choose(self.runs.add_like(old))
                old.restore_config()
            else:  # the engine failed before a run was started in it
                self.runs.replace(old)
        return self.current

    def _leave_ended(self) -> None:
        """If the training of the current run has ended or the run is recorded, choose a run that has not started.

        This is called before an edit, so that the edit changes the settings of the chosen run and not of the old one.
        """
        old = self.current
        if old.model.life_cycle.started and (old.model.ended or old.model.recorded):
            self.runs.new()
            old.restore_config()
