"""Checks changes of live settings before they are applied to a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sslviz.core.messages import Notice
from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, SettingError, Value, Values, unknown_key


def check_changes(
    settings: Mapping[str, Setting], values: Values, wanted: Values, refuse: Callable[[Notice], None]
) -> tuple[SettingChange, ...]:
    """Return the wanted changes that are valid and differ from ``values``.

    Args:
        settings: the settings of the run by their keys.
        values: current values of all settings.
        wanted: new values of some settings.
        refuse: called for each change that is not possible, with a notice that gives the reason.
    """
    changes: list[SettingChange] = []
    for key, value in wanted.items():
        try:
            after = _check(settings, key, value)
        except SettingError as error:
            refuse(Notice(level="refused", key=key, text=str(error)))
            continue
        if after != values[key]:
            changes.append(SettingChange(key=key, label=settings[key].label, before=values[key], after=after))
    return tuple(changes)


def _check(settings: Mapping[str, Setting], key: str, value: Value) -> Value:
    """Return ``value``, converted to the type of the setting ``key``.

    Raises SettingError if the value is invalid, or if the setting is unknown or cannot be changed during a run.
    """
    if key not in settings:
        raise SettingError(key, unknown_key(key, settings))
    setting = settings[key]
    after = setting.check(value)
    if not setting.live:
        raise SettingError(key, f"{setting.label} is fixed while a run goes on. Reset, and start a new run with it.")
    return after
