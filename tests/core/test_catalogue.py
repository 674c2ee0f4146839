"""Which settings a pair of data and objective has."""

from __future__ import annotations

import pytest

from sslviz.core.catalogue import dataset_entry, live_keys, objective_entry, resolve_values, settings_for
from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting, SettingError


def setting(key, default=0.5, **facts):
    return Setting(key=key, kind="float", default=default, label=key, help="", group="", low=0.0, high=1.0, **facts)


def choice(key, *choices):
    return Setting(key=key, kind="choice", default=choices[0], label=key, help="", group="", choices=choices)


COMMON = (choice("data", "shapes", "speech"), choice("objective", "contrastive", "cpc"), setting("lr", live=True))
CATALOGUE = Catalogue(
    version="1",
    common=COMMON,
    objectives=(
        ObjectiveEntry(
            name="simclr", family="contrastive", kind="images", title="", help="", settings=(setting("flip"),)
        ),
        ObjectiveEntry(name="cpc", family="cpc", kind="audio", title="", help="", settings=(setting("ahead"),)),
    ),
    datasets=(
        DatasetEntry(
            name="shapes", kind="images", title="", help="", settings=(setting("noise"),), defaults={"flip": 0.0}
        ),
        DatasetEntry(name="speech", kind="audio", title="", help="", settings=()),
    ),
    devices=(),
)


def test_settings_of_a_pair_are_common_objectives_and_datas_own():
    keys = [each.key for each in settings_for(CATALOGUE, "shapes", "contrastive")]
    assert keys == ["data", "objective", "lr", "flip", "noise"]
    assert [each.key for each in settings_for(CATALOGUE, "speech", "cpc")] == ["data", "objective", "lr", "ahead"]
    assert live_keys(settings_for(CATALOGUE, "shapes", "contrastive")) == {"lr"}


def test_the_datas_defaults_replace_those_declared():
    assert resolve_values(CATALOGUE, {})["flip"] == 0.0
    assert resolve_values(CATALOGUE, {"flip": 0.25})["flip"] == 0.25


def test_values_say_which_pair_they_are_of():
    values = resolve_values(CATALOGUE, {"data": "speech", "objective": "cpc"})
    assert values == {"data": "speech", "objective": "cpc", "lr": 0.5, "ahead": 0.5}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"data": "nope"}, "no data set called 'nope'; there are shapes, speech"),
        ({"objective": "nope"}, "no objective called 'nope'; there are contrastive, cpc"),
        ({"data": "speech"}, "contrastive objective takes images data, and this data set is of audio"),
        ({"ahead": 0.5}, "no setting called 'ahead'"),
        ({"lr": 2}, "lr takes a number between 0 and 1; 2 was given"),
    ],
)
def test_what_does_not_go_together_is_refused_in_words(given, text):
    with pytest.raises(SettingError, match=text):
        resolve_values(CATALOGUE, given)


def test_entries_are_found_by_name():
    assert dataset_entry(CATALOGUE, "speech").kind == "audio"
    assert objective_entry(CATALOGUE, "contrastive", "images").name == "simclr"
