"""Settings of a Recorder in all usual forms, and what of them a file can hold."""

import argparse
import dataclasses
import enum
import tomllib
from collections import OrderedDict, namedtuple
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tomli_w
import torch

from sslviz.core.recorder_inputs import settings_of
from sslviz.core.recorder_inputs.settings import MAX_SETTINGS

TABLE = {"lr": 0.1, "optimiser": {"name": "adam", "betas": [0.9, 0.999]}, "on": True}
FLAT = {"lr": 0.1, "optimiser.name": "adam", "optimiser.betas": "[0.9, 0.999]", "on": True}


def read(settings):
    reports = []
    values = settings_of(settings, reports.append)
    assert tomllib.loads(tomli_w.dumps(values)) == values
    return values, reports


@dataclasses.dataclass
class Optimiser:
    name: str = "adam"
    betas: list[float] = dataclasses.field(default_factory=lambda: [0.9, 0.999])


@dataclasses.dataclass
class Config:
    lr: float = 0.1
    optimiser: Optimiser = dataclasses.field(default_factory=Optimiser)
    on: bool = True


class Model:
    """Stands for a pydantic model."""

    model_fields = {"lr": None, "optimiser": None, "on": None}

    def __init__(self):
        self.lr, self.optimiser, self.on = 0.1, {"name": "adam", "betas": [0.9, 0.999]}, True

    def model_dump(self):
        return dict(TABLE)


class Plain:
    """A configuration of one's own."""

    def __init__(self):
        self.lr, self.optimiser, self.on, self._hidden = 0.1, SimpleNamespace(**TABLE["optimiser"]), True, 5


class Keyed:
    """Stands for ml_collections.ConfigDict, which has keys but is no mapping."""

    def keys(self):
        return list(TABLE)

    def __getitem__(self, key):
        return TABLE[key]


FORMS = {
    "dictionary": TABLE,
    "ordered": OrderedDict(TABLE),
    "namespace": argparse.Namespace(**TABLE),
    "namespaces": SimpleNamespace(**{**TABLE, "optimiser": argparse.Namespace(**TABLE["optimiser"])}),
    "dataclass": Config(),
    "pydantic": Model(),
    "object": Plain(),
    "keys": Keyed(),
    "named tuple": namedtuple("Config", list(TABLE))(**TABLE),
}


@pytest.mark.parametrize("settings", FORMS.values(), ids=FORMS)
def test_settings_are_taken_in_any_form(settings):
    assert read(settings) == (FLAT, [])


def test_a_node_of_omegaconf_is_a_mapping_and_what_is_missing_is_left_out_alone():
    omegaconf = pytest.importorskip("omegaconf")
    node = omegaconf.OmegaConf.create({**TABLE, "seed": "???", "double": "${lr}", "broken": "${nothing}"})
    values, reports = read(node)
    assert values == {**FLAT, "double": 0.1}
    assert [text.partition(":")[0] for text in reports] == [
        "The setting seed is left out",
        "The setting broken is left out",
    ]


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


def function():
    pass


VALUES = {
    "whole": (3, 3),
    "numpy": (np.float32(0.5), 0.5),
    "float64": (np.float64(0.1), 0.1),
    "true": (np.True_, True),
    "tensor": (torch.tensor(3), 3),
    "enum": (Colour.RED, "red"),
    "whole enum": (Level.HIGH, 3),
    "path": (Path("a/b"), "a/b"),
    "none": (None, "None"),
    "list": ([1, "x"], "[1, 'x']"),
    "function": (function, f"{__name__}.function"),
    "class": (torch.nn.ReLU, "torch.nn.modules.activation.ReLU"),
    "surrogate": ("x\udcff", "x\\udcff"),
    "long": ("x" * 5000, "x" * 999 + "…"),
    "infinite": (float("inf"), float("inf")),
}


@pytest.mark.parametrize(("value", "expected"), VALUES.values(), ids=VALUES)
def test_values_are_what_a_file_can_hold(value, expected):
    values, _ = read({"key": value})
    assert values == {"key": expected}
    assert type(values["key"]) is type(expected)


def test_names_are_lines_of_text():
    assert read({3: 1, "a\nb": 2, "x\udcff": 3})[0] == {"3": 1, "a b": 2, "x\\udcff": 3}


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")


def test_what_cannot_be_read_is_left_out_alone():
    values, reports = read({"lr": 0.1, "odd": Unprintable(), "inner": {"odd": Unprintable(), "on": True}})
    assert values == {"lr": 0.1, "inner.on": True}
    assert reports == ["The setting odd is left out: no text", "The setting inner.odd is left out: no text"]


@pytest.mark.parametrize("settings", [5, "config.yaml", [("lr", 0.1)], object()])
def test_settings_without_names_are_left_out(settings):
    values, (report,) = read(settings)
    assert values == {}
    assert report.startswith("The settings are left out: ")


def test_settings_within_themselves_end():
    settings = {"lr": 0.1}
    settings["again"] = settings
    values, _ = read(settings)
    assert values["lr"] == values["again.lr"] == 0.1
    assert len(values) < 20


def test_too_many_settings_are_left_out():
    values, reports = read({f"key {number}": number for number in range(5000)})
    assert len(values) == MAX_SETTINGS
    assert reports == [f"Some settings are left out: there are more than {MAX_SETTINGS}"]


def test_no_settings_are_fine():
    assert read(None) == ({}, [])


def test_two_settings_of_one_name_are_told():
    told = []
    values = settings_of({"a": {"b": 1}, "a.b": 2}, told.append)
    assert values == {"a.b": 1}
    assert told == ["The setting a.b is left out: another one has the same name"]
