"""A catalogue that fits the preset "digits"."""

from __future__ import annotations

import pytest

from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting


def number(key, default, low, high, value_type="float", label="", **facts):
    about = {"label": label or key, "help": "", "group": ""}
    return Setting(key=key, value_type=value_type, default=default, low=low, high=high, **about, **facts)


def choice(key, *choices):
    return Setting(
        key=key, value_type="choice", default=choices[0], label=key.title(), help="", group="", choices=choices
    )


def method(name, *settings, loss_depends_on=()):
    about = {"family": "contrastive", "modalities": ("image",), "title": name, "help": ""}
    return ObjectiveEntry(name=name, settings=settings, loss_depends_on=loss_depends_on, **about)


@pytest.fixture(scope="package")
def catalogue():
    temperature = number("temperature", 0.2, 0.02, 2.0, label="Temperature", symbol="τ")
    nearest = number("nearest", 1, 1, 9, "int", only_if={"negatives": ("some",)})
    flip = Setting(key="flip", value_type="bool", default=True, label="Flip", help="", group="")
    simclr = (temperature, choice("negatives", "all", "some"), nearest, flip)
    return Catalogue(
        version="1",
        common=(
            choice("data", "digits"),
            choice("objective", "contrastive"),
            number("seed", 0, 0, 2**31 - 1, "int"),
            number("data_seed", -1, -1, 2**31 - 1, "int"),
            choice("device", "auto", "cpu"),
            number("batch_size", 256, 2, 4096, "int", label="Batch size"),
        ),
        objectives=(
            method("simclr", *simclr, loss_depends_on=("temperature", "batch_size")),
            method("moco", temperature, number("queue", 4096, 1, 9999, "int")),
        ),
        datasets=(DatasetEntry(name="digits", modality="image", title="", help="", settings=()),),
        devices=(),
    )
