"""Builds the catalogue of objectives, data sets, devices and settings from the classes registered in this process.

The engine sends the catalogue to the window in the message ``Hello``. The command line checks its arguments against the
catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from sslviz import __version__
from sslviz.core.catalogue import chosen_objective, settings_for
from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry, PlugInFailure
from sslviz.core.panel_data import (
    FalseNegatives,
    Invariance,
    Patches,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
    WrittenText,
)
from sslviz.core.plug_ins import load_plug_ins
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Setting, SettingError
from sslviz.core.wire import Frozen
from sslviz.engine.training.device import devices
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run_settings import run_settings
from sslviz.learning.dataset import Dataset, datasets
from sslviz.learning.encoder import encoders
from sslviz.learning.modality import modalities
from sslviz.learning.objective import Objective, objectives
from sslviz.learning.own_encoder import register_own_encoders

E = TypeVar("E", bound=msgspec.Struct)
REGISTRIES: dict[str, Registry[Any]] = {
    "sslviz.learning.objective.objectives": objectives,
    "sslviz.learning.dataset.datasets": datasets,
    "sslviz.learning.encoder.encoders": encoders,
    "sslviz.learning.modality.modalities": modalities,
}
"""The registries of the engine by their full names."""
OFFERED_BY: dict[str, Registry[Any]] = {"objective": objectives, "data": datasets, "encoder": encoders}
"""The registries whose classes a setting offers, by the key of the setting."""


def build_catalogue() -> Catalogue:
    """Return the catalogue of this installation on this machine, without the plug-ins that are declared wrongly.

    The plug-ins that the user has named are in it.
    """
    load_plug_ins("engine", REGISTRIES)
    register_own_encoders()
    objective_entries, dataset_entries = objectives.build(_objective_entry), datasets.build(_dataset_entry)
    order = {objective.name: objective.order for objective in objectives}
    families = sorted({entry.family for entry in objective_entries})
    trained = tuple(sorted({entry.family for entry in objective_entries if entry.trains}))
    names = tuple(entry.name for entry in dataset_entries)
    catalogue = Catalogue(
        version=__version__,
        failures=_failures(),
        common=tuple(
            _of_training(setting, trained)
            if setting.key == "batch_size" or setting.group == Optimiser.title
            else setting
            for setting in (*run_settings(names, tuple(families), devices()), *Optimiser.settings())
        ),
        objectives=tuple(sorted(objective_entries, key=lambda entry: order[entry.name])),
        datasets=tuple(dataset_entries),
        devices=devices(),
    )
    return build_catalogue() if _leave_out_wrong_defaults(catalogue) else _with_failures(catalogue)


def _leave_out_wrong_defaults(catalogue: Catalogue) -> bool:
    """Leave out one plug-in that gives a setting an impossible default; return whether there was one.

    Every data set is tried with every objective that fits it. When a setting gets an impossible value, the plug-in at
    fault is left out, see :func:`_is_at_fault`.
    """
    for dataset in catalogue.datasets:
        fitting = [entry for entry in catalogue.objectives if dataset.modality in entry.modalities]
        for objective in fitting:
            try:
                settings_for(
                    catalogue, {"data": dataset.name, "objective": objective.family, "variant": objective.name}
                )
            except SettingError as error:
                if _is_at_fault(dataset, error.key, catalogue, fitting):
                    datasets.leave_out(dataset.name, error)
                else:
                    objectives.leave_out(objective.name, _with_origin(error, dataset))
                return True
    return False


def _is_at_fault(dataset: DatasetEntry, key: str, catalogue: Catalogue, fitting: Iterable[ObjectiveEntry]) -> bool:
    """Return whether the data set, and not an objective, gives the setting ``key`` an impossible value.

    It does if its ``defaults`` contain the setting, and the value is impossible for every declaration of the setting:
    by the run, by the data set, and by the objectives ``fitting``. If another declaration allows the value, the
    objective is at fault that declares the same setting with other values.
    """
    if key not in dataset.defaults:
        return False
    declared = (*catalogue.common, *dataset.settings, *(each for entry in fitting for each in entry.settings))
    return not any(setting.allows(dataset.defaults[key]) for setting in declared if setting.key == key)


def _with_origin(error: SettingError, dataset: DatasetEntry) -> SettingError:
    """Return the error about an objective's setting; it names the data set if this has given the value."""
    origin = f" The data set {dataset.name} gives it this default." if error.key in dataset.defaults else ""
    return SettingError(error.key, f"{error}{origin}")


def _of_training(setting: Setting, families: tuple[str, ...]) -> Setting:
    """Return ``setting``, which has an effect only with the objectives ``families``, those that train a network."""
    return msgspec.structs.replace(setting, only_if={**setting.only_if, "objective": families})


def left_out() -> list[str]:
    """Return why plug-ins of the engine were left out: sentences that name the file and the line of the error."""
    return [text for registry in REGISTRIES.values() for text in registry.failures.values()]


def _failures() -> tuple[PlugInFailure, ...]:
    """Return the plug-ins of :data:`OFFERED_BY` that were left out; a file is named by its last name."""
    return tuple(
        PlugInFailure(key=key, name=Path(name).name, reason=reason)
        for key, registry in OFFERED_BY.items()
        for name, reason in registry.failures.items()
    )


def _with_failures(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the plug-ins that were left out as choices that are not available."""

    def complete(setting: Setting) -> Setting:
        reasons = {each.name: each.reason for each in catalogue.failures if each.key == setting.key}
        if not reasons or setting.value_type != "choice":
            return setting
        choices = (*setting.choices, *(name for name in reasons if name not in setting.choices))
        return msgspec.structs.replace(setting, choices=choices, unavailable={**setting.unavailable, **reasons})

    return msgspec.structs.replace(
        catalogue,
        common=tuple(map(complete, catalogue.common)),
        objectives=tuple(
            msgspec.structs.replace(entry, settings=tuple(map(complete, entry.settings)))
            for entry in catalogue.objectives
        ),
    )


def objective_class(catalogue: Catalogue, values: Mapping[str, object]) -> type[Objective]:
    """Return the class of the objective that the settings choose.

    Raises:
        SettingError: no objective fits the settings.
    """
    return objectives[chosen_objective(catalogue, values).name]


REQUIRED_METHODS: tuple[tuple[type[Frozen], tuple[str, ...]], ...] = (
    (Views, ("preview",)),
    (Strips, ("image_prediction",)),
    (TokenPredictions, ("token_prediction",)),
    (WrittenText, ("write",)),
    (Similarity, ("matrix",)),
    (StepsAhead, ("steps_ahead",)),
    (Invariance, ("invariance",)),
    (Spectrum, ("pairs",)),
    (FalseNegatives, ("pairs", "temperature")),
    (Patches, ("patches",)),
)
"""Message types of the panel data that only some objectives give, and the methods that such objectives override."""


def panel_data_of(objective: type[Objective]) -> tuple[str, ...]:
    """Return the names of the panel data messages that this objective can provide, with some settings at least.

    These are the messages in :data:`REQUIRED_METHODS` for which the objective defines all required methods. Where
    nothing is trained, the spectrum needs none: it is that of h.
    """
    return tuple(
        message_type.__name__
        for message_type, methods in REQUIRED_METHODS
        if all(objective.overrides(method) for method in methods) or (message_type is Spectrum and not objective.trains)
    )


def _objective_entry(objective: type[Objective]) -> ObjectiveEntry:
    _checked(*objective.figures)
    (entry,) = _checked(
        ObjectiveEntry(
            name=objective.name,
            family=objective.family,
            modalities=objective.modalities,
            title=objective.title,
            help=objective.help,
            settings=_settings_of(objective.groups),
            defaults=objective.defaults,
            panel_data=panel_data_of(objective),
            panel_data_if=objective.panel_data_if(),
            loss_depends_on=tuple(objective.loss_depends_on),
            trains=objective.trains,
        )
    )
    return entry


def _dataset_entry(dataset: type[Dataset]) -> DatasetEntry:
    if dataset.modality not in modalities:
        raise ValueError(f"there is no modality {dataset.modality!r}")
    (entry,) = _checked(
        DatasetEntry(
            name=dataset.name,
            modality=dataset.modality,
            title=dataset.title,
            help=dataset.help,
            settings=_settings_of(dataset.groups),
            defaults=dataset.defaults,
        )
    )
    return entry


def _checked(*entries: E) -> tuple[E, ...]:
    """Check the types of all fields of ``entries``, and return ``entries`` unchanged.

    Raises ValidationError if a type is wrong. Without this check, the window would refuse the whole catalogue.
    """
    for entry in entries:
        msgspec.convert(msgspec.to_builtins(entry), type(entry))
    return entries


def _settings_of(groups: Iterable[type[Group]]) -> tuple[Setting, ...]:
    return tuple(setting for group in groups for setting in group.settings())
