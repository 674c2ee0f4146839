"""What can vary in a sweep of the settings of a run, and which values are suggested."""

from __future__ import annotations

from collections.abc import Iterable

from sslviz.core.catalogue import DECISIVE, data_seed
from sslviz.core.entries import Catalogue
from sslviz.core.presets import values_beside
from sslviz.core.settings import Setting, SettingError, Value, Values, format_value
from sslviz.window.runs.run_config import RunConfigState

NOT_VARIED = frozenset({*DECISIVE, "seed", "data_seed", "device", "probe_samples"})
"""Keys of settings that do not vary: those that decide which other settings there are, the seeds, which vary anyway,
and settings that do not change what a run learns."""
SIGNIFICANT = 3
"""Number of significant digits of values that are suggested."""


def settings_beside(state: RunConfigState, catalogue: Catalogue, varied: str) -> Values:
    """Return the settings of a run that a sweep from its preset has to set, except the one that is ``varied``.

    The data of the sweep are those of the run.
    """
    given = state.preset.settings
    chosen = {key: state.values[key] for key in DECISIVE if key in state.values}
    decisive = {key: value for key, value in chosen.items() if given.get(key, value) != value}
    usual = values_beside(given, decisive, catalogue)  # a preset need not name the variant
    decisive |= {key: value for key, value in chosen.items() if usual.get(key) != value}
    expected = values_beside(given, decisive, catalogue)
    differing = {key: value for key, value in state.values.items() if expected.get(key) != value} | decisive
    differing["data_seed"] = data_seed(state.values)
    return {key: value for key, value in differing.items() if key not in ("seed", varied)}


def variable(settings: Iterable[Setting], values: Values) -> tuple[Setting, ...]:
    """Return the settings of a run that can vary, those that have a symbol of their own first."""
    fitting = (each for each in settings if each.key not in NOT_VARIED and each.value_type != "path")
    found = [each for each in fitting if each.key in values and each.has_effect(values)]
    return tuple(sorted(found, key=lambda setting: not setting.symbol))


def suggested(setting: Setting, value: Value) -> tuple[Value, ...]:
    """Return values for a setting that has this ``value``: half of it, itself and its double, or all choices."""
    if setting.value_type == "bool":
        return (False, True)
    if setting.value_type == "choice":
        return tuple(choice for choice in setting.choices if choice not in setting.unavailable)
    assert isinstance(value, int | float)
    low, high = float(setting.low or 0), float(setting.high or 0)
    numbers = (value / 2, value, value * 2) if value else (low, (low + high) / 4, (low + high) / 2)
    inside = sorted({_round(setting, min(max(number, low), high)) for number in numbers})
    return tuple(inside) if len(inside) > 1 else (setting.check(low), setting.check(high))


def _round(setting: Setting, number: float) -> float:
    return round(number) if setting.value_type == "int" else float(f"{number:.{SIGNIFICANT}g}")


def values_text(values: Iterable[Value]) -> str:
    """Return values as the dialog shows them: "0.1, 0.2, 0.4"."""
    return ", ".join(map(format_value, values))


def parse_values(setting: Setting, text: str) -> tuple[Value, ...]:
    """Return the values that the user has written. Raises SettingError that says what is wrong."""
    values = tuple(setting.check(part.strip()) for part in text.split(",") if part.strip())
    if len(set(values)) < len(values):
        raise SettingError(setting.key, f"{setting.label} has one of these values twice.")
    if len(values) < 2:
        raise SettingError(setting.key, "Give two values at least, with commas between them.")
    return values


def parse_seeds(setting: Setting, text: str) -> tuple[int, ...]:
    """Return the seeds that the user has written. Raises SettingError that says what is wrong."""
    seeds = tuple(int(setting.check(part.strip())) for part in text.split(",") if part.strip())
    if not seeds or len(set(seeds)) < len(seeds):
        raise SettingError(setting.key, "Give each seed once, such as 0, 1, 2.")
    return seeds
