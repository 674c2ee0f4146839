"""Titles of runs: the name of the preset, and the settings by which the runs of this preset differ from it.

Two runs of the preset Digits with different temperatures are called "Digits · τ 0.2" and "Digits · τ 0.05".
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sslviz.core.catalogue import DECISIVE, chosen_objective, dataset_entry, settings_for
from sslviz.core.entries import Catalogue
from sslviz.core.presets import Preset
from sslviz.core.settings import Setting, SettingError, Value, Values
from sslviz.core.stored_runs import preset_of
from sslviz.window.runs.live_run import LiveRun
from sslviz.window.runs.run_config import RunConfigState

if TYPE_CHECKING:
    from sslviz.core.run_summary import RunSummary

SEPARATOR = " · "
MOST_SETTINGS = 2
"""Maximum number of settings that are named in a title; the rest is counted, as in "Digits · τ 0.05 and 3 more"."""
UNNAMED = frozenset({*DECISIVE, "device", "probe_samples"})
"""Keys of the settings that are not named in titles: the title begins with what is learned, and the device and the
number of points on the map do not change what a run learns."""


class NamedBy(NamedTuple):
    """What the title of a run is made of."""

    base: str
    """Title of the preset; the names of data and objective if they are not those of the preset; the name of the folder
    of a run that was not trained in the window."""
    settings: tuple[Setting, ...]
    """Declarations of the run's settings, in the order of the form."""
    values: Values
    """Values of the settings, by key."""
    expected: Values
    """Values of the settings as the preset has them, or as they suit the data of the user's own, by key."""

    def differs(self, setting: Setting) -> bool:
        """Return whether a setting has another value than in the preset, and has an effect beside the others."""
        expected = self.expected.get(setting.key, self.values.get(setting.key))
        return self.values.get(setting.key) != expected and setting.has_effect(self.values)


def named_by(run: LiveRun) -> NamedBy:
    """Return what the title of a run is made of."""
    folder = run.model.folder
    if run.model.recorded and folder is not None and (run.from_script or not preset_of(folder)):
        return NamedBy(folder.name, (), {}, {})
    suited = {each.key: each.value for each in run.model.prepared.suited} if run.model.prepared is not None else {}
    return _named_by(run.in_force, run.config.settings, run.config.catalogue, suited)


def named_by_folder(summary: RunSummary, presets: Mapping[str, Preset], catalogue: Catalogue | None) -> NamedBy:
    """Return what the title of a run on disk is made of: the name of its folder, if its preset is unknown.

    ``presets`` maps the names of presets to the presets.
    """
    preset = presets.get(summary.preset)
    if preset is None:
        return NamedBy(summary.path.name, (), {}, {})
    with contextlib.suppress(SettingError):  # data or an objective that is not installed any more
        if catalogue is not None:
            state = RunConfigState(preset, summary.values)
            return _named_by(state, settings_for(catalogue, summary.values), catalogue, summary.suited or {})
    return NamedBy(preset.title, (), {}, {})


def _named_by(
    state: RunConfigState, settings: tuple[Setting, ...], catalogue: Catalogue | None, suited: Values
) -> NamedBy:
    """Return what the title of a run is made of; ``suited``: the values that follow from what was found in its data."""
    given = state.preset.settings if state.keeps_preset else {}
    base = state.preset.title if given or catalogue is None else name_of_task(catalogue, state.values)
    expected = {each.key: given.get(each.key, suited.get(each.key, each.default)) for each in settings}
    return NamedBy(base, settings, state.values, expected)


def name_of_task(catalogue: Catalogue, values: Values) -> str:
    """Return the names of the data set and of the method that settings choose: "Digits, masked patches"."""
    data = dataset_entry(catalogue, str(values["data"])).title
    return f"{data}, {_within_a_text(chosen_objective(catalogue, values).title.partition(' (')[0])}"


def _within_a_text(title: str) -> str:
    """Return a title as it is written after other words: "Masked patches" in small letters, but "BYOL" as it is."""
    return title.lower() if title[1:].islower() else title


def parts_of_titles(runs: Sequence[NamedBy]) -> list[tuple[str, ...]]:
    """Return for each run its base and then some of its settings in words, such as ("Digits", "τ 0.05").

    The settings are those in which this run or another run with the same base differs from the preset. The settings in
    which these runs differ from each other come first.
    """
    return [_parts(run, [other for other in runs if other.base == run.base]) for run in runs]


def _parts(run: NamedBy, alike: Sequence[NamedBy]) -> tuple[str, ...]:
    declared = {setting.key: setting for setting in run.settings if setting.key not in UNNAMED}
    named = (setting for key, setting in declared.items() if key in run.values)
    keys = [setting.key for setting in named if any(other.differs(setting) for other in alike)]
    keys.sort(key=lambda key: all(other.values.get(key) == run.values[key] for other in alike))
    return (run.base, *(named_value(declared[key], run.values[key]) for key in keys))


def named_value(setting: Setting, value: Value) -> str:
    """Return the name and the value of a setting as short text: "τ 0.05", "rotation 15°" or "symmetric off"."""
    name = setting.symbol or setting.label[:1].lower() + setting.label[1:]
    return f"{name} {setting.value_text(value)}"


def title_of(parts: Sequence[str], most: int = 1 + MOST_SETTINGS) -> str:
    """Return the parts of a title as one text; of more than ``most`` parts, the others are counted."""
    text, more = SEPARATOR.join(parts[:most]), len(parts) - most
    return f"{text} and {more} more" if more > 0 else text


def numbered(titles: Iterable[str], taken: Iterable[str]) -> list[str]:
    """Return titles that all differ, also from those that are ``taken``: the second "Digits" becomes "Digits (2)"."""
    used, result = set(taken), []
    for title in titles:
        choices = itertools.chain([title], (f"{title} ({number})" for number in itertools.count(2)))
        result.append(next(each for each in choices if each not in used))
        used.add(result[-1])
    return result
