"""Changes of settings during a run, and the text that describes them beside the curves of the run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from sslviz.core.settings import Value


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change of one setting during a run."""

    key: str
    label: str
    """Name of the setting in the form, or its key if the name is unknown."""
    before: Value
    after: Value

    def __str__(self) -> str:
        """Return the change as text, for example ``Temperature 0.2 → 0.5``."""
        return f"{self.label} {_short(self.before)} → {_short(self.after)}"


def describe_changes(changes: Iterable[SettingChange]) -> str:
    """Return the changes as text, for example ``Temperature 0.2 → 0.5, Hue 36 → 20``."""
    return ", ".join(str(change) for change in changes)


def _short(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
