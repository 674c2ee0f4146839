"""Looks things up in the catalogue, in which the engine lists its objectives, data sets and settings.

The functions find the objectives that can learn from the modality of a data set, such as video, and the settings of a
run.

An objective is also called a method. Methods form families: SimCLR is of the family "contrastive". In the values of a
run, "objective" is the family, and "variant" is the method if the family has several for the data. The user may give a
method as "objective" instead, see :func:`with_family`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError, Value, Values, resolve

V = TypeVar("V", Value, object)

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
    """Return the entry of data set ``name``.

    Raises:
        SettingError: there is no such data set; the message lists the known names, and says which plug-ins have failed.
    """
    for entry in catalogue.datasets:
        if entry.name == name:
            return entry
    names = ", ".join(entry.name for entry in catalogue.datasets)
    raise SettingError("data", f"There is no data set called {name!r}; there are {names}.{_failed(catalogue, 'data')}")


def data_named(catalogue: Catalogue, name: str) -> Values:
    """Return the settings that choose the data called ``name``: a data set, or else the path of a folder or a file.

    Of a path, a data set is chosen that opens what is there.

    Raises:
        SettingError: there is no such data set, and no path that a data set opens.
    """
    if any(entry.name == name for entry in catalogue.datasets):
        return {"data": name}
    own = [(entry, setting) for entry in catalogue.datasets if (setting := entry.path_setting) is not None]
    for entry, setting in own:
        if setting.allows(name) and setting.opens_path(Path(path := str(setting.check(name)))):
            return {"data": entry.name, setting.key: path}
    names = ", ".join(entry.name for entry in catalogue.datasets)
    if not any(setting.allows(name) and os.path.lexists(str(setting.check(name))) for _, setting in own):
        text = f"There is no data set called {name!r} and nothing at this path; there are {names}."
        raise SettingError("data", text + _failed(catalogue, "data"))
    opened = " or ".join(dict.fromkeys(setting.opened_text for _, setting in own))
    raise SettingError("data", f"{name} is no data set, and not {opened} either; there are {names}.")


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
    if family in {entry.family for entry in catalogue.objectives}:
        raise SettingError("objective", _misfit(catalogue, family, modality))
    text = f"There is no objective called {family!r}; there are {_all_objectives(catalogue)}."
    raise SettingError("objective", text + _failed(catalogue, "objective"))


def _failed(catalogue: Catalogue, key: str) -> str:
    """Return sentences, after a space, about the plug-ins that the setting ``key`` would offer and that have failed."""
    return "".join(f" {each.reason}" for each in catalogue.failures if each.key == key)


def _all_objectives(catalogue: Catalogue) -> str:
    families = sorted({entry.family for entry in catalogue.objectives})
    methods = sorted(entry.name for entry in catalogue.objectives if entry.name not in families)
    return f"the families {', '.join(families)} and the methods {', '.join(methods)}"


def _misfit(catalogue: Catalogue, name: str, modality: str) -> str:
    """Return a sentence that says why an objective cannot learn from a modality; ``name`` is a method or a family."""
    method = method_named(catalogue, name)
    entries = [method] if method else [entry for entry in catalogue.objectives if entry.family == name]
    learns_from = dict.fromkeys(each for entry in entries for each in entry.modalities)
    fitting = families_for(catalogue, modality)
    instead = f" For {modality} data take {' or '.join(fitting)}." if fitting else ""
    return f"The {name} objective learns from {' or '.join(learns_from)} data, and these are {modality} data.{instead}"


def method_named(catalogue: Catalogue, name: object) -> ObjectiveEntry | None:
    """Return the objective called ``name``, such as "simclr"; None if there is none, or if a family has this name."""
    if any(entry.family == name for entry in catalogue.objectives):
        return None
    return next((entry for entry in catalogue.objectives if entry.name == name), None)


def with_family(catalogue: Catalogue, values: Mapping[str, V]) -> dict[str, V]:
    """Return ``values``; if "objective" names a method, it is replaced by the family of the method.

    "variant" is then the method, or is left out where no other method of the family can learn from the data.

    Raises:
        SettingError: the data set is unknown, or the method cannot learn from the data.
    """
    method = method_named(catalogue, values.get("objective"))
    if method is None:
        return dict(values)
    modality = _modality(catalogue, values)
    if modality not in method.modalities:
        raise SettingError("objective", _misfit(catalogue, method.name, modality))
    chosen: dict[str, V] = {key: value for key, value in values.items() if key != "variant"}
    chosen["objective"] = method.family
    if len(variants(catalogue, method.family, modality)) > 1:
        chosen["variant"] = method.name
    return chosen


def _modality(catalogue: Catalogue, values: Mapping[str, object]) -> str:
    return dataset_entry(catalogue, str(values.get("data", DEFAULT_DATA))).modality


def chosen_objective(catalogue: Catalogue, values: Mapping[str, object]) -> ObjectiveEntry:
    """Return the objective that ``values`` choose by the settings "data", "objective" and "variant".

    "objective" is a family or a method; for a method, "variant" is ignored. If "data" or "objective" is missing, its
    default is taken. If the variant is missing or unknown, the first objective of the family that can learn from the
    data is returned.

    Raises:
        SettingError: the data set or the objective is unknown, or the objective cannot learn from the data.
    """
    values = with_family(catalogue, values)
    modality = _modality(catalogue, values)
    family = values.get("objective") or next(iter(families_for(catalogue, modality)), DEFAULT_OBJECTIVE)
    entries = variants(catalogue, str(family), modality)
    return next((entry for entry in entries if entry.name == values.get("variant")), entries[0])


def trains(catalogue: Catalogue, values: Mapping[str, object]) -> bool:
    """Return whether the objective that ``values`` choose trains a network; true if it is unknown."""
    try:
        return chosen_objective(catalogue, values).trains
    except SettingError:
        return True


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
    common = [_with_unavailable(setting, catalogue, dataset.modality) for setting in catalogue.common]
    below = next((index + 1 for index, setting in enumerate(common) if setting.key == "objective"), len(common))
    common[below:below] = variant
    every = (*objective.settings, *common, *dataset.settings)  # in the order of the form
    fitting = (setting for setting in every if not setting.modalities or dataset.modality in setting.modalities)
    return tuple(_with_default(setting, defaults) for setting in fitting)


def _with_unavailable(setting: Setting, catalogue: Catalogue, modality: str) -> Setting:
    """Return ``setting``, unchanged unless its key is "objective".

    In the setting "objective", families that cannot learn from the modality are marked as unavailable, with the reason.
    """
    if setting.key != "objective":
        return setting
    fitting = families_for(catalogue, modality)
    misfits = [each for each in setting.choices if each not in fitting and each not in setting.unavailable]
    unavailable = {family: _misfit(catalogue, family, modality) for family in misfits}
    return msgspec.structs.replace(setting, unavailable={**setting.unavailable, **unavailable})


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
            label="Method",
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
    """Return ``values``, checked, with defaults added for missing settings; invalid values raise a SettingError.

    A method in place of a family is replaced as by :func:`with_family`.
    """
    values = with_family(catalogue, values)
    return resolve(settings_for(catalogue, values), values)


def live_keys(settings: tuple[Setting, ...]) -> frozenset[str]:
    """Return the keys of the live settings among ``settings``."""
    return frozenset(setting.key for setting in settings if setting.live)
