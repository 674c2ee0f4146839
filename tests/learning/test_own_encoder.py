"""Encoders that a function of the user's own gives."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from sslviz.core import plug_ins
from sslviz.core.plug_ins import PlugIn
from sslviz.core.settings import SettingError
from sslviz.learning.own_encoder import OwnEncoder

FILE = """
import torch
from torch import nn

class Maps(nn.Module):
    def forward(self, x):
        return x[:, :2]

class Fails(nn.Module):
    def forward(self, x):
        return x @ torch.zeros(7, 7)

def good():
    return nn.Sequential(nn.Conv2d(3, 5, 3), nn.AdaptiveAvgPool2d(1))

def text():
    return "a network"

def failing():
    raise OSError("no weights here")

def needs():
    return nn.Linear(1)

def leaving():
    raise SystemExit(3)
"""


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "own.py").write_text(FILE)
    monkeypatch.setattr(plug_ins, "_named", [PlugIn(tmp_path / "own.py")])
    yield tmp_path / "own.py"
    sys.modules.pop(plug_ins._module_name(tmp_path / "own.py"), None)


def build(path: Path, function: str) -> OwnEncoder:
    own = type("Own", (OwnEncoder,), {"name": "own", "help": "", "plug_in": PlugIn(path, function)})
    return own.build((3, 16, 16), 8, {})  # type: ignore[attr-defined, no-any-return]


def test_it_gives_the_features_of_the_network_and_takes_its_weights(path: Path) -> None:
    encoder, other = build(path, "good"), build(path, "good")
    assert encoder.h_dim == 5
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(encoder(images), encoder[0](images)[:, :, 0, 0])
    encoder.load_weights(other[0].state_dict(), "file")
    assert torch.equal(encoder(images), other(images))


@pytest.mark.parametrize(
    ("function", "says"),
    [
        ("text", r"own\.py gives no encoder: TypeError: text\(\) gave a str, not an nn\.Module\."),
        ("failing", r"own\.py:20 gives no encoder: OSError: no weights here\."),
        ("needs", r"own\.py:23 gives no encoder: TypeError: "),
        ("Fails", r"own\.py:11 gives no encoder: RuntimeError: "),
        ("leaving", r"own\.py:26 gives no encoder: SystemExit: 3\."),
        ("missing", r"own\.py gives no encoder: TypeError: there is no function missing in it\."),
    ],
)
def test_a_function_that_gives_none_is_refused_with_the_line(path: Path, function: str, says: str) -> None:
    with pytest.raises(SettingError, match=says):
        build(path, function)


def test_feature_maps_are_flattened(path: Path) -> None:
    assert build(path, "Maps").h_dim == 2 * 16 * 16
