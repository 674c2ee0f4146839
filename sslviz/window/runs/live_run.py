"""One run in the window: the choice it is made from, the engine that does it, and what is known of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from sslviz.core.catalogue import DECISIVE
from sslviz.core.messages import Change, Control, Hello, Message, Notice, Open, Prepared, Preview, Start, State, Watch
from sslviz.core.panel_data import Views
from sslviz.core.run_folder import new_run_path
from sslviz.core.settings import SettingError, Value, Values
from sslviz.window.runs.engine_process import EngineProcess
from sslviz.window.runs.run_config import RunConfig, RunConfigState
from sslviz.window.runs.run_model import Named, Names, RunModel
from sslviz.window.runs.training_thread import TrainingThread
from sslviz.window.runs.undo import SettingsChange, Undoable

NOTHING = Watch(panel_data=())
PREVIEWED = 8
"""selected samples whose views are asked for"""


class LiveRun(QObject):
    """All in the window's thread; nothing here waits. ``previews`` numbers the requests for views."""

    state_changed = Signal()
    settings_changed = Signal()
    """Other settings exist now, or values changed that the person did not just set in the form."""
    noticed = Signal(object)
    """Notice"""
    greeted = Signal(object)
    """Catalogue"""

    def __init__(
        self, choice: RunConfig, engine: EngineProcess, runs_folder: Path, previews: Iterator[int], model: RunModel
    ) -> None:
        super().__init__()
        self.choice = choice
        self.model = model
        self.changes = QUndoStack(self)
        self.training_thread = TrainingThread(engine)
        self.begun = False
        self.shown: Path | None = None
        """the folder of a recorded run"""
        self._runs_folder = runs_folder
        self._previews = previews
        self._unread: deque[Message] = deque()
        self._news: set[type] = set()
        self._ready = False
        self._wanted: Literal["", "train", "step"] = ""
        self._pending: set[str] = set()
        self._watch = NOTHING
        self._preview = 0
        self._began_with: RunConfigState | None = None
        self._recorded_values: Values | None = None
        self._preview_wanted = True
        self._preview_under_way = False
        self._previewed: tuple[int, ...] = ()
        self.training_thread.start()

    @property
    def running(self) -> bool:
        """Whether it is on, or about to be."""
        return self.model.active or bool(self._wanted)

    @property
    def foreign(self) -> bool:
        """Whether a script of a person made it, so that nothing here can train another like it."""
        return self.shown is not None and self._began_with is None

    @property
    def on_cpu(self) -> bool:
        """Whether it computes on the processor, as far as is known."""
        return self.model.prepared is not None and self.model.prepared.device.startswith("CPU")

    @property
    def task(self) -> tuple[Value | None, ...]:
        """What is learned from what: figures of two runs can be compared where these are equal. Scripts say it by
        the levels of their loss.
        """
        if not self.foreign:
            return tuple(self.choice.values.get(key) for key in DECISIVE)
        lines = sorted((line.role, round(line.value, 3)) for line in self.model.reference_lines("loss"))
        return ("a script", *(part for line in lines for part in line))

    @property
    def panel_data(self) -> frozenset[str] | None:
        """Tags of the pictures that it gives and not all runs do, or would with what is chosen now; None: not known."""
        prepared, chosen = self.model.prepared, self.choice.panel_data()
        if prepared is not None and (self.running or self.shown is not None or chosen is None):
            return frozenset(prepared.panel_data)
        return chosen

    # ------------------------------------------------------------------ what a person does

    def set_value(self, key: str, value: Value) -> None:
        """Acts on the next step, and on the views at once."""
        before, settings = self.choice.now(), self.choice.settings
        refusal = self.choice.set_value(key, value)
        self._changed(key, before)
        if refusal is not None or self.choice.settings != settings:
            self._refused(refusal)
            self.settings_changed.emit()

    def choose(self, chosen: RunConfigState) -> None:
        """Make a preset or a former choice hold; can be undone."""
        self._choose(chosen, "preset")

    def _choose(self, chosen: RunConfigState, key: str) -> None:
        before = self.choice.now()
        self._refused(self.choice.go_back_to(chosen))
        self._changed(key, before)
        self.settings_changed.emit()

    def take_advice(self, values: Values) -> None:
        """Set some settings at once."""
        self._choose(RunConfigState(self.choice.preset, {**self.choice.values, **values}), "advice")

    def name(self, named: Named) -> None:
        """Give samples of the map a name; can be undone."""
        before = self.model.named
        self.model.take(named)
        if self.model.named != before:
            called = named.name.replace("&", "&&")  # a menu shows it
            text = f"Name “{called}”" if called else "Forget names"
            self.changes.push(Undoable(text, before, self.model.named, self._put_names))

    def begin(self, wanted: Literal["train", "step"]) -> None:
        """As soon as the engine is ready; not before, since without it the settings may not be known yet."""
        self._wanted = wanted
        self.state_changed.emit()

    def show_recorded(self, folder: Path) -> None:
        """Show what a folder holds, instead of a training; nothing can be asked of a network then."""
        self.shown = self.model.folder = folder
        self.model.recorded = True
        self.begun, self._preview_wanted = True, False
        self.training_thread.send(Open(folder=str(folder)))
        self.training_thread.send(self._watch)

    def control(self, action: Literal["pause", "resume", "step", "stop"]) -> None:
        """Pause at the next step boundary, go on, do one step and pause, or end and save."""
        self.training_thread.send(Control(action=action))

    def take_back(self) -> bool:
        """Whether it was still waiting for the engine; then it is not begun."""
        waited, self._wanted = bool(self._wanted), ""
        if waited:
            self.state_changed.emit()
        return waited

    def show_what_it_did(self) -> None:
        """Its settings are again those it ended with: what was chosen since then was for the next run."""
        if self._began_with is not None:
            values = {**self._began_with.values, **self.model.values}
            self.choice.go_back_to(RunConfigState(self._began_with.preset, values))

    def draw_views(self) -> None:
        """Other samples and other random views."""
        self.choice.draw += 1
        self._preview_wanted = True

    def watch(self, watch: Watch) -> None:
        """Say which pictures anybody looks at."""
        if watch != self._watch:
            self._watch = watch
            self.training_thread.send(watch)

    # ------------------------------------------------------------------ the clock

    def pull(self) -> set[type]:
        """Take in what came, send what waits. Returns the kinds of message that came."""
        self._unread.extend(self.training_thread.mailbox.pull())
        while self._unread:  # what raises is gone, what comes after it is read at the next pull
            message = self._unread.popleft()
            self._news.add(type(message))
            self.model.take(message)
            self._react(message)
        self._flush()
        news, self._news = self._news, set()
        return news

    def _react(self, message: Message) -> None:
        match message:
            case Hello(catalogue=catalogue):
                self._ready = True
                self.greeted.emit(catalogue)
            case State(state=state):
                if state == "failed":
                    self._preview_under_way = False
                    self._wanted = ""
                self.state_changed.emit()
            case Prepared(values=values) if self.shown is not None:
                self._take_recorded(values)
            case Views(generation=generation):
                self._preview_under_way = self._preview_under_way and generation < self._preview
            case Notice(level=level, key=key):
                self._preview_under_way = False
                if level == "refused" and self.model.active and key in self.model.values:
                    self.choice.values[key] = self.model.values[key]
                self.noticed.emit(message)
            case _:
                pass

    def _take_recorded(self, values: Values) -> None:
        """The settings of a recorded run are those of the next, where they are of this program."""
        if values == self._recorded_values:
            return
        self._recorded_values = values
        catalogue = self.choice.catalogue
        known = catalogue is not None and all(key in values for key in DECISIVE[:2])
        if known and self._began_with is None and self.choice.use(values) is None:
            self._began_with = self.choice.now()
        self.settings_changed.emit()
        self.state_changed.emit()

    def _flush(self) -> None:
        values = self.choice.values
        if not self._ready or not values:
            return
        if self._wanted:
            self._start()
        if self._pending:
            self.training_thread.send(Change(values={key: values[key] for key in self._pending if key in values}))
            self._pending.clear()
        samples = self._samples()
        wanted = self._preview_wanted or samples != self._previewed
        if wanted and not self._preview_under_way and self.shown is None:
            self._preview, self._previewed = next(self._previews), samples
            self._preview_wanted, self._preview_under_way = False, True
            of = {"generation": self._preview, "draw": self.choice.draw}
            self.training_thread.send(Preview(values=dict(values), samples=samples, **of))

    def _samples(self) -> tuple[int, ...]:
        """Numbers of the first selected samples, where those of the map are samples of the data that are chosen."""
        probe, selected = self.model.probe, self.model.selection.indices
        if probe is None or not selected or not self.choice.is_of_same_data(self.model.values):
            return ()
        numbers = probe.ids.numpy()[list(selected[:PREVIEWED])].tolist()
        return tuple(dict.fromkeys(numbers))  # of several segments of a sample, one

    def _start(self) -> None:
        preset = self.choice.preset.name
        folder = new_run_path(self._runs_folder, preset)
        paused = self._wanted == "step"
        self.training_thread.send(
            Start(values=dict(self.choice.values), folder=str(folder), preset=preset, paused=paused)
        )
        if paused:
            self.control("step")
        self._wanted = ""
        self._began_with = self.choice.now()
        self.begun = True
        self.model.folder = folder
        self.model.take(State(state="preparing"))
        self.state_changed.emit()

    # ------------------------------------------------------------------ undo

    def undo(self) -> None:
        """Take the last change back."""
        if self.changes.canUndo() and self._may_touch(self.changes.index() - 1):
            self.changes.undo()

    def redo(self) -> None:
        """Make the change that was taken back again."""
        if self.changes.canRedo() and self._may_touch(self.changes.index()):
            self.changes.redo()

    def _may_touch(self, index: int) -> bool:
        change = self.changes.command(index)
        assert isinstance(change, Undoable)
        fixed = change.touched() - self.choice.live_keys()
        if fixed and self.running:
            text = f"{change.text()} is fixed while a run goes on. Stop it first."
            self.noticed.emit(Notice(level="refused", text=text))
            return False
        return True

    def _changed(self, key: str, before: RunConfigState) -> None:
        after = self.choice.now()
        self._act_on(before, after)
        if before.values and before != after:
            labels = {each.key: each.label for each in self.choice.settings}
            text = labels.get(key, key.capitalize())  # of a preset or an advice
            self.changes.push(SettingsChange(text, key, before, after, self._put))

    def _put(self, chosen: RunConfigState) -> None:
        before = self.choice.now()
        self._refused(self.choice.go_back_to(chosen))
        self._act_on(before, self.choice.now())
        self.settings_changed.emit()

    def _put_names(self, names: Names) -> None:
        self.model.named = names
        self._news.add(Named)

    def _act_on(self, before: RunConfigState, after: RunConfigState) -> None:
        changed = {key for key, value in after.values.items() if before.values.get(key) != value}
        if self.model.active:
            self._pending |= changed & self.choice.live_keys()
        self._preview_wanted = True

    def _refused(self, refusal: SettingError | None) -> None:
        if refusal is not None:
            self.noticed.emit(Notice(level="refused", text=str(refusal), key=refusal.key))
