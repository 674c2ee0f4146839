"""Changes of settings during a run, and the text that describes them beside the curves of the run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sslviz.core.settings import Value, format_value


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one setting during a run."""

    key: str
    label: str
    """Name of the setting in the form, or its key if the name is unknown."""
    before: Value
    after: Value

    def __str__(self) -> str:
        """Return the change as text, for example ``Temperature 0.2 → 0.5``."""
        return f"{self.label} {format_value(self.before)} → {format_value(self.after)}"


def describe_changes(changes: Iterable[SettingChange]) -> str:
    """Return the changes as text, for example ``Temperature 0.2 → 0.5, Hue 36 → 20``."""
    return ", ".join(str(change) for change in changes)


def joined(earlier: Iterable[SettingChange], later: Iterable[SettingChange]) -> tuple[SettingChange, ...]:
    """Return changes with the effect of ``earlier`` followed by ``later``: at most one change for each setting.

    A setting that has its first value again is left out.
    """
    changes = {change.key: change for change in earlier}
    for change in later:
        first = changes.get(change.key, change)
        changes[change.key] = msgspec.structs.replace(change, before=first.before)
    return tuple(change for change in changes.values() if change.before != change.after)
