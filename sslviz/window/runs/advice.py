"""What the user can do about a run by one click: follow the advice of its diagnosis, or take the preset's settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sslviz.core.setting_changes import SettingChange
from sslviz.core.settings import Setting, Value, Values, format_value
from sslviz.window.runs.marks import last_drag
from sslviz.window.runs.run_config import RunConfig
from sslviz.window.runs.run_model import RunModel

MAX_NAMED = 2
"""Maximum number of settings whose names are on a button; for more settings it shows their number."""


class Offer(NamedTuple):
    """A button: its text, its tooltip, and the values of settings that it sets, by key."""

    text: str
    tip: str
    values: Values


def advice_of(run: RunModel, settings: Iterable[Setting]) -> Offer | None:
    """Return what the diagnosis of a run advises if a click can do it, which needs a run that trains or is paused."""
    if run.diagnosis is None or not run.diagnosis.changes or run.state not in ("training", "paused"):
        return None
    labels, values = {setting.key: setting.label for setting in settings}, run.diagnosis.changes
    named = {labels.get(key, key): value for key, value in values.items()}
    last = last_drag(run.marks)
    if last is not None and {change.key: change.before for change in last.changes} == values and len(values) == 1:
        text = f"Take {last.changes[0].label} back to {format_value(last.changes[0].before)}"
    elif len(named) <= MAX_NAMED:
        text = f"Set {' and '.join(_to(name, value) for name, value in named.items())}"
    else:
        text = f"Set {len(named)} settings"
    return Offer(text, f"{_listed(named)}; acts on the next step, and can be undone (Ctrl+Z)", values)


def preset_offer(run: RunModel, config: RunConfig, differences: tuple[SettingChange, ...]) -> Offer | None:
    """Return the offer to set ``differences`` as the preset does; of a run that goes on, only its live settings."""
    free = config.live_keys() if run.life_cycle.running else {change.key for change in differences}
    changes = [change for change in differences if change.key in free]
    if not changes:
        return None
    listed = _listed({change.label: change.before for change in changes})
    tip = f"{listed}, as in {config.preset.title}; can be undone (Ctrl+Z)"
    return Offer("Use the preset's", tip, {change.key: change.before for change in changes})


def _listed(named: Values) -> str:
    return ", ".join(f"{name} {format_value(value)}" for name, value in named.items())


def _to(name: str, value: Value) -> str:
    return f"{name} {format_value(value)}" if isinstance(value, bool) else f"{name} to {format_value(value)}"
