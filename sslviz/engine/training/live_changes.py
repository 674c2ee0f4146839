"""Live settings on their way into a run: checked one by one, refused with the reason, told once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sslviz.core.messages import Notice
from sslviz.core.settings import Setting, SettingError, Value, Values, unknown_key

SettingChanges = dict[str, tuple[Value, Value]]
"""key: (before, after)"""


def check_changes(
    settings: Mapping[str, Setting], values: Values, wanted: Values, refuse: Callable[[Notice], None]
) -> SettingChanges:
    """Those of the wanted values that may be had and differ from ``values``; ``refuse`` hears about the others."""
    changes: SettingChanges = {}
    for key, value in wanted.items():
        try:
            after = _checked(settings, key, value)
        except SettingError as error:
            refuse(Notice(level="refused", key=key, text=str(error)))
            continue
        if after != values[key]:
            changes[key] = (values[key], after)
    return changes


def describe_changes(settings: Mapping[str, Setting], changes: SettingChanges) -> str:
    """For the mark on the curves: ``Temperature 0.2 → 0.5``."""
    return ", ".join(
        f"{settings[key].label} {_shown(before)} → {_shown(after)}" for key, (before, after) in changes.items()
    )


def _checked(settings: Mapping[str, Setting], key: str, value: Value) -> Value:
    if key not in settings:
        raise SettingError(key, unknown_key(key, settings))
    setting = settings[key]
    after = setting.check(value)
    if not setting.live:
        raise SettingError(key, f"{setting.label} is fixed while a run goes on. Reset, and start a new run with it.")
    return after


def _shown(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
