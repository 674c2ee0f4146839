"""What a person has chosen for a run: a preset, a value for every setting, and which settings there are."""

from __future__ import annotations

from typing import NamedTuple

from sslviz.core.catalogue import (
    DECISIVE,
    chosen_objective,
    dataset_entry,
    families_for,
    live_keys,
    resolve_values,
    settings_for,
)
from sslviz.core.entries import Catalogue
from sslviz.core.presets import Preset
from sslviz.core.settings import Setting, SettingError, Value, Values


class RunConfigState(NamedTuple):
    """A choice at one moment, for undo."""

    preset: Preset
    values: Values


class RunConfig:
    """Always a complete, valid set of values for the present pair of data and objective; none before a catalogue.

    What would not be valid is refused: such methods return the error, and the choice is as it was.
    """

    def __init__(self, preset: Preset, catalogue: Catalogue | None = None) -> None:
        self.preset = preset
        self.catalogue = catalogue
        self.values: Values = {}
        self.settings: tuple[Setting, ...] = ()
        self.draw = 0
        """which samples, and which random views of them, are looked at"""
        if catalogue is not None:
            self.use(preset.settings)

    def copy(self) -> RunConfig:
        """The same, to be changed on its own."""
        other = RunConfig(self.preset)
        other.catalogue, other.values, other.settings = self.catalogue, dict(self.values), self.settings
        other.draw = self.draw
        return other

    def now(self) -> RunConfigState:
        """The choice at this moment."""
        return RunConfigState(self.preset, dict(self.values))

    def go_back_to(self, chosen: RunConfigState) -> SettingError | None:
        """Choose again what was chosen then."""
        self.preset = chosen.preset
        return self.use(chosen.values) if self.catalogue is not None else None

    def set_value(self, key: str, value: Value) -> SettingError | None:
        """Choose one value; other data or another objective bring other settings along."""
        before, self.values[key] = self.values.get(key, value), value
        return self._adapt(key, before) if key in DECISIVE else None

    def take_catalogue(self, catalogue: Catalogue) -> SettingError | None:
        """Other declarations hold from now on; what was chosen is kept where it still fits."""
        first, self.catalogue = self.catalogue is None, catalogue
        return self.use(self.preset.settings if first else {**self.preset.settings, **self.values})

    def use(self, given: Values) -> SettingError | None:
        """Exactly these values, defaults for the rest; only defaults where they do not fit."""
        assert self.catalogue is not None
        refusal = None
        try:
            self.values = resolve_values(self.catalogue, dict(given))
        except SettingError as error:  # a cached catalogue may be older than the preset
            refusal = error
            self.values = resolve_values(self.catalogue, {})
        self.settings = settings_for(self.catalogue, self.values)
        return refusal

    def panel_data(self) -> frozenset[str] | None:
        """Tags of the pictures that the chosen objective gives and not all do; None before a catalogue."""
        if self.catalogue is None or not self.values:
            return None
        return frozenset(chosen_objective(self.catalogue, self.values).panel_data)

    def is_of_same_data(self, values: Values) -> bool:
        """Whether a run with these values had the very samples that this choice gives."""
        if self.catalogue is None or not self.values:
            return False
        settings = dataset_entry(self.catalogue, str(self.values["data"])).settings
        keys = ("data", "seed", *(setting.key for setting in settings))
        return all(values.get(key) == self.values.get(key) for key in keys)

    def live_keys(self) -> set[str]:
        """Settings that a run takes while it goes on."""
        return set(live_keys(self.settings))

    def _adapt(self, key: str, before: Value) -> SettingError | None:
        """Another data set or objective: keep what still applies; where the two do not go together, the one before.

        Other data bring an objective along that fits.
        """
        assert self.catalogue is not None
        given = {name: self.values[name] for name in DECISIVE if name in self.values}
        try:
            if key == "data" and not self._goes_together(given):
                del given["objective"]
            chosen = chosen_objective(self.catalogue, given)
        except SettingError as error:
            self.values[key] = before
            return error
        given["objective"] = chosen.family
        if given.get("variant") != chosen.name:
            given.pop("variant", None)
        known = {setting.key for setting in settings_for(self.catalogue, given)}
        kept = {name: value for name, value in self.values.items() if name in known and self._was_chosen(name)}
        return self.use({**kept, **given})

    def _goes_together(self, given: Values) -> bool:
        assert self.catalogue is not None
        modality = dataset_entry(self.catalogue, str(given["data"])).modality
        return given["objective"] in families_for(self.catalogue, modality)

    def _was_chosen(self, key: str) -> bool:
        defaults = {setting.key: setting.default for setting in self.settings}
        return key in defaults and self.values[key] != defaults[key]
