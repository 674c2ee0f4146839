"""Presets: named values of some settings, in files ``resources/presets/NAME.toml`` with texts about them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from sslviz.core.catalogue import DECISIVE, resolve_values, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.log import FirstOccurrences, logger
from sslviz.core.resources import resources
from sslviz.core.settings import SettingError, Value, Values

DEFAULT_PRESET = "shapes"
_logged = FirstOccurrences()


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A preset: values of some settings, with a title and texts about it.

    ``settings``: values by key, which replace the defaults of the preset's data set and objective.

    ``question``, ``watch`` and ``experiment``: a sentence each on what the network is asked, on what there is to see in
    the window, and on what to try. A word written ``[word](target)`` points at the panel or the setting of this name:
    ``loss``, ``settings:temperature``. ``method`` and ``data``: names of both in few words. ``minutes``: about how long
    it takes until the map shows what was learned; 0 if unknown.

    ``order``: presets with a lower number come earlier in lists.
    """

    title: str
    help: str
    settings: dict[str, Value]
    question: str = ""
    watch: str = ""
    experiment: str = ""
    method: str = ""
    data: str = ""
    minutes: int = 0
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
    """Return the presets that are installed with sslviz, in the order of the menu that lists them.

    A file that cannot be read is left out, and logged once; see :func:`unreadable_presets`.
    """
    presets, errors = _read_all()
    for error in errors:
        if _logged.is_new(str(error)):
            logger("plugins").warning("%s", error)
    return tuple(sorted(presets, key=lambda preset: (preset.order, preset.name)))


def unreadable_presets() -> list[str]:
    """Return a sentence for each preset file that cannot be read; it names the file and the reason."""
    return [str(error) for error in _read_all()[1]]


def preset_named(name: str) -> Preset:
    """Return the preset called ``name``.

    Raises:
        SettingError: There is no such preset (the message lists the known names), or its file cannot be read.
    """
    paths = {path.stem: path for path in _paths()}
    if name in paths:
        return read_preset(paths[name])
    names = ", ".join(preset.name for preset in all_presets())
    raise SettingError("preset", f"There is no preset called {name!r}; there are {names}.")


def values_beside(preset: Mapping[str, Value], given: Mapping[str, object], catalogue: Catalogue) -> Values:
    """Return the values of all settings of a run: those ``given``, or else those of a preset, or else the defaults.

    If a data set, an objective or a variant is given, the values of the preset that are not possible with it are left
    out.

    Raises:
        SettingError: a value or a name is invalid.
    """
    declared = {setting.key: setting for setting in settings_for(catalogue, {**preset, **given})}
    known = {key: value for key, value in preset.items() if key in declared}
    if any(key in given for key in DECISIVE):
        known = {key: value for key, value in known.items() if declared[key].allows(value)}
    return resolve_values(catalogue, {**known, **given})


def _paths() -> list[Path]:
    return sorted((resources() / "presets").glob("*.toml"))


def _read_all() -> tuple[list[Preset], list[SettingError]]:
    presets, errors = [], []
    for path in _paths():
        try:
            presets.append(read_preset(path))
        except SettingError as error:
            errors.append(error)
    return presets, errors
