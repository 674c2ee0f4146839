"""The configuration of a run: a preset, a value for every setting, and the declarations of the settings.

The declarations come from the catalogue, the list of objectives, data sets and settings that the engine sends. The
setting "objective" names a family of objectives. If several objectives of the family can learn from the data set, the
setting "variant", which the form calls "Method", chooses one of them.
"""

from __future__ import annotations

from typing import NamedTuple

from sslviz.core.catalogue import (
    DECISIVE,
    chosen_objective,
    data_seed,
    dataset_entry,
    families_for,
    live_keys,
    resolve_values,
    settings_for,
    with_family,
)
from sslviz.core.entries import Catalogue
from sslviz.core.presets import Preset
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, SettingError, Value, Values


class RunConfigState(NamedTuple):
    """The preset and the values of a configuration at one moment, for example of those that a training has."""

    preset: Preset
    values: Values

    @property
    def keeps_preset(self) -> bool:
        """Whether the data set, the objective and the variant are those that the preset names."""
        given = self.preset.settings
        return all(self.values.get(key, given[key]) == given[key] for key in DECISIVE if key in given)


class RunConfig:
    """A value for every setting of the chosen data set and objective; no values until a catalogue is known.

    The values are valid, except that :meth:`set_value` trusts its caller for settings other than data set, objective
    and variant. The methods that change values return a SettingError instead of raising it. If :meth:`set_value` gets a
    data set or objective that cannot be used, that setting keeps its previous value; after any other error, all
    settings are reset to their defaults.
    """

    def __init__(self, preset: Preset, catalogue: Catalogue | None = None) -> None:
        self.preset = preset
        self.catalogue = catalogue
        self.values: Values = {}
        self._given: Values = preset.settings
        """What the values become once a catalogue is known."""
        self.settings: tuple[Setting, ...] = ()
        self.draw = 0
        """Number of the random draw that decides which samples are previewed, and with which random augmentations."""
        if catalogue is not None:
            self.replace(preset.settings)

    def copy(self) -> RunConfig:
        """Return a copy of this configuration; later changes of one do not affect the other."""
        other = RunConfig(self.preset)
        other.catalogue, other.values, other.settings = self.catalogue, dict(self.values), self.settings
        other.draw, other._given = self.draw, self._given
        return other

    def snapshot(self) -> RunConfigState:
        """Return the present preset and a copy of the present values."""
        return RunConfigState(self.preset, dict(self.values))

    def restore(self, state: RunConfigState) -> SettingError | None:
        """Set preset and values to those of a snapshot; without a catalogue, the values wait until it is known.

        Settings that are missing in the snapshot get their defaults.
        If a value of the snapshot is invalid or its setting does not exist, all settings are reset to their defaults,
        and the error is returned.
        """
        self.preset, self._given = state.preset, state.values
        return self.replace(state.values) if self.catalogue is not None else None

    def set_value(self, key: str, value: Value) -> SettingError | None:
        """Set the value of one setting.

        A method as "objective" stands for its family and the variant of this name.

        A change of the data set, the objective or its variant also changes which settings there are: see
        :meth:`_adapt`, whose error, if any, is returned. The values of other settings are not validated here.
        """
        before, self.values[key] = self.values.get(key, value), value
        return self._adapt(key, before) if key in DECISIVE else None

    def take_catalogue(self, catalogue: Catalogue) -> SettingError | None:
        """Replace the declarations of all settings by those in ``catalogue``.

        With the first catalogue, all values become those of the preset, or those of :meth:`restore`; with a later one,
        they stay as they are. If the new declarations do not allow one of these values or lack its setting, all
        settings are reset to their defaults, and the error is returned.
        """
        first, self.catalogue = self.catalogue is None, catalogue
        return self.replace(self._given if first else {**self.preset.settings, **self.values})

    def replace(self, values: Values) -> SettingError | None:
        """Replace all values by ``values``; settings that are missing in ``values`` have their defaults.

        If a value is invalid or its setting does not exist, all settings are reset to their defaults, and the error is
        returned.
        """
        assert self.catalogue is not None
        refusal = None
        try:
            self.values = resolve_values(self.catalogue, dict(values))
        except SettingError as error:  # a cached catalogue may be older than the preset
            refusal = error
            self.values = resolve_values(self.catalogue, {})
        self.settings = settings_for(self.catalogue, self.values)
        return refusal

    def panel_data(self) -> frozenset[str] | None:
        """Return what the chosen objective computes for panels in addition to what every objective computes.

        The result holds names of message types of :mod:`sslviz.core.panel_data`; it is None without a catalogue.
        """
        if self.catalogue is None or not self.values:
            return None
        return frozenset(chosen_objective(self.catalogue, self.values).panel_data_with(self.values))

    def has_same_data(self, values: Values) -> bool:
        """Return whether ``values`` and this configuration name the same data set, with the same settings and seed.

        The result is False if this configuration has no values yet.
        """
        if self.catalogue is None or not self.values:
            return False
        settings = dataset_entry(self.catalogue, str(self.values["data"])).settings
        keys = ("data", *(setting.key for setting in settings))
        same_settings = all(values.get(key) == self.values.get(key) for key in keys)
        return same_settings and data_seed(values) == data_seed(self.values)

    def differences(self, without: frozenset[str] = frozenset()) -> tuple[SettingChange, ...]:
        """Return how the settings differ from those of the preset: as changes from its values to the present ones.

        Settings whose keys are in ``without`` are left out. The result is empty if the data set, the objective or the
        variant is another one than in the preset, if the catalogue does not allow the settings of the preset, or if
        there is no catalogue.
        """
        if self.catalogue is None or not self.values:
            return ()
        try:
            preset = resolve_values(self.catalogue, self.preset.settings)
        except SettingError:  # a cached catalogue may be older than the preset
            return ()
        if any(preset.get(key) != self.values.get(key) for key in DECISIVE):
            return ()
        changes = (
            SettingChange(key=each.key, label=each.label, before=preset[each.key], after=self.values[each.key])
            for each in self.settings
            if each.key not in without
        )
        return tuple(change for change in changes if change.before != change.after)

    def live_keys(self) -> set[str]:
        """Return the keys of the settings that can be changed during a run."""
        return set(live_keys(self.settings))

    def _adapt(self, key: str, before: Value) -> SettingError | None:
        """Make the configuration fit after its data set, objective or variant was changed.

        ``key`` is the key of the setting that was changed, and ``before`` is its previous value.

        Settings that do not exist for the chosen data set and objective are removed. Of the others, those whose values
        differ from their defaults keep their values, where these are possible for this data set and objective; the rest
        get the defaults for this data set and objective.

        If the objective cannot learn from a new data set, an objective that can is chosen instead. If there is none, or
        if a new objective cannot learn from the data set, the changed setting gets its previous value back, nothing
        else changes, and the error is returned. A variant that cannot be used is no error: the first variant of the
        objective that can learn from the data set is chosen instead.
        """
        assert self.catalogue is not None
        decisive = {name: self.values[name] for name in DECISIVE if name in self.values}
        try:
            if key == "data" and not self._fit_together(decisive):
                del decisive["objective"]
            decisive = with_family(self.catalogue, decisive)
            objective = chosen_objective(self.catalogue, decisive)
        except SettingError as error:
            self.values[key] = before
            return error
        decisive["objective"] = objective.family
        if decisive.get("variant") != objective.name:
            decisive.pop("variant", None)
        declared = settings_for(self.catalogue, decisive)
        kept = {each.key: self.values[each.key] for each in declared if self._differs(each.key)}
        fitting = {each.key: kept[each.key] for each in declared if each.key in kept and each.allows(kept[each.key])}
        return self.replace({**fitting, **decisive})

    def _fit_together(self, decisive: Values) -> bool:
        """Return whether an objective can learn from a data set; ``decisive`` holds the names of both.

        Raises SettingError if there is no such data set.
        """
        assert self.catalogue is not None
        modality = dataset_entry(self.catalogue, str(decisive["data"])).modality
        return decisive["objective"] in families_for(self.catalogue, modality)

    def _differs(self, key: str) -> bool:
        """Return whether the value of the setting ``key`` differs from its default; False for an unknown setting."""
        defaults = {setting.key: setting.default for setting in self.settings}
        return key in defaults and self.values[key] != defaults[key]
