"""Entries of the catalogue that the engine sends: objectives, data sets, devices, labels, figures such as the loss."""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.settings import Setting, Value

Form = Literal["share", "small", "number", "large"]
"""How a figure is formatted: as a share of 1, or with the decimals that a small, ordinary or large number needs."""


class ObjectiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as the form lists it.

    ``modalities``: modalities that it can learn from. ``settings``: settings of the objective and its network.
    ``defaults``: default values by key, which replace those in the declarations of the settings. ``panel_data``: type
    names of the panel data that this objective provides in addition to those that every objective provides.
    """

    name: str
    family: str
    modalities: tuple[str, ...]
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}
    panel_data: tuple[str, ...] = ()


class DatasetEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as the form lists it; its ``defaults`` replace those of the objective and of the declared settings."""

    name: str
    modality: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}


class LabelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A label attribute of the samples. Its values are classes with ``names``, or, if empty, numbers in ``unit``."""

    name: str
    names: tuple[str, ...] = ()
    unit: str = ""


def name_of(names: tuple[str, ...], label: int) -> str:
    """Return the name of class ``label``, or "label" and its number if the class has no name."""
    return names[label] if 0 <= label < len(names) else f"label {label}"


class FigureEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a figure of a run, such as the loss: how the window names, explains and formats it.

    ``per_step``: whether it is computed at every step; if not, it is computed at intervals.
    """

    key: str
    title: str
    help: str
    form: Form = "number"
    per_step: bool = False
    smooth: bool = True
    """Whether the window draws the figure averaged over some steps instead of its single values."""


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device that can train a network; ``reason`` says why the device is not available."""

    name: str
    title: str
    available: bool
    reason: str = ""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All objectives, data sets, devices and common settings; for queries see :mod:`sslviz.core.catalogue`."""

    version: str
    common: tuple[Setting, ...]
    objectives: tuple[ObjectiveEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    devices: tuple[DeviceEntry, ...]
