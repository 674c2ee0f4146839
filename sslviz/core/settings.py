"""What a run is made of, declared once.

A group of settings is a frozen struct beside the code that uses it; each field carries what a person needs to
know about it. The form, the ``--set`` flag, the preset file and the range check all follow from that declaration.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Mapping
from typing import Annotated, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

import msgspec

Value = bool | int | float | str
Values = dict[str, Value]
ValueType = Literal["float", "int", "bool", "choice"]


class SettingError(ValueError):
    """A value that a setting cannot take; the text is written for the person who set it."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the annotation of a field says: ``x: Annotated[float, About(...)] = 0.5``."""

    label: str
    help: str
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    log: bool = False
    live: bool = False
    choices: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    """those it applies to; empty for all"""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as the catalogue lists it; ``key`` is unique over a whole run."""

    key: str
    value_type: ValueType
    default: Value
    label: str
    help: str
    group: str
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    log: bool = False
    live: bool = False
    choices: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    """those it applies to; empty for all"""
    unavailable: dict[str, str] = {}
    """choices that cannot be taken on this machine, and why"""

    def __post_init__(self) -> None:
        """Raises ValueError where a declaration makes no sense, ours or that of another machine's catalogue."""
        if self.value_type == "choice" and not self.choices:
            raise ValueError(f"{self.key} has no choices")
        if self.value_type in ("float", "int"):
            low, high = self.low, self.high
            if low is None or high is None or not -math.inf < low <= high < math.inf or (self.log and low <= 0):
                raise ValueError(f"{self.key} has no sound range: {low} to {high}")
        self.check(self.default)

    @property
    def range_text(self) -> str:
        """What it takes, in words, for tooltips and refusals."""
        if self.value_type == "bool":
            return "true or false"
        if self.value_type == "choice":
            return "one of " + ", ".join(self.choices)
        assert self.low is not None
        assert self.high is not None
        unit = f" {self.unit}" if self.unit else ""
        if self.value_type == "int":
            return f"a whole number between {int(self.low)} and {int(self.high)}{unit}"
        return f"a number between {self.low:g} and {self.high:g}{unit}"

    def check(self, value: object) -> Value:
        """Return ``value`` in this setting's type, or raise :class:`SettingError` naming the range."""
        found = _coerced(self.value_type, value)
        if found is None or not self._contains(found):
            raise SettingError(self.key, f"{self.key} takes {self.range_text}; {_shown(value)} was given.")
        return found

    def in_words(self, text: str) -> str:
        """A sentence that begins with the key, beginning with the label: the command line knows no labels."""
        return self.label + text[len(self.key) :] if text.startswith(f"{self.key} ") else text

    def _contains(self, value: Value) -> bool:
        if self.value_type == "bool":
            return True
        if self.value_type == "choice":
            return value in self.choices
        assert isinstance(value, int | float)
        assert self.low is not None
        assert self.high is not None
        return self.low <= value <= self.high


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _coerced(value_type: ValueType, value: object) -> Value | None:
    """``value`` as the value_type's type; text is read as a flag or a file would write it; None where it is not one."""
    if value_type == "choice":
        return value if isinstance(value, str) else None
    if value_type == "bool":
        words: dict[object, bool] = {"true": True, "yes": True, "on": True, "1": True}
        words |= {"false": False, "no": False, "off": False, "0": False}
        return value if isinstance(value, bool) else words.get(value.lower() if isinstance(value, str) else None)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        if value_type == "int" and isinstance(value, int | str):
            with contextlib.suppress(ValueError):
                return int(value)  # exactly: a float has room for 53 bits of a seed
        number = float(value)
        if not math.isfinite(number) or (value_type == "int" and number != int(number)):
            return None
        return int(number) if value_type == "int" else number
    except (ValueError, OverflowError):
        return None


class Group(msgspec.Struct, frozen=True):
    """Base of a group of settings; ``title`` is the heading of its section in the form."""

    title: ClassVar[str] = ""

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """The declared fields, in order."""
        hints = get_type_hints(cls, include_extras=True)
        return tuple(_declared(cls.title, field, hints[field.name]) for field in msgspec.structs.fields(cls))

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> Self:
        """The group filled from a run's values; what it does not declare is left aside."""
        return cls(**{name: values[name] for name in cls.__struct_fields__ if name in values})


def _declared(group: str, field: msgspec.structs.FieldInfo, hint: object) -> Setting:
    assert get_origin(hint) is Annotated, f"{field.name} has no About(...)"
    kind_of, about = get_args(hint)[:2]
    assert isinstance(about, About)
    value_type: ValueType = {float: "float", int: "int", bool: "bool", str: "choice"}[kind_of]  # type: ignore[assignment]
    return Setting(
        key=field.name, value_type=value_type, default=field.default, group=group, **msgspec.structs.asdict(about)
    )


def resolve(settings: Iterable[Setting], given: Mapping[str, object]) -> Values:
    """Every declared setting with its checked value: the given one or the default.

    Raises:
        SettingError: a key that nothing declares, or a value out of range.
    """
    declared = {setting.key: setting for setting in settings}
    for key in given:
        if key not in declared:
            raise SettingError(key, unknown_key(key, declared))
    return {key: setting.check(given.get(key, setting.default)) for key, setting in declared.items()}


def unknown_key(key: str, known: Iterable[str]) -> str:
    """The sentence for a key that does not exist, with the nearest ones that do."""
    import difflib

    near = difflib.get_close_matches(key, list(known), n=3)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no setting called {_shown(key)} here.{hint}"


def parse_assignment(text: str) -> tuple[str, str]:
    """Split ``key=value`` as ``--set`` takes it."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SettingError(text, f"--set takes key=value; {_shown(text)} was given.")
    return key.strip(), value.strip()
