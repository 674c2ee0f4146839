"""Declarations of settings, and the values that they accept and refuse."""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslviz.core.settings import (
    About,
    Group,
    Setting,
    SettingError,
    parse_assignment,
    resolve,
    unknown_key,
)


class Sample(Group, frozen=True):
    title = "Sample"

    temperature: Annotated[float, About(label="Temperature", help="τ", low=0.01, high=1, log=True, live=True)] = 0.2
    batch_size: Annotated[int, About(label="Batch", help="N", low=2, high=4096, unit="samples")] = 256
    flip: Annotated[bool, About(label="Flip", help="Mirror half of them.")] = True
    encoder: Annotated[str, About(label="Encoder", help="f", choices=("small", "resnet18"))] = "small"
    seed: Annotated[int, About(label="Seed", help="", low=0, high=2**63 - 1)] = 0
    weights: Annotated[str, About(label="Weights", help="", opens=("folder", ".pt", ".safetensors"))] = ""


SETTINGS = Sample.settings()
BY_KEY = {setting.key: setting for setting in SETTINGS}
NUMBERS = st.floats() | st.integers() | st.floats().map(str) | st.integers().map(str)
ANYTHING = NUMBERS | st.text() | st.none() | st.booleans() | st.lists(st.integers(), max_size=2)


def test_declarations_become_settings_in_their_order():
    assert [setting.key for setting in SETTINGS] == ["temperature", "batch_size", "flip", "encoder", "seed", "weights"]
    assert [setting.value_type for setting in SETTINGS] == ["float", "int", "bool", "choice", "int", "path"]
    temperature = BY_KEY["temperature"]
    assert (temperature.default, temperature.low, temperature.high) == (0.2, 0.01, 1)
    assert (temperature.log, temperature.live, temperature.group, temperature.help) == (True, True, "Sample", "τ")


def test_a_group_is_filled_from_a_runs_values():
    assert Sample.of({"temperature": 0.5, "of_another_group": 3}) == Sample(temperature=0.5)


def test_missing_values_are_the_defaults():
    assert resolve(SETTINGS, {}) == {s.key: s.default for s in SETTINGS}
    assert resolve(SETTINGS, {"batch_size": "64"})["batch_size"] == 64


@pytest.mark.parametrize(
    ("key", "given", "found"),
    [
        ("temperature", "0.5", 0.5),
        ("temperature", " 5e-1 ", 0.5),
        ("temperature", 1, 1.0),
        ("batch_size", 64.0, 64),
        ("batch_size", "1e3", 1000),
        ("seed", str(2**53 + 1), 2**53 + 1),
        ("seed", 2**63 - 1, 2**63 - 1),
        ("flip", "Yes", True),
        ("flip", "off", False),
        ("flip", False, False),
        ("encoder", "resnet18", "resnet18"),
        ("weights", "", ""),
        ("weights", "/no/such.pt", "/no/such.pt"),
    ],
)
def test_values_are_read_as_flags_and_files_write_them(key, given, found):
    value = BY_KEY[key].check(given)
    assert value == found
    assert type(value) is type(found)


@pytest.mark.parametrize(
    ("key", "given", "text"),
    [
        ("temperature", 0, "temperature takes a number between 0.01 and 1; 0 was given."),
        ("temperature", "warm", "temperature takes a number between 0.01 and 1; 'warm' was given."),
        ("temperature", math.nan, "temperature takes a number between 0.01 and 1; nan was given."),
        ("temperature", True, "temperature takes a number between 0.01 and 1; True was given."),
        ("batch_size", 1, "batch_size takes a whole number between 2 and 4096 samples; 1 was given."),
        ("batch_size", 2.5, "batch_size takes a whole number between 2 and 4096 samples; 2.5 was given."),
        ("seed", -1, "seed takes a whole number between 0 and 9223372036854775807; -1 was given."),
        ("flip", 1, "flip takes true or false; 1 was given."),
        ("encoder", "huge", "encoder takes one of small, resnet18; 'huge' was given."),
        ("encoder", None, "encoder takes one of small, resnet18; None was given."),
        (
            "weights",
            "a\0b",
            "weights takes the path of a folder or a file ending in .pt or .safetensors on this machine, ",
        ),
        (
            "weights",
            "s3://bucket/x.pt",
            "weights takes the path of a folder or a file ending in .pt or .safetensors on",
        ),
        ("weights", "a\udcff", "weights takes the path of a folder"),
        ("weights", "a" * 5000, "weights takes the path of a folder"),
        ("weights", 3, "weights takes the path of a folder"),
        ("encoder", "x" * 500, "encoder takes one of small, resnet18; 'xxx"),
    ],
)
def test_refusals_name_the_setting_its_range_and_the_value(key, given, text):
    with pytest.raises(SettingError) as refusal:
        BY_KEY[key].check(given)
    assert str(refusal.value).startswith(text)
    assert len(str(refusal.value)) < 200
    assert refusal.value.key == key


@given(st.sampled_from(SETTINGS), ANYTHING)
def test_accepted_values_are_in_range_and_accepted_again(setting, value):
    try:
        found = setting.check(value)
    except SettingError:
        return
    assert setting.check(found) == found
    if setting.value_type in ("float", "int"):
        assert setting.low <= found <= setting.high
        assert setting.check(str(found)) == found


@given(st.dictionaries(st.sampled_from(sorted(BY_KEY)) | st.text(max_size=5), ANYTHING, max_size=4))
def test_resolve_gives_all_settings_or_refuses(given):
    try:
        values = resolve(SETTINGS, given)
    except SettingError:
        return
    assert set(values) == set(BY_KEY)


def test_an_unknown_key_is_refused_with_similar_ones():
    with pytest.raises(SettingError, match="Did you mean temperature"):
        resolve(SETTINGS, {"temprature": 0.1})
    assert "Did you mean" not in unknown_key("zzzz", BY_KEY)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"value_type": "float", "default": 1.0},
        {"value_type": "float", "default": 1.0, "low": 2.0, "high": 0.0},
        {"value_type": "float", "default": 1.0, "low": 0.0, "high": math.inf},
        {"value_type": "float", "default": 1.0, "low": 0.0, "high": 2.0, "log": True},
        {"value_type": "int", "default": 5, "low": 0, "high": 4},
        {"value_type": "choice", "default": "a"},
        {"value_type": "choice", "default": "a", "choices": ("b",)},
        {"value_type": "path", "default": ""},
    ],
)
def test_inconsistent_declarations_are_refused_also_from_the_pipe(nonsense):
    facts = {"key": "x", "label": "", "help": "", "group": "", **nonsense}
    with pytest.raises(ValueError, match="x "):
        Setting(**facts)
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(facts), type=Setting)


def test_a_path_is_absolute_from_then_on_and_its_last_name_is_its_short_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    setting = BY_KEY["weights"]
    assert setting.check("mine.pt") == setting.check("~/mine.pt") == str(tmp_path / "mine.pt")
    assert setting.value_text(str(tmp_path / "mine.pt")) == "mine.pt"
    assert setting.value_text("") == "none"


def test_settings_survive_the_pipe():
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(SETTINGS), type=tuple[Setting, ...]) == SETTINGS


def test_assignments_are_split_at_the_first_equals_sign():
    assert parse_assignment(" a = b=c ") == ("a", "b=c")
    for text in ("", "a", "=3", "  =3"):
        with pytest.raises(SettingError, match="key=value"):
            parse_assignment(text)
