"""Between buttons, form and engine: which settings hold, which run is on, and what may be asked of it now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from sslviz.core.catalogue import live_keys, resolve_values, settings_for
from sslviz.core.messages import (
    Catalogue,
    Change,
    Control,
    Hello,
    Message,
    Notice,
    Preview,
    Start,
    State,
    Views,
    Watch,
)
from sslviz.core.presets import preset_named
from sslviz.core.run_folder import default_runs_folder, new_run_path
from sslviz.core.settings import Setting, SettingError, Value, Values
from sslviz.window import catalogue_cache
from sslviz.window.engine_process import EngineProcess
from sslviz.window.run_model import RunModel
from sslviz.window.training_thread import TrainingThread


class Session(QObject):
    """The present settings and the present run. All in the window's thread; nothing here waits."""

    settings_changed = Signal()
    """Other settings exist now, or a preset was chosen: the form shows :attr:`values`."""
    run_replaced = Signal()
    state_changed = Signal()
    arrived = Signal(object)
    """set[type]: the kinds of message that came in one pull"""
    noticed = Signal(object)
    """Notice"""

    def __init__(
        self,
        engine: EngineProcess,
        preset: str,
        runs_folder: Path | None = None,
        new_engine: Callable[[], EngineProcess] = EngineProcess,
    ) -> None:
        super().__init__()
        self._new_engine = new_engine
        self._runs_folder = runs_folder or default_runs_folder()
        self.preset = preset_named(preset)
        self.catalogue: Catalogue | None = catalogue_cache.load()
        self.values: Values = {}
        self.settings: tuple[Setting, ...] = ()
        self.run = RunModel()
        self._thread = TrainingThread(engine)
        self._retired: list[TrainingThread] = []
        self._unread: deque[Message] = deque()
        self._news: set[type] = set()
        self._ready = False
        self._wanted: Literal["", "train", "step"] = ""
        self._pending: Values = {}
        self._watch = Watch(kinds=())
        self._draw = 0
        self._generation = 0
        self._preview_wanted = True
        self._preview_under_way = False
        if self.catalogue is not None:
            self._use(dict(self.preset.settings))
        self._thread.start()

    # ------------------------------------------------------------------ what a person does

    @property
    def running(self) -> bool:
        """Whether a run is on, or about to be."""
        return self.run.active or bool(self._wanted)

    def choose_preset(self, name: str) -> None:
        """Take a preset's settings. Raises SettingError where it cannot be had."""
        self.preset = preset_named(name)
        if self.catalogue is not None:
            self._use(dict(self.preset.settings))
        self.settings_changed.emit()

    def set_value(self, key: str, value: Value) -> None:
        """A person changed a field: it acts on the next step, and on the views at once."""
        before, self.values[key] = self.values.get(key, value), value
        if self.run.active and key in live_keys(self.settings):
            self._pending[key] = value
        if key in ("data", "objective"):
            self._adapt(key, before)
        self._preview_wanted = True

    def take_values(self, values: Values) -> None:
        """Take other settings as a whole, checked already (:func:`resolve_values`)."""
        self._use(values)
        self.settings_changed.emit()

    def train(self) -> None:
        """Begin a run, or go on with a paused one."""
        if self.run.state == "paused":
            self._thread.send(Control(action="resume"))
        elif not self.running:
            self._begin("train")

    def pause(self) -> None:
        """Pause at the next step boundary; a run that has not begun is not begun."""
        if not self._taken_back():
            self._thread.send(Control(action="pause"))

    def step(self) -> None:
        """One step, then pause; begins a paused run where there is none."""
        if self.running:
            self._thread.send(Control(action="step"))
        else:
            self._begin("step")

    def stop(self) -> None:
        """End the run; it is saved. One that has not begun is not begun."""
        if not self._taken_back():
            self._thread.send(Control(action="stop"))

    def reset(self) -> None:
        """Put the run aside, saved as it is, and stand ready for a new one."""
        self._wanted = ""
        self._replace_engine()

    def draw_views(self) -> None:
        """Other samples and other random views."""
        self._draw += 1
        self._preview_wanted = True

    def watch(self, watch: Watch) -> None:
        """Say which pictures anybody looks at."""
        if watch != self._watch:
            self._watch = watch
            self._thread.send(watch)

    # ------------------------------------------------------------------ the clock

    def pull(self) -> None:
        """Take in what came, send what waits."""
        self._unread.extend(self._thread.mailbox.pull())
        while self._unread:  # what raises is gone, what comes after it is read at the next pull
            message = self._unread.popleft()
            self._news.add(type(message))
            self.run.take(message)
            self._react(message)
        self._flush()
        self._retired = [thread for thread in self._retired if not thread.isFinished()]
        if self._news:
            news, self._news = self._news, set()
            self.arrived.emit(news)

    @property
    def skipped(self) -> int:
        """Pictures nobody saw because newer ones had come."""
        engine = self.run.pulse.skipped if self.run.pulse is not None else 0
        return engine + self._thread.mailbox.skipped

    def close(self) -> None:
        """Hang up, and wait until every engine and thread has ended."""
        for thread in (self._thread, *self._retired):
            thread.hang_up()
        for thread in (self._thread, *self._retired):
            thread.close()

    # ------------------------------------------------------------------ inside

    def _react(self, message: Message) -> None:
        match message:
            case Hello(catalogue=catalogue):
                self._ready = True
                self._take_catalogue(catalogue)
            case State(state="failed"):
                self._preview_under_way = False
                self._wanted = ""
                self.state_changed.emit()
            case State():
                self.state_changed.emit()
            case Views(generation=generation):
                self._preview_under_way = self._preview_under_way and generation < self._generation
            case Notice(level=level, key=key):
                self._preview_under_way = False
                if level == "refused" and self.run.active and key in self.run.values:
                    self.values[key] = self.run.values[key]
                self.noticed.emit(message)
            case _:
                pass

    def _flush(self) -> None:
        if not self._ready:
            return
        if self._wanted and self.values:
            self._start()
        if self._pending:
            self._thread.send(Change(values=self._pending))
            self._pending = {}
        if self._preview_wanted and not self._preview_under_way and self.values:
            self._generation += 1
            self._preview_wanted, self._preview_under_way = False, True
            self._thread.send(Preview(values=dict(self.values), draw=self._draw, generation=self._generation))

    def _begin(self, wanted: Literal["train", "step"]) -> None:
        """Start as soon as the engine is ready; not before, since without it the settings may not be known yet."""
        if self.run.ended or self.run.active:
            self._replace_engine()
        self._wanted = wanted
        self.state_changed.emit()

    def _taken_back(self) -> bool:
        """Whether Train or Step was still waiting for the engine; now it is not."""
        waited, self._wanted = bool(self._wanted), ""
        if waited:
            self.state_changed.emit()
        return waited

    def _start(self) -> None:
        folder = new_run_path(self._runs_folder, self.preset.name)
        paused = self._wanted == "step"
        start = Start(values=dict(self.values), folder=str(folder), preset=self.preset.name, paused=paused)
        self._thread.send(start)
        if paused:
            self._thread.send(Control(action="step"))
        self._wanted = ""
        self.run.name = folder.name
        self.run.take(State(state="preparing"))
        self.state_changed.emit()

    def _replace_engine(self) -> None:
        self._thread.hang_up()
        self._retired.append(self._thread)
        views = self.run.views
        self.run = RunModel()
        self.run.views = views
        self._ready = False
        self._pending = {}
        self._unread.clear()
        self._preview_under_way, self._preview_wanted = False, True
        self._thread = TrainingThread(self._new_engine())
        self._thread.start()
        self._thread.send(self._watch)
        self.run_replaced.emit()
        self.state_changed.emit()

    def _take_catalogue(self, catalogue: Catalogue) -> None:
        if catalogue == self.catalogue and self.values:
            return
        first = self.catalogue is None
        self.catalogue = catalogue
        catalogue_cache.save(catalogue)
        self._use(dict(self.preset.settings) if first else {**self.preset.settings, **self.values})
        self.settings_changed.emit()

    def _adapt(self, key: str, before: Value) -> None:
        """Another data set or objective: keep what still applies; where the two do not go together, the one before."""
        assert self.catalogue is not None
        given: Values = {"data": self.values["data"], "objective": self.values["objective"]}
        try:
            settings = settings_for(self.catalogue, str(given["data"]), str(given["objective"]))
            known = {setting.key for setting in settings}
            kept = {name: value for name, value in self.values.items() if name in known and self._was_chosen(name)}
            self._use({**kept, **given})
        except SettingError as error:
            self.values[key] = before
            self.noticed.emit(Notice(level="refused", text=str(error), key=error.key))
        self.settings_changed.emit()

    def _was_chosen(self, key: str) -> bool:
        defaults = {setting.key: setting.default for setting in self.settings}
        return key in defaults and self.values[key] != defaults[key]

    def _use(self, given: Values) -> None:
        assert self.catalogue is not None
        try:
            self.values = resolve_values(self.catalogue, given)
        except SettingError as error:  # a cached catalogue may be older than the preset
            self.noticed.emit(Notice(level="refused", text=str(error), key=error.key))
            self.values = resolve_values(self.catalogue, {})
        data, objective = str(self.values["data"]), str(self.values["objective"])
        self.settings = settings_for(self.catalogue, data, objective)
        self._preview_wanted = True
