"""Edits that the user makes in one run and can undo: changes of settings, and of the names of samples on the map."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from sslviz.core.messages import Notice
from sslviz.core.settings import SettingError, Value, Values
from sslviz.core.survey import Surveyed
from sslviz.window.runs.choices import Named, Names
from sslviz.window.runs.run_config import RunConfig, RunConfigState
from sslviz.window.runs.run_model import RunModel
from sslviz.window.runs.undo import SettingsChange, Undoable


class Edits(QObject):
    """Applies edits to the settings and sample names of one run, and keeps the edits on an undo stack.

    While a training of the run is in progress or paused, changes of live settings are collected. The caller fetches
    them by :meth:`take_live_changes` and sends them to the engine.
    """

    settings_changed = Signal()
    """The form must be updated: the run has other settings now, an entry was refused, or values changed elsewhere."""
    names_changed = Signal()
    """Names of samples were changed by undo or redo."""
    values_changed = Signal()
    """Values of settings have changed."""
    noticed = Signal(object)
    """Notice: an edit was refused."""

    def __init__(self, config: RunConfig, model: RunModel, parent: QObject) -> None:
        super().__init__(parent)
        self._config, self._model = config, model
        self._changed_live: set[str] = set()
        self.stack = QUndoStack(self)

    def set_value(self, key: str, value: Value) -> None:
        """Set one setting, as an edit that can be undone; emit :attr:`noticed` if the value is refused."""
        before, settings = self._config.snapshot(), self._config.settings
        refusal = self._config.set_value(key, value)
        self._record(key, before)
        if refusal is not None or self._config.settings != settings:
            self._tell(refusal)
            self.settings_changed.emit()

    def use_preset(self, state: RunConfigState) -> None:
        """Replace the preset and all settings by those in ``state``, as one edit that can be undone."""
        self._replace(state, "preset")

    def take_advice(self, values: Values) -> None:
        """Set several settings that a diagnosis advises, as one edit that can be undone."""
        self._replace(RunConfigState(self._config.preset, {**self._config.values, **values}), "advice")

    def use_data(self, chosen: Values) -> None:
        """Use other data, see :meth:`RunConfig.use_data`, as one edit that can be undone."""
        before = self._config.snapshot()
        self._tell(self._config.use_data(chosen))
        if not self._config.has_same_data(before.values):
            self._model.views = None
        self._record("data", before)
        self.settings_changed.emit()

    def take_back_data(self) -> None:
        """Undo the choice of the present data of the user's own; choose no path if it was not the last edit.

        If what suits them is known for another device, choose that device again instead.
        """
        found = self._config.found
        if found is not None and self._config.survey_request() is not None:
            self.set_value("device", found.device)
            self.settings_changed.emit()
            return
        last = self._last_change()
        chosen = {"data", self._config.path_key}
        if last is not None and last.after == self._config.snapshot() and last.touched() & chosen:
            self.stack.undo()
        else:
            self.set_value(self._config.path_key, "")

    def take_survey(self, surveyed: Surveyed) -> None:
        """Take the settings that suit data of the user's own as a part of the last edit, which chose these data."""
        before = self._config.snapshot()
        self._tell(self._config.take_survey(surveyed))
        last = self._last_change()
        if last is not None and last.after == before:
            last.after = self._config.snapshot()
        self.values_changed.emit()
        self.settings_changed.emit()

    def _last_change(self) -> SettingsChange | None:
        edits = map(self.stack.command, reversed(range(self.stack.index())))
        return next((edit for edit in edits if isinstance(edit, SettingsChange)), None)

    def name_samples(self, named: Named) -> None:
        """Give samples of the map the name in ``named``, or remove their names; this can be undone as one edit."""
        before = self._model.named
        self._model.take(named)
        if self._model.named != before:
            name = named.name.replace("&", "&&")  # in a menu, a single & would underline the next letter
            text = f"Name “{name}”" if name else "Forget names"
            self.stack.push(Undoable(text, before, self._model.named, self._restore_names))

    def undo(self) -> None:
        """Undo the last edit.

        If a training is requested, in progress or paused and the edit changed a setting that is not live, nothing is
        undone, and :attr:`noticed` tells the user why.
        """
        if self.stack.canUndo() and self._may_touch(self.stack.index() - 1):
            self.stack.undo()

    def redo(self) -> None:
        """Redo the edit that was undone last.

        If a training is requested, in progress or paused and the edit changes a setting that is not live, nothing is
        redone, and :attr:`noticed` tells the user why.
        """
        if self.stack.canRedo() and self._may_touch(self.stack.index()):
            self.stack.redo()

    def take_live_changes(self) -> Values:
        """Return the present values of the live settings that were changed since the last call of this method.

        Only changes that were made while a training of the run was in progress or paused are returned.
        """
        values = self._config.values
        changes = {key: values[key] for key in self._changed_live if key in values}
        self._changed_live.clear()
        return changes

    def _may_touch(self, index: int) -> bool:
        edit = self.stack.command(index)
        assert isinstance(edit, Undoable)
        fixed = edit.touched() - self._config.live_keys()
        if fixed and self._model.life_cycle.running:
            text = f"{edit.text()} is fixed while a run goes on. Stop it first."
            self.noticed.emit(Notice(level="refused", text=text))
            return False
        return True

    def _replace(self, state: RunConfigState, key: str) -> None:
        before = self._config.snapshot()
        self._tell(self._config.restore(state))
        if not self._config.has_same_data(before.values):
            self._model.views = None  # they are of other data
        self._record(key, before)
        self.settings_changed.emit()

    def _record(self, key: str, before: RunConfigState) -> None:
        """Push the edit that led from the settings ``before`` to the present settings onto the undo stack.

        Nothing is pushed if the settings are equal, or if there were no settings yet.

        ``key`` is the key of the setting that was changed, or ``preset`` or ``advice`` if several settings were
        changed. Also collect the changes of live settings for :meth:`take_live_changes`.
        """
        after = self._config.snapshot()
        self._collect_live(before, after)
        if before.values and before != after:
            labels = {setting.key: setting.label for setting in self._config.settings}
            text = labels.get(key, key.capitalize())  # ``preset`` and ``advice`` are not settings
            self.stack.push(SettingsChange(text, key, before, after, self._restore))
        self.values_changed.emit()

    def _restore(self, state: RunConfigState) -> None:
        before = self._config.snapshot()
        self._tell(self._config.restore(state))
        self._collect_live(before, self._config.snapshot())
        self.values_changed.emit()
        self.settings_changed.emit()

    def _restore_names(self, names: Names) -> None:
        """Name samples as before; other data may be on the map by now, of which there may be fewer samples."""
        count = self._model.probe.ids.shape[0] if self._model.probe is not None else 0
        on_map = {name: tuple(index for index in indices if index < count) for name, indices in names.items()}
        self._model.named = {name: indices for name, indices in on_map.items() if indices}
        self.names_changed.emit()

    def _collect_live(self, before: RunConfigState, after: RunConfigState) -> None:
        if self._model.life_cycle.active:
            changed = {key for key, value in after.values.items() if before.values.get(key) != value}
            self._changed_live |= changed & self._config.live_keys()

    def _tell(self, refusal: SettingError | None) -> None:
        if refusal is not None:
            self.noticed.emit(Notice(level="refused", text=str(refusal), key=refusal.key))
