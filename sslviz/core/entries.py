"""What can be chosen, as the engine tells it: objectives, data sets, devices, and what their figures mean."""

from __future__ import annotations

from typing import Literal

import msgspec

from sslviz.core.settings import Setting, Value

Form = Literal["share", "small", "number", "large"]
"""how a figure is written: a share of 1, or with as many decimals as numbers of that size need"""


class ObjectiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An objective as the form lists it: ``settings`` are all that it and its network need.

    ``modalities`` are what it learns from; ``defaults`` replace those of the declarations; ``panel_data``
    are the tags of the panel data that not every objective gives.
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
    """A data set as the form lists it; ``defaults`` replace those of the declarations."""

    name: str
    modality: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}


class LabelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a label means: one of ``names``, or without names a number in ``unit``."""

    name: str
    names: tuple[str, ...] = ()
    unit: str = ""


def name_of(names: tuple[str, ...], label: int) -> str:
    """A class's name, or its number where it has none."""
    return names[label] if 0 <= label < len(names) else f"label {label}"


class FigureEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A slow figure of a run as the window shows it; ``per_step`` where it comes with every step's scalars."""

    key: str
    title: str
    help: str
    form: Form = "number"
    per_step: bool = False
    smooth: bool = True
    """whether its average over some steps says more than its newest value"""


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device, and why it cannot be used where it cannot."""

    name: str
    title: str
    available: bool
    reason: str = ""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be chosen; see :mod:`sslviz.core.catalogue` for questions to it."""

    version: str
    common: tuple[Setting, ...]
    objectives: tuple[ObjectiveEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    devices: tuple[DeviceEntry, ...]
