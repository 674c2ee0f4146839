"""What a sweep consists of: the settings that vary, the values of the others, the seeds, and the length of a run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from sslviz.core.catalogue import AS_SEED, settings_for
from sslviz.core.counts import counted
from sslviz.core.entries import Catalogue
from sslviz.core.presets import preset_named, values_beside
from sslviz.core.settings import SettingError, Value, Values, parse_assignment

MAX_RUNS = 1_000
"""Maximum number of runs of a sweep."""
DATA_SEED = 0
"""The ``data_seed`` of all runs of a sweep, if no other is given: the data stay the same while the seeds vary."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The plan of a sweep: one run for each combination of the values that vary, with each seed.

    ``preset``: name of the preset. ``vary``: keys of the settings that vary, with their values. ``seeds``: the values
    of the setting "seed". ``fixed``: values of other settings, which replace those of the preset; "data_seed" is among
    them, or it varies. ``steps`` and ``seconds``: length of each run, one of them None.
    """

    preset: str
    vary: dict[str, tuple[Value, ...]]
    seeds: tuple[int, ...]
    fixed: Values
    steps: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        """Raise SettingError, a ValueError, if there are too many runs, or ValueError if their length is not known."""
        if self.size > MAX_RUNS:
            raise SettingError("vary", f"These are {self.size:,} runs; a sweep has at most {MAX_RUNS:,}.")
        if (self.steps is None) == (self.seconds is None):
            raise ValueError("a sweep has either steps or seconds")

    @property
    def combinations(self) -> tuple[Values, ...]:
        """All combinations of the values that vary, by key; those of the last key change first."""
        return tuple(dict(zip(self.vary, values, strict=True)) for values in itertools.product(*self.vary.values()))

    @property
    def size(self) -> int:
        """Number of runs."""
        return math.prod(map(len, self.vary.values())) * len(self.seeds)

    @property
    def text(self) -> str:
        """The plan in words: "digits with temperature = 0.1, 0.2; seeds 0, 1; 150 steps each"."""
        varied = "; ".join(f"{key} = {', '.join(map(value_text, values))}" for key, values in self.vary.items())
        fixed = "".join(f", {key} = {value_text(value)}" for key, value in self.fixed.items())
        return self.in_words(f"{varied}{fixed}")

    def in_words(self, settings: str) -> str:
        """Return the plan in words, with these words for its settings."""
        length = f"{self.seconds:g} seconds" if self.steps is None else counted(self.steps, "step")
        return f"{self.preset} with {settings}; seeds {', '.join(map(str, self.seeds))}; {length} each"

    def values(self, combination: Values, catalogue: Catalogue) -> Values:
        """Return the values of all settings of a run, except its seed.

        Raises:
            SettingError: a value or a name is invalid.
        """
        return values_beside(preset_named(self.preset).settings, {**self.fixed, **combination}, catalogue)


def value_text(value: Value) -> str:
    """Return a value as it is written on the command line and in the names of run folders."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def plan_sweep(
    catalogue: Catalogue,
    preset: str,
    vary: Iterable[str],
    seeds: str,
    assignments: Iterable[str] = (),
    *,
    steps: int | None = None,
    seconds: float | None = None,
) -> Sweep:
    """Return the plan that the flags of ``sslviz sweep`` describe, after checking every run that it consists of.

    Args:
        catalogue: the objectives, data sets and settings.
        preset: name of the preset.
        vary: texts ``key=value,value,…``.
        seeds: a text ``0,1,2``.
        assignments: texts ``key=value``.
        steps: number of steps of each run.
        seconds: training time of each run, if ``steps`` is None.

    Raises:
        SettingError: a text, a key or a value is invalid, or two runs would be the same.
    """
    varied, fixed = _varied(vary), dict[str, Value](map(parse_assignment, assignments))
    _check_keys(varied, fixed)
    if "data_seed" not in varied:
        fixed.setdefault("data_seed", DATA_SEED)
    given = Sweep(preset=preset, vary=varied, seeds=_seeds(seeds, catalogue), fixed=fixed, steps=steps, seconds=seconds)
    return checked(given, catalogue)


def checked(given: Sweep, catalogue: Catalogue) -> Sweep:
    """Return a plan with values of the types of their settings, after checking every run that it consists of.

    Raises:
        SettingError: a key or a value is invalid, or two runs would be the same.
    """
    resolved = [given.values(combination, catalogue) for combination in given.combinations]
    _check_data_seeds(resolved)
    _check_different(given.combinations, resolved)
    for key in given.vary:
        _check_effect(key, resolved, catalogue)
    of_first = {key: _typed(key, value, resolved[0]) for key, value in given.fixed.items()}
    return msgspec.structs.replace(given, vary=_typed_values(given, resolved), fixed=of_first)


def _varied(texts: Iterable[str]) -> dict[str, tuple[Value, ...]]:
    varied: dict[str, tuple[Value, ...]] = {}
    for text in texts:
        key, equals, values = (part.strip() for part in text.partition("="))
        if not (key and equals and values):
            raise SettingError(key, f"--vary takes key=value,value,…; {text!r} was given.")
        if key in varied:
            raise SettingError(key, f"{key} varies twice. Give all its values after one --vary.")
        varied[key] = tuple(value.strip() for value in values.split(","))
    return varied


def _check_keys(varied: Mapping[str, object], fixed: Mapping[str, object]) -> None:
    if "seed" in varied or "seed" in fixed:
        raise SettingError("seed", "The seeds of a sweep are given by --seeds.")
    for key in varied:
        if key in fixed:
            raise SettingError(key, f"{key} cannot vary and be set to one value at once.")


def _seeds(text: str, catalogue: Catalogue) -> tuple[int, ...]:
    setting = next(setting for setting in catalogue.common if setting.key == "seed")
    seeds = []
    for each in map(str.strip, text.split(",")):
        if not setting.allows(each):
            says = f"--seeds takes numbers such as 0,1,2, each {setting.range_text}; {each!r} was given."
            raise SettingError("seed", says)
        seeds.append(int(setting.check(each)))
    if len(set(seeds)) < len(seeds):
        raise SettingError("seed", f"--seeds takes every seed once; {text!r} was given.")
    return tuple(seeds)


def _check_data_seeds(resolved: Iterable[Values]) -> None:
    if any(values.get("data_seed") == AS_SEED for values in resolved):
        text = "All runs of a sweep have the same data, whatever their seed: data_seed takes a number from 0."
        raise SettingError("data_seed", text)


def _check_different(combinations: Sequence[Values], resolved: Sequence[Values]) -> None:
    for (first, one), (second, other) in itertools.combinations(zip(combinations, resolved, strict=True), 2):
        if one == other:
            same = (", ".join(f"{key}={value_text(value)}" for key, value in each.items()) for each in (first, second))
            raise SettingError(next(iter(first)), f"{' and '.join(same)} are the same. Give each value once.")


def _check_effect(key: str, resolved: Iterable[Values], catalogue: Catalogue) -> None:
    """Raise SettingError if a setting has no effect in any run."""
    unmet = ""
    for values in resolved:
        setting = next((each for each in settings_for(catalogue, values) if each.key == key), None)
        if setting is None or setting.has_effect(values):
            return
        needs = [f"{other} = {' or '.join(map(value_text, allowed))}" for other, allowed in setting.only_if.items()]
        changes = [f"another {other}" for other in setting.idle_if]
        unmet = " and ".join([*needs, *([" or ".join(changes)] if changes else [])])
    raise SettingError(key, f"{key} has no effect here: it needs {unmet}.")


def _typed_values(sweep: Sweep, resolved: Sequence[Values]) -> dict[str, tuple[Value, ...]]:
    """Return the values that vary, converted to the types of their settings."""
    pairs = list(zip(sweep.combinations, resolved, strict=True))

    def typed(key: str) -> Iterator[tuple[Value, Value]]:
        return ((combination[key], _typed(key, combination[key], values)) for combination, values in pairs)

    return {key: tuple(dict(typed(key)).values()) for key in sweep.vary}


def _typed(key: str, given: Value, values: Values) -> Value:
    """Return a value converted to the type of its setting; a method as "objective" remains."""
    return given if key == "objective" else values.get(key, given)
