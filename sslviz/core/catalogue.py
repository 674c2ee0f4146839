"""Questions to the catalogue: which settings a pair of data and objective has, and whether the pair goes together."""

from __future__ import annotations

from collections.abc import Mapping

from sslviz.core.messages import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError, Value, Values, resolve

DEFAULT_DATA = "shapes"
DEFAULT_OBJECTIVE = "contrastive"


def dataset_entry(catalogue: Catalogue, name: str) -> DatasetEntry:
    """Raises SettingError with the names there are."""
    for entry in catalogue.datasets:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in catalogue.datasets)
    raise SettingError("data", f"There is no data set called {name!r}; there are {names}.")


def objective_entry(catalogue: Catalogue, family: str, kind: str) -> ObjectiveEntry:
    """The variant of a family for a kind of data. Raises SettingError with what fits instead."""
    for entry in catalogue.objectives:
        if entry.family == family and entry.kind == kind:
            return entry
    families = sorted({entry.family for entry in catalogue.objectives})
    if family not in families:
        raise SettingError("objective", f"There is no objective called {family!r}; there are {', '.join(families)}.")
    kinds = ", ".join(entry.kind for entry in catalogue.objectives if entry.family == family)
    raise SettingError("objective", f"The {family} objective takes {kinds} data, and this data set is of {kind}.")


def settings_for(catalogue: Catalogue, data: str, family: str) -> tuple[Setting, ...]:
    """Every setting of this pair, the data set's own defaults put in."""
    dataset = dataset_entry(catalogue, data)
    objective = objective_entry(catalogue, family, dataset.kind)
    defaults: Mapping[str, Value] = {**dataset.defaults, "data": data, "objective": family}
    every = catalogue.common + objective.settings + dataset.settings
    return tuple(_with_default(setting, defaults) for setting in every)


def _with_default(setting: Setting, defaults: Mapping[str, Value]) -> Setting:
    import msgspec

    if setting.key not in defaults:
        return setting
    return msgspec.structs.replace(setting, default=defaults[setting.key])


def resolve_values(catalogue: Catalogue, given: Mapping[str, object]) -> Values:
    """Complete, checked values of a run from what was given. Raises SettingError."""
    data = str(given.get("data", DEFAULT_DATA))
    family = str(given.get("objective", DEFAULT_OBJECTIVE))
    return resolve(settings_for(catalogue, data, family), given)


def live_keys(settings: tuple[Setting, ...]) -> frozenset[str]:
    """Keys that may change while a run goes on."""
    return frozenset(setting.key for setting in settings if setting.live)
