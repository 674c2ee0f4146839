"""Descriptions that the engine sends to the window.

Entries of objectives, data sets and devices form the catalogue, which lists what the engine offers. Entries of labels,
and of figures such as k-NN accuracy, describe one run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from sslviz.core.settings import Setting, Value

Form = Literal["share", "small", "number", "large"]
"""How a figure is formatted: as a share of 1, or with the decimals that a small, ordinary or large number needs."""


class ObjectiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An objective, also called a method, as the settings form lists it.

    ``family``: name of the family to which the method belongs, such as "contrastive". ``modalities``: modalities that
    the objective can learn from. ``settings``: settings of the objective and its network. ``defaults``: default values
    by key of the setting, which replace the defaults in the declarations of the settings. ``panel_data``: names of the
    message classes in :mod:`sslviz.core.panel_data` that the engine can send for this objective, in addition to those
    that it can send for every objective. ``panel_data_if``: for some of these messages, settings by key, with those of
    their values with which they can be sent. ``loss_depends_on``: keys of the settings that change what the loss
    measures; losses of runs in which one of them differs cannot be compared. ``trains``: whether anything is trained.
    """

    name: str
    family: str
    modalities: tuple[str, ...]
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}
    panel_data: tuple[str, ...] = ()
    panel_data_if: dict[str, dict[str, tuple[Value, ...]]] = {}
    loss_depends_on: tuple[str, ...] = ()
    trains: bool = True

    def panel_data_with(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Return those names in ``panel_data`` whose messages can be sent with these values of all settings."""
        conditions = {name: self.panel_data_if.get(name, {}).items() for name in self.panel_data}
        return tuple(
            name for name in conditions if all(values.get(key) in allowed for key, allowed in conditions[name])
        )


class DatasetEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A data set as the settings form lists it.

    ``defaults``: default values by key of the setting, which replace the defaults of the objective and the defaults in
    the declarations of the settings.
    """

    name: str
    modality: str
    title: str
    help: str
    settings: tuple[Setting, ...]
    defaults: dict[str, Value] = {}

    @property
    def path_setting(self) -> Setting | None:
        """The setting by which a data set of the user's own gets its folder or file; None for other data sets."""
        return next((setting for setting in self.settings if setting.value_type == "path"), None)


UNKNOWN = -1
"""Index of the class of a segment whose class is unknown."""
COLOUR = re.compile("#[0-9a-fA-F]{6}")
"""A colour as text, such as ``#1aa3a8``."""


class LabelEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a label, such as "digit".

    ``names``: names of the classes; empty if the values of the label are numbers. ``unit``: unit of the numbers.

    The value of the label for a segment is the index of a class, or a number. If the class is unknown, the index is
    :data:`UNKNOWN`; an unknown number is NaN. Segments with an unknown value are grey on the map, and are left out when
    scores are computed.

    Raises ValueError if there are colours, but not one for each class, or if one is not of the form ``#rrggbb``.
    """

    name: str
    names: tuple[str, ...] = ()
    unit: str = ""
    colours: tuple[str, ...] = ()
    """The colour of each class on the map as ``#rrggbb``, if the classes are themselves colours; otherwise empty."""
    scored: bool = True
    """Whether representations are scored by how well the label can be predicted from them.

    A label that is not scored can only colour the map and describe the segments. The first label of a data set is
    scored.
    """

    def __post_init__(self) -> None:
        if self.colours and len(self.colours) != len(self.names):
            raise ValueError(f"the label {self.name} has {len(self.colours)} colours for {len(self.names)} classes")
        if not all(COLOUR.fullmatch(each) for each in self.colours):
            raise ValueError(f"a colour of the label {self.name} is not of the form #rrggbb")


def scored_labels(labels: tuple[LabelEntry, ...]) -> tuple[LabelEntry, ...]:
    """Return those labels by which representations are scored."""
    return tuple(label for label in labels if label.scored)


def name_of(names: tuple[str, ...], label: int) -> str:
    """Return the name of the class with index ``label``.

    This is "unknown" for the index :data:`UNKNOWN`, and a text such as "label 7" if class 7 has no name.
    """
    if label == UNKNOWN:
        return "unknown"
    return names[label] if 0 <= label < len(names) else f"label {label}"


SCRIPT = " (script)"
"""Ending of the key of a figure that a script has recorded under a name that sslviz uses for a figure of its own."""


class FigureEntry(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a figure of a run, such as k-NN accuracy: how the window names, explains and formats it.

    The loss has no such description. ``per_step``: whether the figure is computed at every optimiser step, not only at
    intervals.
    """

    key: str
    title: str
    help: str
    form: Form = "number"
    per_step: bool = False
    smooth: bool = True
    """Whether the window draws the figure averaged over some steps instead of its single values."""
    beside_loss: bool = False
    """Whether the figure, which is computed at every step, is drawn below the loss, which means little without it."""


class DeviceEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device for training a network. ``reason`` says why it is not available; empty if it is available."""

    name: str
    title: str
    available: bool
    reason: str = ""


class PlugInFailure(msgspec.Struct, frozen=True, kw_only=True):
    """A plug-in that could not be loaded.

    ``key``: key of the setting that would offer it, such as "data"; empty if there is none. ``name``: its name or that
    of its file. ``reason``: a sentence with the file, the line and the error.
    """

    key: str
    name: str
    reason: str


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine offers: objectives, data sets and devices, and the settings ``common`` to all runs.

    ``failures``: the plug-ins that could not be loaded.

    The functions of :mod:`sslviz.core.catalogue` look things up in a catalogue.
    """

    version: str
    common: tuple[Setting, ...]
    objectives: tuple[ObjectiveEntry, ...]
    datasets: tuple[DatasetEntry, ...]
    devices: tuple[DeviceEntry, ...]
    failures: tuple[PlugInFailure, ...] = ()
