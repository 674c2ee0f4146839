"""Entries of the catalogue that the engine sends: objectives, data sets, devices, labels and figures."""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.settings import Setting, Value

Form = Literal["share", "small", "number", "large"]
"""How a figure is formatted: as a share of 1, or with as many decimals as numbers of its size need."""


class ObjectiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as the form lists it.

    ``modalities``: what it learns from. ``settings``: all settings that it and its network need. ``defaults``: defaults
    that replace those of the declarations. ``panel_data``: type names of the panel data that it gives, out of those
    that not every objective gives.
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
    """A data set as the form lists it; ``defaults`` replace those of the declarations and of the objective."""

    name: str
    modality: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}


class LabelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a label: classes with ``names``, or, without names, a number in ``unit``."""

    name: str
    names: tuple[str, ...] = ()
    unit: str = ""


def name_of(names: tuple[str, ...], label: int) -> str:
    """Return the name of a class, or its number if it has none."""
    return names[label] if 0 <= label < len(names) else f"label {label}"


class FigureEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A figure of a run as the window shows it.

    ``per_step``: whether it is computed at every step; if not, it is computed at intervals.
    """

    key: str
    title: str
    help: str
    form: Form = "number"
    per_step: bool = False
    smooth: bool = True
    """Whether its average over some steps says more than its newest value."""


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device; ``reason`` says why it is not available."""

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
