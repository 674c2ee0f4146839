"""Conversion of a script's settings, such as a dictionary or a dataclass, to numbers, texts and booleans by name."""

from __future__ import annotations

import argparse
import dataclasses
import enum
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from sslviz.core.plain_text import one_line, plain_text
from sslviz.core.recorder_inputs.report import Report
from sslviz.core.settings import Value, Values

MAX_SETTINGS = 1000
"""Maximum number of settings."""
MAX_KEY, MAX_TEXT = 120, 1000
"""Maximum lengths of the name of a setting and of a text, in characters."""
MAX_DEPTH = 8
"""Maximum depth of settings within settings."""


def settings_of(settings: object, report: Report) -> Values:
    """Return settings as a dictionary from name to value, with every value a number, a text or a boolean.

    Values of other types become texts. Settings within settings have names joined by dots, such as "optimiser.lr". What
    cannot be read is left out and reported; so is what exceeds :data:`MAX_SETTINGS`. Long names and texts are shortened
    without a report.

    Args:
        settings: A mapping (a dictionary, an OmegaConf node), an argparse.Namespace, a dataclass, a pydantic model, or
            another object with attributes. The value of a setting may again be a mapping, a namespace, a dataclass or a
            pydantic model; another object becomes a text.
        report: Called with the reason for everything that is left out.
    """
    values: Values = {}
    if settings is None:
        return values
    names = _names(settings) or _attributes(settings)
    if names is None:
        report(f"The settings are left out: {type(settings).__name__} has no names")
        return values
    for key, value in _flat(settings, names, "", report, MAX_DEPTH):
        if len(values) >= MAX_SETTINGS and key not in values:
            report(f"Some settings are left out: there are more than {MAX_SETTINGS}")
            break
        if key in values:
            report(f"The setting {key} is left out: another one has the same name")
            continue
        values[key] = value
    return values


Read = tuple[list[Any], Any]
"""Names of settings, and the function that returns the value for a name."""


def _names(settings: Any) -> Read | None:  # noqa: ANN401 - settings in any form
    """Return the names of the settings, and the function that returns the value of a setting by its name.

    Returns None unless ``settings`` is a mapping, a namespace, a dataclass or a pydantic model.
    """
    if isinstance(settings, Mapping):
        return list(settings), settings.__getitem__
    read = lambda name: getattr(settings, name)  # noqa: E731
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        return [field.name for field in dataclasses.fields(settings)], read
    if isinstance(settings, argparse.Namespace | SimpleNamespace):
        return list(vars(settings)), read
    if callable(getattr(settings, "model_dump", None)) and not isinstance(settings, type):
        return list(type(settings).model_fields), read
    return None


def _attributes(settings: Any) -> Read | None:  # noqa: ANN401 - as above
    """Return the names of an object's settings, and the function that returns the value of a setting by its name.

    The settings are the keys, fields or public attributes of the object. Returns None if it has none of these.
    """
    if callable(getattr(settings, "keys", None)) and hasattr(settings, "__getitem__"):
        return list(settings.keys()), settings.__getitem__
    if callable(getattr(settings, "_asdict", None)):
        fields = settings._asdict()
        return list(fields), fields.__getitem__
    try:
        fields = vars(settings)
    except TypeError:
        return None
    return [name for name in fields if not str(name).startswith("_")], fields.__getitem__


def _flat(settings: Any, read: Read, prefix: str, report: Report, depth: int) -> Iterator[tuple[str, Value]]:  # noqa: ANN401
    names, value_of = read
    for name in names:
        key = one_line(f"{prefix}{plain_text(name)}", MAX_KEY)
        try:
            value = value_of(name)
            inner = _names(value) if depth else None
            if inner is None:
                yield key, _plain(value)
            else:
                yield from _flat(value, inner, f"{key}.", report, depth - 1)
        except Exception as error:
            report(f"The setting {key} is left out: {next(iter(str(error).splitlines()), type(error).__name__)}")


def _plain(value: Any) -> Value:  # noqa: ANN401 - as above
    """Return a value as a bool, an int, a float or a str, since a TOML file can hold these."""
    if isinstance(value, enum.Enum):
        value = value.value
    if hasattr(value, "item") and getattr(value, "shape", None) in ((), []):  # a number of numpy or a tensor
        value = value.item()
    for plain in (bool, int, float):
        if isinstance(value, plain):
            return plain(value)
    if callable(value) and hasattr(value, "__qualname__"):  # its text would hold an address
        return one_line(f"{value.__module__}.{value.__qualname__}", MAX_TEXT)
    text = plain_text(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
