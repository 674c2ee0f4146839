"""Checks and describes changes of live settings during a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sslviz.core.messages import Notice
from sslviz.core.settings import Setting, SettingError, Value, Values, unknown_key

SettingChanges = dict[str, tuple[Value, Value]]
"""Value before and after the change, by the key of the setting."""


def check_changes(
    settings: Mapping[str, Setting], values: Values, wanted: Values, refuse: Callable[[Notice], None]
) -> SettingChanges:
    """Return the wanted changes that are valid and differ from ``values``.

    Args:
        settings: the settings of the run by their keys.
        values: values in force.
        wanted: new values of some settings.
        refuse: called with the reason for each change that is not possible.
    """
    changes: SettingChanges = {}
    for key, value in wanted.items():
        try:
            after = _check(settings, key, value)
        except SettingError as error:
            refuse(Notice(level="refused", key=key, text=str(error)))
            continue
        if after != values[key]:
            changes[key] = (values[key], after)
    return changes


def describe_changes(settings: Mapping[str, Setting], changes: SettingChanges) -> str:
    """Return a text for the mark on the curves, such as ``Temperature 0.2 → 0.5``."""
    return ", ".join(
        f"{settings[key].label} {_format(before)} → {_format(after)}" for key, (before, after) in changes.items()
    )


def _check(settings: Mapping[str, Setting], key: str, value: Value) -> Value:
    """Return the value as the type of the setting. Raises SettingError if the setting cannot change to it now."""
    if key not in settings:
        raise SettingError(key, unknown_key(key, settings))
    setting = settings[key]
    after = setting.check(value)
    if not setting.live:
        raise SettingError(key, f"{setting.label} is fixed while a run goes on. Reset, and start a new run with it.")
    return after


def _format(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
