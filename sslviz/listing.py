"""The command ``sslviz list``: prints objectives, datasets, presets, lessons and the like as a table or as JSON."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable

from sslviz.core.entries import Catalogue, DatasetEntry, ObjectiveEntry
from sslviz.core.settings import Setting

Row = dict[str, object]
"""One entry of the listing, with ``kind``, ``name`` and further keys that depend on the kind; converts to JSON."""


class UnavailableError(Exception):
    """Raised if a kind of entries, such as panels, cannot be listed on this machine; the message says why."""


def show(kind: str | None, as_json: bool) -> int:
    """Print all entries of ``kind``, such as "presets", or of all kinds if it is None; return the exit code.

    The exit code is 2 if ``kind`` cannot be listed on this machine, otherwise 0.
    """
    rows: list[Row] = []
    for name in [kind] if kind else list(KINDS):
        try:
            rows += KINDS[name]()
        except UnavailableError as error:
            print(f"sslviz: {error}", file=sys.stderr)
            if kind:
                return 2
    print(json.dumps(rows, indent=2) if as_json else table(rows))
    return 0


def table(rows: list[Row]) -> str:
    """Return the rows as text, wrapped to the width of the terminal, but to at least 40 and at most 120 columns.

    There is a heading, such as "presets", before the rows of each kind, and a paragraph for each row.
    """
    width = max(40, min(shutil.get_terminal_size().columns, 120))
    lines, heading = [], ""
    for row in rows:
        if row["kind"] != heading:
            heading = str(row["kind"])
            lines += ["", f"{heading}s"]
        text = ". ".join(filter(None, (str(row[key]).rstrip(".") for key in ("title", "facts", "help") if key in row)))
        start = f"  {row['name']!s:24}  "
        lines += textwrap.wrap(start + text + ".", width, subsequent_indent=" " * 28, drop_whitespace=True)
    return "\n".join(lines).lstrip("\n")


# ----------------------------------------------------------------- the kinds


def objectives() -> list[Row]:
    """Return a row for each objective, sorted by family; the default objective of a family is its first.

    ``name`` in a row is the value for ``--objective``, which also takes the ``family``: it stands for the first
    objective of the family that can learn from the data.
    """
    entries = sorted(_catalogue().objectives, key=lambda entry: entry.family)
    return [_entry("objective", entry.name, entry, _fits(entry), _method(entry)) for entry in entries]


def datasets() -> list[Row]:
    """Return a row for each dataset; ``name`` in the row is the value for ``--data``."""
    return [
        _entry("dataset", entry.name, entry, f"{entry.modality.capitalize()} data", {"data_kind": entry.modality})
        for entry in _catalogue().datasets
    ]


def _fits(entry: ObjectiveEntry) -> str:
    return f"Of the family {entry.family}; learns from {' or '.join(entry.modalities)}"


def _method(entry: ObjectiveEntry) -> Row:
    return {"family": entry.family, "data_kinds": list(entry.modalities), "pictures": list(entry.panel_data)}


def _entry(kind: str, name: str, entry: ObjectiveEntry | DatasetEntry, facts: str, more: Row) -> Row:
    return {
        "kind": kind,
        "name": name,
        "title": entry.title,
        "facts": facts,
        "help": entry.help,
        "settings": [setting.key for setting in entry.settings],
        "defaults": entry.defaults,
        **more,
    }


def presets() -> list[Row]:
    """Return a row for each preset; ``name`` in the row is the argument of ``sslviz train`` and of ``--preset``."""
    from sslviz.core.presets import all_presets

    return [
        {"kind": "preset", "name": preset.name, "title": preset.title, "help": preset.help, "settings": preset.settings}
        for preset in all_presets()
    ]


def lessons() -> list[Row]:
    """Return a row for each lesson; ``name`` in the row is the argument of ``--lesson``."""
    from sslviz.core.lessons import all_lessons

    return [
        {
            "kind": "lesson",
            "name": lesson.name,
            "title": lesson.title,
            "help": lesson.help,
            "minutes": lesson.minutes,
            "steps": len(lesson.steps),
            "preset": lesson.preset,
        }
        for lesson in all_lessons()[0]
    ]


def settings() -> list[Row]:
    """Return a row for each setting.

    ``of`` in a row lists the objectives and the datasets that declare the setting; it is empty for a
    setting that is common to all of them.
    """
    catalogue = _catalogue()
    owners: dict[str, tuple[Setting, list[str]]] = {setting.key: (setting, []) for setting in catalogue.common}
    entries: tuple[ObjectiveEntry | DatasetEntry, ...] = (*catalogue.objectives, *catalogue.datasets)
    for entry in entries:
        for setting in entry.settings:
            owners.setdefault(setting.key, (setting, []))[1].append(entry.name)
    return [_setting(setting, of) for setting, of in owners.values()]


def _setting(setting: Setting, of: list[str]) -> Row:
    live = "live" if setting.live else "fixed during a run"
    return {
        "kind": "setting",
        "name": setting.key,
        "type": setting.value_type,
        "title": setting.label,
        "facts": f"Takes {setting.range_text}; {setting.default} by default; {live}",
        "help": setting.help,
        "group": setting.group,
        "default": setting.default,
        "low": setting.low,
        "high": setting.high,
        "unit": setting.unit,
        "choices": list(setting.choices),
        "opens": list(setting.opens),
        "unavailable": setting.unavailable,
        "range": setting.range_text,
        "live": setting.live,
        "of": of,
    }


def panels() -> list[Row]:
    """Return a row for each panel; ``name`` in the row is the value for ``sslviz shot --panel``.

    Raises:
        UnavailableError: Qt cannot be imported.
    """
    try:
        from sslviz.core.plug_ins import load_plug_ins
        from sslviz.window.panel import REGISTRIES
        from sslviz.window.panel import panels as registry

        load_plug_ins("window", REGISTRIES)
        panel_classes = list(registry)
    except ImportError as error:
        raise UnavailableError(
            f"The panels need Qt, which cannot be loaded here ({error}). sslviz doctor tells what is missing."
        ) from error
    return [
        {
            "kind": "panel",
            "name": panel.name,
            "title": panel.title,
            "help": panel.help,
            "messages": [message.__name__ for message in panel.message_types],
        }
        for panel in panel_classes
    ]


def _catalogue() -> Catalogue:
    from sslviz.engine.training.catalogue import build_catalogue

    return build_catalogue()


KINDS: dict[str, Callable[[], list[Row]]] = {
    "objectives": objectives,
    "datasets": datasets,
    "presets": presets,
    "lessons": lessons,
    "settings": settings,
    "panels": panels,
}
