"""Builds the catalogue of objectives, data sets, devices and settings from the registries.

The engine sends the catalogue to the window in the message ``Hello``. The command line checks its arguments against the
catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sslviz import __version__
from sslviz.core.catalogue import chosen_objective
from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.panel_data import (
    FalseNegatives,
    Invariance,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
    TokenPredictions,
    Views,
)
from sslviz.core.settings import Group, Setting
from sslviz.core.wire import Frozen
from sslviz.engine.training.device import devices
from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.run_settings import run_settings
from sslviz.learning.dataset import Dataset, datasets
from sslviz.learning.objective import Objective, objectives


def build_catalogue() -> Catalogue:
    """Return the catalogue of this installation on this machine."""
    families = sorted({objective.family for objective in objectives})
    names = tuple(dataset.name for dataset in datasets)
    return Catalogue(
        version=__version__,
        common=run_settings(names, tuple(families), devices()) + Optimiser.settings(),
        objectives=tuple(_objective_entry(each) for each in sorted(objectives, key=lambda each: each.order)),
        datasets=tuple(_dataset_entry(dataset) for dataset in datasets),
        devices=devices(),
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
    (Similarity, ("matrix",)),
    (StepsAhead, ("steps_ahead",)),
    (Invariance, ("invariance",)),
    (Spectrum, ("pairs",)),
    (FalseNegatives, ("pairs", "temperature")),
)
"""Message types of the panel data that only some objectives give, and the methods that such objectives override."""


def panel_data_of(objective: type[Objective]) -> tuple[str, ...]:
    """Return the names of the panel data messages that this objective can provide.

    These are the messages in :data:`REQUIRED_METHODS` for which the objective defines all required methods.
    """
    return tuple(
        message_type.__name__
        for message_type, methods in REQUIRED_METHODS
        if all(objective.overrides(method) for method in methods)
    )


def _objective_entry(objective: type[Objective]) -> ObjectiveEntry:
    return ObjectiveEntry(
        name=objective.name,
        family=objective.family,
        modalities=objective.modalities,
        title=objective.title,
        help=objective.help,
        settings=_settings_of(objective.groups),
        defaults=objective.defaults,
        panel_data=panel_data_of(objective),
    )


def _dataset_entry(dataset: type[Dataset]) -> DatasetEntry:
    return DatasetEntry(
        name=dataset.name,
        modality=dataset.modality,
        title=dataset.title,
        help=dataset.help,
        settings=_settings_of(dataset.groups),
        defaults=dataset.defaults,
    )


def _settings_of(groups: Iterable[type[Group]]) -> tuple[Setting, ...]:
    return tuple(setting for group in groups for setting in group.settings())
