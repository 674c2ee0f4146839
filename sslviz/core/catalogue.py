"""Questions to the catalogue: which settings a choice of data and objective has, and whether they go together."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError, Value, Values, resolve

DEFAULT_DATA = "shapes"
DEFAULT_OBJECTIVE = "contrastive"
DECISIVE = ("data", "objective", "variant")
"""settings that decide which others there are"""


def dataset_entry(catalogue: Catalogue, name: str) -> DatasetEntry:
    """Raises SettingError with the names there are."""
    for entry in catalogue.datasets:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in catalogue.datasets)
    raise SettingError("data", f"There is no data set called {name!r}; there are {names}.")


def families_for(catalogue: Catalogue, modality: str) -> tuple[str, ...]:
    """The families that learn from a modality, the default first."""
    found = dict.fromkeys(entry.family for entry in catalogue.objectives if modality in entry.modalities)
    return tuple(sorted(found, key=lambda family: family != DEFAULT_OBJECTIVE))


def variants(catalogue: Catalogue, family: str, modality: str) -> tuple[ObjectiveEntry, ...]:
    """The objectives of a family for a modality, the default first. Raises SettingError with what fits instead."""
    found = tuple(entry for entry in catalogue.objectives if entry.family == family and modality in entry.modalities)
    if found:
        return found
    families = sorted({entry.family for entry in catalogue.objectives})
    if family not in families:
        raise SettingError("objective", f"There is no objective called {family!r}; there are {', '.join(families)}.")
    raise SettingError("objective", _misfit(catalogue, family, modality))


def _misfit(catalogue: Catalogue, family: str, modality: str) -> str:
    wanted = dict.fromkeys(
        modality for entry in catalogue.objectives if entry.family == family for modality in entry.modalities
    )
    fitting = families_for(catalogue, modality)
    instead = f" For {modality} data take {' or '.join(fitting)}." if fitting else ""
    return f"The {family} objective learns from {' or '.join(wanted)} data, and these are {modality} data.{instead}"


def chosen_objective(catalogue: Catalogue, given: Mapping[str, object]) -> ObjectiveEntry:
    """The objective that data, family and variant among these values pick; without a family the data's default.

    Raises:
        SettingError: there is none, or it does not fit the data.
    """
    modality = dataset_entry(catalogue, str(given.get("data", DEFAULT_DATA))).modality
    family = given.get("objective") or next(iter(families_for(catalogue, modality)), DEFAULT_OBJECTIVE)
    found = variants(catalogue, str(family), modality)
    return next((entry for entry in found if entry.name == given.get("variant")), found[0])


def settings_for(catalogue: Catalogue, given: Mapping[str, object]) -> tuple[Setting, ...]:
    """Every setting that goes with the data, family and variant among these values, the data's own defaults put in."""
    objective = chosen_objective(catalogue, given)
    dataset = dataset_entry(catalogue, str(given.get("data", DEFAULT_DATA)))
    defaults: Mapping[str, Value] = {
        **objective.defaults,
        **dataset.defaults,
        "data": dataset.name,
        "objective": objective.family,
    }
    choice = _variant_setting(variants(catalogue, objective.family, dataset.modality), objective)
    common = tuple(_explained(setting, catalogue, dataset.modality) for setting in catalogue.common)
    every = (*objective.settings, *common, *choice, *dataset.settings)  # in the order of the form
    fitting = (setting for setting in every if not setting.modalities or dataset.modality in setting.modalities)
    return tuple(_with_default(setting, defaults) for setting in fitting)


def _explained(setting: Setting, catalogue: Catalogue, modality: str) -> Setting:
    """The choice of objectives, with why some do not go with this modality."""
    if setting.key != "objective":
        return setting
    fitting = families_for(catalogue, modality)
    absent = {family: _misfit(catalogue, family, modality) for family in setting.choices if family not in fitting}
    return msgspec.structs.replace(setting, unavailable=absent)


def _variant_setting(found: tuple[ObjectiveEntry, ...], chosen: ObjectiveEntry) -> tuple[Setting, ...]:
    """The choice among several objectives of one family, where there is one."""
    if len(found) < 2:
        return ()
    told = " ".join(f"{entry.name}: {entry.help}" for entry in found)
    return (
        Setting(
            key="variant",
            value_type="choice",
            default=chosen.name,
            label="Variant",
            help=told,
            group="Run",
            choices=tuple(entry.name for entry in found),
        ),
    )


def _with_default(setting: Setting, defaults: Mapping[str, Value]) -> Setting:
    if setting.key not in defaults:
        return setting
    return msgspec.structs.replace(setting, default=defaults[setting.key])


def resolve_values(catalogue: Catalogue, given: Mapping[str, object]) -> Values:
    """Complete, checked values of a run from what was given. Raises SettingError."""
    return resolve(settings_for(catalogue, given), given)


def live_keys(settings: tuple[Setting, ...]) -> frozenset[str]:
    """Keys that may change while a run goes on."""
    return frozenset(setting.key for setting in settings if setting.live)
