"""The presets of sslviz, and broken ones."""

from __future__ import annotations

import pytest

from sslviz.core import resources as resources_module
from sslviz.core.presets import DEFAULT_PRESET, all_presets, preset_named, read_preset
from sslviz.core.resources import resources
from sslviz.core.settings import SettingError

GOOD = 'title = "T"\nhelp = "H."\n[settings]\ndata = "shapes"\ntemperature = 0.5\nflip = true\n'


def test_the_presets_of_sslviz_are_read():
    presets = all_presets()
    assert {"shapes", "shapes-colour-shortcut", "digits", "cifar10"} <= {preset.name for preset in presets}
    assert presets[0].name == DEFAULT_PRESET
    for preset in presets:
        assert preset.title
        assert preset.help.endswith(".")
        assert {"data", "objective"} <= set(preset.settings)


def test_an_unknown_preset_is_refused_with_the_known_ones():
    with pytest.raises(SettingError, match=r"no preset called 'nope'; there are shapes, .*digits"):
        preset_named("nope")
    assert preset_named("digits").name == "digits"


def test_a_preset_is_read(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    preset = read_preset(path)
    assert (preset.name, preset.title, preset.order) == ("mine", "T", 100)
    assert preset.settings == {"data": "shapes", "temperature": 0.5, "flip": True}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"= nonsense",
        b"\xff\xfe",
        GOOD.replace("title", "tilte").encode(),
        GOOD.replace("0.5", "[0.5]").encode(),
        GOOD.replace("0.5", "2026-01-31").encode(),
        GOOD.replace("0.5", "1" * 5000).encode(),
        b"title = " + b"[" * 5000,
        GOOD.replace('"T"', "3").encode(),
    ],
)
def test_a_broken_preset_is_refused_by_name(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_bytes(text)
    with pytest.raises(SettingError, match=r"preset mine.toml could not be read"):
        read_preset(path)


def test_a_missing_preset_is_refused_by_name(tmp_path):
    with pytest.raises(SettingError, match=r"mine.toml could not be read"):
        read_preset(tmp_path / "mine.toml")


def test_resources_are_found_in_a_checkout_and_in_a_wheel(tmp_path, monkeypatch):
    assert (resources() / "presets" / "shapes.toml").is_file()
    module = tmp_path / "site-packages" / "sslviz" / "core" / "resources.py"
    monkeypatch.setattr(resources_module, "__file__", str(module))
    with pytest.raises(FileNotFoundError, match="without its resources"):
        resources()
    beside = tmp_path / "site-packages" / "resources"
    (beside / "presets").mkdir(parents=True)
    assert resources() == beside
    inside = module.parents[1] / "resources"
    (inside / "presets").mkdir(parents=True)
    assert resources() == inside
