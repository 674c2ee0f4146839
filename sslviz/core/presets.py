"""Presets: named values of some settings, in files ``resources/presets/NAME.toml`` with a title and a help text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from sslviz.core.resources import resources
from sslviz.core.settings import SettingError, Value

DEFAULT_PRESET = "shapes"


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A preset: values of some settings, with a title and a help text.

    ``settings``: values by key, which replace the defaults of the preset's data set and objective. ``order``: presets
    with a lower number come earlier in the menu.
    """

    title: str
    help: str
    settings: dict[str, Value]
    name: str = ""
    order: int = 100


def read_preset(path: Path) -> Preset:
    """Return the preset in a file. Raises SettingError that names the file if the file holds no valid preset."""
    try:
        preset = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Preset)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError) as error:
        raise SettingError("preset", f"The preset {path.name} could not be read: {error}") from error
    return msgspec.structs.replace(preset, name=path.stem)


def all_presets() -> tuple[Preset, ...]:
    """Return the presets that are installed with sslviz, in the order of the menu that lists them."""
    presets = [read_preset(path) for path in sorted((resources() / "presets").glob("*.toml"))]
    return tuple(sorted(presets, key=lambda preset: (preset.order, preset.name)))


def preset_named(name: str) -> Preset:
    """Return the preset called ``name``; an unknown name raises a SettingError that lists the known names."""
    presets = {preset.name: preset for preset in all_presets()}
    if name not in presets:
        raise SettingError("preset", f"There is no preset called {name!r}; there are {', '.join(presets)}.")
    return presets[name]
