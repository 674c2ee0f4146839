"""One run with its settings: what it learns and with which values, without the engine that trains it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PySide6.QtCore import QObject

from sslviz.core.catalogue import DECISIVE, dataset_entry
from sslviz.core.presets import preset_named
from sslviz.core.settings import SettingError, Value, Values
from sslviz.core.stored_runs import preset_of
from sslviz.window.runs.run_config import RunConfig, RunConfigState
from sslviz.window.runs.run_model import RunModel


class ConfiguredRun(QObject):
    """A run with the settings that the form shows, and those with which it was started."""

    def __init__(self, config: RunConfig, model: RunModel) -> None:
        super().__init__()
        self.config = config
        self.model = model
        self._started_with: RunConfigState | None = None
        self._recorded_values: Values | None = None

    @property
    def running(self) -> bool:
        """Whether a training is in progress or paused, or its start is requested but not sent to the engine yet."""
        return self.model.life_cycle.running

    @property
    def in_force(self) -> RunConfigState:
        """Preset and settings of the training, live changes included; before the start, those that the form shows."""
        if self._started_with is None:
            return self.config.snapshot()
        return RunConfigState(self._started_with.preset, {**self._started_with.values, **self.model.values})

    @property
    def data_path(self) -> Path | None:
        """Where the user's own data are whose samples are on the map; None if they are of others, or if unknown.

        While other data are scanned or prepared, these are not yet those that the settings name.
        """
        prepared, catalogue = self.model.prepared, self.config.catalogue
        values = prepared.values if prepared is not None else self.in_force.values
        if catalogue is None or self.from_script or "data" not in values:
            return None
        setting = dataset_entry(catalogue, str(values["data"])).path_setting
        path = str(values.get(setting.key, "")) if setting is not None else ""
        return Path(path) if path else None

    @property
    def from_script(self) -> bool:
        """Whether the window cannot use the settings of this recorded run, usually since a script recorded it.

        It is also true until the settings of a recorded run have arrived.
        """
        return self.model.recorded and self._started_with is None

    @property
    def on_cpu(self) -> bool:
        """Whether the run computes on the CPU; false until the engine has named its device."""
        return self.model.prepared is not None and self.model.prepared.device.startswith("CPU")

    @property
    def task(self) -> tuple[Value | None, ...]:
        """What the run learns: its data set, its objective and the variant of the objective, as settings name them.

        Figures of two runs can be compared if their tasks are equal. For a run whose settings the window cannot use
        (see :attr:`from_script`), the task consists of "a script" and of the texts and the rounded values of the
        reference lines in the plot of its loss.
        """
        if not self.from_script:
            return tuple(self.config.values.get(key) for key in DECISIVE)
        lines = sorted((line.label, round(line.value, 3)) for line in self.model.reference_lines("loss"))
        return ("a script", *(part for line in lines for part in line))

    @property
    def panel_data(self) -> frozenset[str] | None:
        """What the objective of the run computes for panels in addition to what every objective computes.

        The result holds names of message types of :mod:`sslviz.core.panel_data`; it is None if unknown. During a
        training, the objective is the one that is trained. Before and after it, the objective is the one that the
        present settings name. For a recorded run, it is the objective of the recording once that is known.
        """
        prepared, configured = self.model.prepared, self.config.panel_data()
        if prepared is None or self.model.untrained:
            return configured
        if self.running or self.model.recorded or configured is None:
            return frozenset(prepared.panel_data)
        return configured

    @property
    def learns(self) -> bool:
        """Whether the objective of the run trains a network; the objective is the one of :attr:`panel_data`."""
        prepared = self.model.prepared
        if prepared is None or self.model.untrained or not (self.running or self.model.recorded):
            return self.config.trains
        return prepared.trains

    def restore_config(self) -> None:
        """Restore the settings with which the run was trained, including live changes of them.

        This drops the edits that the user made after the end of the training; they were meant for the next run.
        """
        if self._started_with is not None:
            self.config.restore(self.in_force)

    def use_recorded(self, values: Values) -> bool:
        """Use ``values``, the settings of this recorded run, as the settings of the next run that the window trains.

        They are not used if they name no data set or no objective, if the catalogue is unknown or does not allow them,
        or if earlier settings of this run are in use already. Returns whether they are others than at the last call.
        """
        if values == self._recorded_values:
            return False
        self._recorded_values = values
        known = self.config.catalogue is not None and all(key in values for key in DECISIVE[:2])
        if known and self._started_with is None and self.config.replace(values) is None:
            self._take_preset()
            self._started_with = self.config.snapshot()
        return True

    def _take_preset(self) -> None:
        """Take note which preset this recorded run was begun with."""
        if self.model.folder is not None and (name := preset_of(self.model.folder)):
            with contextlib.suppress(SettingError):  # that preset is not installed any more
                self.config.preset = preset_named(name)
