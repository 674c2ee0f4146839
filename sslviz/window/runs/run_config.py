"""The configuration of a run: a preset, a value for every setting, and the declarations of the settings.

The declarations come from the catalogue, the list of objectives, data sets and settings that the engine sends. The
setting "objective" names a family of objectives. If several objectives of the family can learn from the data set, the
setting "variant", which the form calls "Method", chooses one of them.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from sslviz.core.catalogue import (
    DECISIVE,
    chosen_objective,
    data_seed,
    dataset_entry,
    families_for,
    live_keys,
    resolve_values,
    settings_for,
    trains,
    with_family,
)
from sslviz.core.entries import Catalogue
from sslviz.core.presets import Preset
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, SettingError, Value, Values
from sslviz.core.suited import SuitedSetting
from sslviz.core.survey import AUTO, Survey, Surveyed


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
        self.later: Values = {}
        """Values of some settings that are fixed during a run, for the run after it; a copy of this object uses them.
        """
        self._given: Values = preset.settings
        """What the values become once a catalogue is known."""
        self.settings: tuple[Setting, ...] = ()
        self.surveyed: Surveyed | None = None
        """What was found in the user's own data that were looked at last; these may be others than the present data."""
        self.draw = 0
        """Number of the random draw that decides which samples are previewed, and with which random augmentations."""
        if catalogue is not None:
            self.replace(preset.settings)

    def copy(self) -> RunConfig:
        """Return a copy of this configuration for another run; later changes of one do not affect the other."""
        other = RunConfig(self.preset)
        other.catalogue, other.values, other.settings = self.catalogue, {**self.values, **self.later}, self.settings
        other.draw, other._given, other.surveyed = self.draw, self._given, self.surveyed
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
        path = self.path_key
        before, self.values[key] = self.values.get(key, value), value
        if key not in (*DECISIVE, path):
            return None
        kept = {each.key for each in self.settings if self._differs(each.key)}
        if key in ("data", path):
            kept -= self._path_keys() - {key}
        try:
            return self._adapt(key, kept)
        except SettingError as error:
            self.values[key] = before
            return error

    def use_data(self, chosen: Values) -> SettingError | None:
        """Use the data that ``chosen`` names by the keys "data" and, for data of the user's own, of the path.

        The objective stays if it can learn from them. Values that the user has set are kept; those that differ from the
        defaults because the preset says so become the defaults, since the preset is made for other data. An error is
        returned, and nothing changes, if no objective can learn from these data.
        """
        before, self.values = self.values, {**self.values, **chosen}
        preset = self.preset.settings
        kept = {key for key, value in before.items() if self._differs(key) and value != preset.get(key)}
        if any(before.get(key) != value for key, value in chosen.items()):
            kept -= self._path_keys(before)
        try:
            return self._adapt("data", kept | chosen.keys())
        except SettingError as error:
            self.values = before
            return error

    def survey_request(self) -> Survey | None:
        """Return the request to look at the present data; None if they are not the user's own, or have been surveyed.

        It is also None if no path is chosen yet. What suits the data depends on the device: once another one is chosen,
        they are surveyed again.
        """
        key, device = self.path_key, str(self.values.get("device", AUTO))
        path = str(self.values.get(key, ""))
        if not path or (self.found is not None and self.found.device == device):
            return None
        return Survey(data=str(self.values["data"]), path=path, device=device)

    @property
    def lacks_path(self) -> bool:
        """Whether the data are the user's own and no path is chosen yet."""
        key = self.path_key
        return bool(key) and not self.values.get(key)

    @property
    def found(self) -> Surveyed | None:
        """What was found in the present data; None if they are not the user's own, or have not been surveyed."""
        surveyed = self.surveyed
        path = self.values.get(self.path_key)
        return surveyed if surveyed and (surveyed.data, surveyed.path) == (self.values.get("data"), path) else None

    @property
    def reasons(self) -> dict[str, str]:
        """Why the defaults of some settings are what they are, by key, and what was found, by the key of the path."""
        surveyed = self.found
        if surveyed is None or surveyed.found is None:
            return {}
        return {self.path_key: surveyed.found.text()} | {each.key: each.reason for each in surveyed.suited}

    @property
    def suited_in_use(self) -> tuple[SuitedSetting, ...]:
        """The settings that suit what was found in the present data, and have these values."""
        suited = self.found.suited if self.found is not None else ()
        return tuple(each for each in suited if self.values.get(each.key) == each.value)

    def take_survey(self, surveyed: Surveyed) -> SettingError | None:
        """Make the settings that suit what was found the defaults; values that differ from their defaults are kept."""
        kept = {key: value for key, value in self.values.items() if key in DECISIVE or self._differs(key)}
        self.surveyed = surveyed
        return self.replace(kept)

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
        suited = self._suited()
        self.settings = tuple(_with_default(each, suited) for each in settings_for(self.catalogue, self.values))
        self.values |= {each.key: each.default for each in self.settings if each.key in suited.keys() - values.keys()}
        return refusal

    def _suited(self) -> Values:
        """Return the settings that suit what was found in the present data."""
        found = self.found
        return {each.key: each.value for each in found.suited} if found is not None else {}

    @property
    def path_key(self) -> str:
        """The key of the setting that is the path of the present data; empty if these come with sslviz."""
        if self.catalogue is None or not self.values:
            return ""
        setting = dataset_entry(self.catalogue, str(self.values["data"])).path_setting
        return setting.key if setting is not None else ""

    def _path_keys(self, values: Values | None = None) -> set[str]:
        """Return the keys of all paths among the settings of the data set in ``values``: of the data, and of lists.

        By default, the data set is the present one.
        """
        assert self.catalogue is not None
        entry = dataset_entry(self.catalogue, str((values or self.values)["data"]))
        return {each.key for each in entry.settings if each.value_type == "path"}

    def panel_data(self) -> frozenset[str] | None:
        """Return what the chosen objective computes for panels in addition to what every objective computes.

        The result holds names of message types of :mod:`sslviz.core.panel_data`; it is None without a catalogue.
        """
        if self.catalogue is None or not self.values:
            return None
        return frozenset(chosen_objective(self.catalogue, self.values).panel_data_with(self.values))

    @property
    def trains(self) -> bool:
        """Whether the chosen objective trains a network; true without a catalogue."""
        return self.catalogue is None or not self.values or trains(self.catalogue, self.values)

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

    def _adapt(self, key: str, kept: set[str]) -> SettingError | None:
        """Make the configuration fit after its data set, path, objective or variant was changed.

        ``key`` is the key of the setting that was changed. ``kept`` are the keys of settings that keep their values,
        where the settings exist and the values are possible for this data set and objective; the rest get the defaults
        for this data set and objective. The error of :meth:`replace` is returned.

        If the objective cannot learn from a new data set, an objective that can is chosen instead. A variant that
        cannot be used is no error: the first variant of the objective that can learn from the data set is chosen.

        Raises SettingError if there is no objective for a new data set, or if a new objective cannot learn from the
        data set.
        """
        assert self.catalogue is not None
        decisive = {name: self.values[name] for name in DECISIVE if name in self.values}
        if key == "data" and not self._fit_together(decisive):
            del decisive["objective"]
        decisive = with_family(self.catalogue, decisive)
        objective = chosen_objective(self.catalogue, decisive)
        decisive["objective"] = objective.family
        if decisive.get("variant") != objective.name:
            decisive.pop("variant", None)
        declared = {each.key: each for each in settings_for(self.catalogue, decisive)}
        values = {key: self.values[key] for key in kept if key in declared}
        fitting = {key: value for key, value in values.items() if declared[key].allows(value)}
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


def _with_default(setting: Setting, defaults: Values) -> Setting:
    """Return ``setting`` with the default that ``defaults`` has for its key, if it can take that."""
    if setting.key not in defaults or not setting.allows(defaults[setting.key]):
        return setting
    return msgspec.structs.replace(setting, default=defaults[setting.key])
