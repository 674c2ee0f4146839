"""Looks things up in the catalogue, in which the engine lists its objectives, data sets and settings.

The functions find the objectives that can learn from the modality of a data set, such as video, and the settings of a
run.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError, Value, Values, resolve

DEFAULT_DATA = "shapes"
DEFAULT_OBJECTIVE = "contrastive"
AS_SEED = -1
"""Value of the setting ``data_seed`` that stands for the value of ``seed``."""
DECISIVE = ("data", "objective", "variant")
"""Keys of the settings whose values determine which other settings a run has."""


def data_seed(values: Values) -> Value:
    """Return the seed with which the data set is loaded: the setting ``data_seed``.

    If ``data_seed`` is -1, or missing as in runs of earlier versions, the setting ``seed`` is returned instead.
    """
    own = values.get("data_seed", AS_SEED)
    return values.get("seed", 0) if own == AS_SEED else own


def dataset_entry(catalogue: Catalogue, name: str) -> DatasetEntry:
    """Return the entry of data set ``name``; an unknown name raises a SettingError that lists the known names."""
    for entry in catalogue.datasets:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in catalogue.datasets)
    raise SettingError("data", f"There is no data set called {name!r}; there are {names}.")


def families_for(catalogue: Catalogue, modality: str) -> tuple[str, ...]:
    """Return the names of the objective families, such as "contrastive", that can learn from ``modality``.

    The default family comes first if it can learn from the modality.
    """
    families = dict.fromkeys(entry.family for entry in catalogue.objectives if modality in entry.modalities)
    return tuple(sorted(families, key=lambda family: family != DEFAULT_OBJECTIVE))


def variants(catalogue: Catalogue, family: str, modality: str) -> tuple[ObjectiveEntry, ...]:
    """Return the objectives of a family that can learn from a modality; the first is the default.

    Raises:
        SettingError: the family is unknown, or has no objective for the modality; the message names families to choose.
    """
    entries = tuple(entry for entry in catalogue.objectives if entry.family == family and modality in entry.modalities)
    if entries:
        return entries
    families = sorted({entry.family for entry in catalogue.objectives})
    if family not in families:
        raise SettingError("objective", f"There is no objective called {family!r}; there are {', '.join(families)}.")
    raise SettingError("objective", _misfit(catalogue, family, modality))


def _misfit(catalogue: Catalogue, family: str, modality: str) -> str:
    learns_from = dict.fromkeys(
        modality for entry in catalogue.objectives if entry.family == family for modality in entry.modalities
    )
    fitting = families_for(catalogue, modality)
    instead = f" For {modality} data take {' or '.join(fitting)}." if fitting else ""
    return (
        f"The {family} objective learns from {' or '.join(learns_from)} data, and these are {modality} data.{instead}"
    )


def chosen_objective(catalogue: Catalogue, values: Mapping[str, object]) -> ObjectiveEntry:
    """Return the objective that ``values`` choose by the settings "data", "objective" (the family) and "variant".

    If "data" or "objective" is missing, its default is taken. If the variant is missing or unknown, the first objective
    of the family that can learn from the data is returned.

    Raises:
        SettingError: the data set or the family is unknown, or the family cannot learn from the data.
    """
    modality = dataset_entry(catalogue, str(values.get("data", DEFAULT_DATA))).modality
    family = values.get("objective") or next(iter(families_for(catalogue, modality)), DEFAULT_OBJECTIVE)
    entries = variants(catalogue, str(family), modality)
    return next((entry for entry in entries if entry.name == values.get("variant")), entries[0])


def settings_for(catalogue: Catalogue, values: Mapping[str, object]) -> tuple[Setting, ...]:
    """Return all settings of a run with the data, objective and variant that ``values`` choose.

    A default that the data set gives replaces one that the objective gives, which replaces the setting's own default.
    The defaults of "data", "objective" and "variant" are what was chosen.

    Raises:
        SettingError: as by :func:`chosen_objective`; or a setting cannot take the default that it is given.
    """
    objective = chosen_objective(catalogue, values)
    dataset = dataset_entry(catalogue, str(values.get("data", DEFAULT_DATA)))
    defaults: Mapping[str, Value] = {
        **objective.defaults,
        **dataset.defaults,
        "data": dataset.name,
        "objective": objective.family,
    }
    variant = _variant_setting(variants(catalogue, objective.family, dataset.modality), objective)
    common = tuple(_with_unavailable(setting, catalogue, dataset.modality) for setting in catalogue.common)
    every = (*objective.settings, *common, *variant, *dataset.settings)  # in the order of the form
    fitting = (setting for setting in every if not setting.modalities or dataset.modality in setting.modalities)
    return tuple(_with_default(setting, defaults) for setting in fitting)


def _with_unavailable(setting: Setting, catalogue: Catalogue, modality: str) -> Setting:
    """Return ``setting``, unchanged unless its key is "objective".

    In the setting "objective", families that cannot learn from the modality are marked as unavailable, with the reason.
    """
    if setting.key != "objective":
        return setting
    fitting = families_for(catalogue, modality)
    unavailable = {family: _misfit(catalogue, family, modality) for family in setting.choices if family not in fitting}
    return msgspec.structs.replace(setting, unavailable=unavailable)


def _variant_setting(entries: tuple[ObjectiveEntry, ...], chosen: ObjectiveEntry) -> tuple[Setting, ...]:
    """Return a tuple with the setting "variant", which chooses one of the objectives ``entries``.

    Its default is the objective ``chosen``. The tuple is empty if there is only one objective.
    """
    if len(entries) < 2:
        return ()
    return (
        Setting(
            key="variant",
            value_type="choice",
            default=chosen.name,
            label="Variant",
            help=" ".join(f"{entry.name}: {entry.help}" for entry in entries),
            group="Run",
            choices=tuple(entry.name for entry in entries),
        ),
    )


def _with_default(setting: Setting, defaults: Mapping[str, Value]) -> Setting:
    if setting.key not in defaults:
        return setting
    return msgspec.structs.replace(setting, default=defaults[setting.key])


def resolve_values(catalogue: Catalogue, values: Mapping[str, object]) -> Values:
    """Return ``values``, checked, with defaults added for missing settings; invalid values raise a SettingError."""
    return resolve(settings_for(catalogue, values), values)


def live_keys(settings: tuple[Setting, ...]) -> frozenset[str]:
    """Return the keys of the live settings among ``settings``."""
    return frozenset(setting.key for setting in settings if setting.live)
