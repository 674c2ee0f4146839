"""Titles of runs: what they are named by, in which order, and how runs with equal settings are told apart."""

from datetime import UTC, datetime

import msgspec
import pytest
from own_data_fakes import own_catalogue
from window_fakes import BATCH, ROTATION, SEED, SWITCH, TEMPERATURE, catalogue, choice, number

from sslviz.core.catalogue import resolve_values
from sslviz.core.presets import preset_named
from sslviz.core.run_note import RunNote
from sslviz.core.run_summary import RunSummary
from sslviz.window.runs.run_names import (
    NamedBy,
    name_of_task,
    named_by_folder,
    named_value,
    numbered,
    parts_of_titles,
    title_of,
)

SETTINGS = (choice("data", "digits"), TEMPERATURE, ROTATION, SWITCH, SEED, number("probe_samples", 2000, 16, 10_000))
EXPECTED = {setting.key: setting.default for setting in SETTINGS}


def named(base="Digits", **values):
    """A run of a preset that leaves all settings at their defaults."""
    return NamedBy(base, SETTINGS, {**EXPECTED, **values}, EXPECTED)


def titles(*runs):
    return [title_of(parts) for parts in parts_of_titles(runs)]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([named()], ["Digits"]),
        ([named(temperature=0.05)], ["Digits · τ 0.05"]),
        ([named(), named(temperature=0.05)], ["Digits · τ 0.2", "Digits · τ 0.05"]),
        ([named(), named(base="Shapes", temperature=0.05)], ["Digits", "Shapes · τ 0.05"]),
        ([named(seed=1), named(seed=2)], ["Digits · seed 1", "Digits · seed 2"]),
        ([named(probe_samples=500), named(data="shapes")], ["Digits", "Digits"]),
        ([NamedBy("mine", (), {}, {}), named()], ["mine", "Digits"]),
    ],
)
def test_a_run_is_named_by_the_settings_that_differ_from_its_preset(runs, expected):
    assert titles(*runs) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Masked patches (MAE)", "Shapes, masked patches"),
        ("BYOL", "Shapes, BYOL"),
        ("MoCo", "Shapes, MoCo"),
        ("Barlow Twins", "Shapes, Barlow Twins"),
    ],
)
def test_names_of_methods_keep_their_capitals(title, expected):
    made = catalogue()
    named = msgspec.structs.replace(made.objectives[0], title=title)
    assert name_of_task(msgspec.structs.replace(made, objectives=(named,)), {"data": "shapes"}) == expected


def test_a_setting_without_effect_names_no_run():
    settings = (SWITCH, msgspec.structs.replace(TEMPERATURE, only_if={"symmetric": (True,)}))
    values = {"symmetric": False, "temperature": 0.2}
    one, other = (NamedBy("Digits", settings, {**values, "temperature": each}, values) for each in (0.05, 0.8))
    assert titles(one, other) == ["Digits", "Digits"]
    steered = NamedBy("Digits", settings, {"symmetric": True, "temperature": 0.05}, values)
    assert titles(steered, other) == ["Digits · symmetric on · τ 0.05", "Digits · symmetric off · τ 0.8"]


def test_what_differs_between_the_runs_comes_before_what_they_share():
    runs = [named(temperature=0.05, rotation=45.0, symmetric=False, seed=each) for each in (1, 2)]
    assert parts_of_titles(runs)[1] == ("Digits", "seed 2", "τ 0.05", "rotation 45°", "symmetric off")
    assert titles(*runs)[1] == "Digits · seed 2 · τ 0.05 and 2 more"


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        (TEMPERATURE, 0.123456, "τ 0.1235"),
        (BATCH, 64, "batch_size 64"),
        (SWITCH, True, "symmetric on"),
        (ROTATION, 15.0, "rotation 15°"),
        (choice("negatives", "other", "same"), "same", "negatives same"),
    ],
)
def test_a_setting_is_said_in_few_words(setting, value, text):
    assert named_value(setting, value) == text


def test_equal_titles_are_numbered_and_the_number_is_not_one_in_use():
    assert numbered(["a", "b", "a", "a"], taken=["a (2)"]) == ["a", "b", "a (3)", "a (4)"]


def test_what_suits_the_data_names_no_run_on_disk_but_what_was_set_instead_does(tmp_path):
    values = resolve_values(own_catalogue(), {"data": "pictures", "path": str(tmp_path), "rotation": 10.0, "side": 64})
    summary = RunSummary(
        path=tmp_path,
        preset="shapes",
        begun=datetime(2026, 1, 31, tzinfo=UTC),
        values=values,
        note=RunNote(),
        state="finished",
        step=1,
        loss=1.0,
        knn=None,
        size_bytes=0,
        changed_at=0.0,
        small_map=None,
        suited={"rotation": 10.0},
    )
    (parts,) = parts_of_titles([named_by_folder(summary, {"shapes": preset_named("shapes")}, own_catalogue())])
    assert sorted(parts[1:]) == [f"path {tmp_path.name}", "side 64"]
