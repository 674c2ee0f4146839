"""Declaration of settings.

A group of settings is a frozen msgspec struct, defined beside the code that uses the settings; the annotation of each
field holds label, help and range of one setting. The form, the ``--set`` flag, preset files and range checks are all
derived from this declaration.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

import msgspec

Value = bool | int | float | str
Values = dict[str, Value]
ValueType = Literal["float", "int", "bool", "choice", "path"]
FOLDER = "folder"
"""What :attr:`Setting.opens` contains if the path of a setting may be that of a folder."""
LONGEST_PATH = 4096
"""Maximum length of a path in bytes, as Linux has it."""


class SettingError(ValueError):
    """A setting is unknown or cannot take a value; the message is written for the user."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The annotation of a field in a group of settings: ``x: Annotated[float, About(...)] = 0.5``.

    ``log``: the slider is logarithmic. ``live``: the setting may change during a run. ``symbol``: a short name for the
    titles of runs, such as "τ"; if it is empty, the label is used.
    """

    label: str
    help: str
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    symbol: str = ""
    log: bool = False
    live: bool = False
    guard: bool = False
    """Whether the setting keeps the embeddings from collapsing while it is on, or not below its default."""
    choices: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    """What the path may lead to if the setting is one: "folder", or endings of file names such as ".npz"."""
    modalities: tuple[str, ...] = ()
    """Modalities that the setting applies to; empty if it applies to all."""
    only_if: dict[str, tuple[Value, ...]] = {}
    """Other settings, by key, with those of their values with which the setting has an effect."""
    idle_if: dict[str, tuple[Value, ...]] = {}
    """Other settings, by key, with those of their values with all of which together the setting has no effect."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """The declaration of a setting, as the engine sends it to the window.

    ``key`` is the name of the setting, unique among the settings of a run. ``label``, ``symbol``, ``help``, ``unit``
    and ``group`` are texts of the window. ``low`` and ``high`` are the limits of a number.

    The value of a setting whose type is "path" is the absolute path of a folder or a file as text, or an empty text if
    none is chosen. Whether it exists is checked by what reads it.
    """

    key: str
    value_type: ValueType
    default: Value
    label: str
    help: str
    group: str
    low: int | float | None = None
    high: int | float | None = None
    unit: str = ""
    symbol: str = ""
    log: bool = False
    live: bool = False
    guard: bool = False
    """Whether the setting keeps the embeddings from collapsing while it is on, or not below its default."""
    choices: tuple[str, ...] = ()
    opens: tuple[str, ...] = ()
    """What the path may lead to if the setting is one: "folder", or endings of file names such as ".npz"."""
    modalities: tuple[str, ...] = ()
    """Modalities that the setting applies to; empty if it applies to all."""
    only_if: dict[str, tuple[Value, ...]] = {}
    """Other settings, by key, with those of their values with which the setting has an effect."""
    idle_if: dict[str, tuple[Value, ...]] = {}
    """Other settings, by key, with those of their values with all of which together the setting has no effect."""
    unavailable: dict[str, str] = {}
    """For each choice that is not available on this machine or with this data set, the reason."""

    def __post_init__(self) -> None:
        """Raise ValueError if the setting has no valid range or default.

        This checks settings that are declared in code as well as settings that are received in a message.
        """
        if self.value_type == "choice" and not self.choices:
            raise ValueError(f"{self.key} has no choices")
        if self.value_type == "path" and not self.opens:
            raise ValueError(f"{self.key} does not say what it opens")
        if self.value_type in ("float", "int"):
            low, high = self.low, self.high
            if low is None or high is None or not -math.inf < low <= high < math.inf or (self.log and low <= 0):
                raise ValueError(f"{self.key} has no sound range: {low} to {high}")
        self.check(self.default)

    @property
    def range_text(self) -> str:
        """The valid values in words, for tooltips and error messages."""
        if self.value_type == "bool":
            return "true or false"
        if self.value_type == "choice":
            return "one of " + ", ".join(self.choices)
        if self.value_type == "path":
            return f"the path of {self.opened_text} on this machine, or nothing"
        assert self.low is not None
        assert self.high is not None
        unit = f" {self.unit}" if self.unit else ""
        if self.value_type == "int":
            return f"a whole number between {int(self.low)} and {int(self.high)}{unit}"
        return f"a number between {self.low:g} and {self.high:g}{unit}"

    def opens_path(self, path: Path) -> bool:
        """Return whether this setting takes what is at ``path``: a folder, or a file with one of its endings."""
        if os.path.isdir(path):  # unlike Path.is_dir, it raises nothing where a folder may not be read
            return FOLDER in self.opens
        return os.path.isfile(path) and path.suffix.lower() in self.opens

    @property
    def opened_text(self) -> str:
        """What a path may lead to, in words: "a folder or a file ending in .npz"."""
        endings = [ending for ending in self.opens if ending != FOLDER]
        files = [f"a file ending in {' or '.join(endings)}"] if endings else []
        return " or ".join([*(["a folder"] if FOLDER in self.opens else []), *files])

    def check(self, value: object) -> Value:
        """Return ``value`` converted to this setting's type; a relative path is made absolute.

        Raises SettingError that names the valid values.
        """
        converted = _convert(self.value_type, value)
        if converted is None or not self._contains(converted):
            if self.value_type == "choice" and isinstance(value, str) and ".py:" in value:
                text = f"{self.key}={value} is code, which runs only where you name its file: add --plugin {value}."
                raise SettingError(self.key, text)
            raise SettingError(self.key, f"{self.key} takes {self.range_text}; {_shown(value)} was given.")
        return converted

    def allows(self, value: object) -> bool:
        """Return whether :meth:`check` accepts ``value``."""
        converted = _convert(self.value_type, value)
        return converted is not None and self._contains(converted)

    def has_effect(self, values: Mapping[str, Value]) -> bool:
        """Return whether the setting has an effect, given all values; see :attr:`only_if` and :attr:`idle_if`."""
        if not all(values.get(key) in allowed for key, allowed in self.only_if.items()):
            return False
        return not self.idle_if or any(values.get(key) not in idle for key, idle in self.idle_if.items())

    def value_text(self, value: Value) -> str:
        """Return a value of this setting as short text, see :func:`format_value`; of the units, only ° is included.

        Of a path, the text is the last name.
        """
        if self.value_type == "path":
            return Path(str(value)).name or format_value(value)
        return f"{format_value(value)}{self.unit if self.unit == '°' else ''}"

    def in_words(self, text: str) -> str:
        """Return ``text``, such as an error message; if it begins with the key of this setting, replace the key.

        It is replaced by the label of the setting, which is its name in the settings form.
        """
        return self.label + text[len(self.key) :] if text.startswith(f"{self.key} ") else text

    def _contains(self, value: Value) -> bool:
        if self.value_type in ("bool", "path"):
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


def _convert(value_type: ValueType, value: object) -> Value | None:
    """Return ``value`` converted to ``value_type``, or None if it cannot be converted.

    Texts from a flag or a file are converted too, for example "yes" to True.
    """
    if value_type == "choice":
        return value if isinstance(value, str) else None
    if value_type == "path":
        return _absolute_path(value) if isinstance(value, str) else None
    if value_type == "bool":
        words: dict[object, bool] = {"true": True, "yes": True, "on": True, "1": True}
        words |= {"false": False, "no": False, "off": False, "0": False}
        return value if isinstance(value, bool) else words.get(value.lower() if isinstance(value, str) else None)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        if value_type == "int" and isinstance(value, int | str):
            with contextlib.suppress(ValueError):
                return int(value)  # exact: a float holds only 53 bits of a seed
        number = float(value)
        if not math.isfinite(number) or (value_type == "int" and number != int(number)):
            return None
        return int(number) if value_type == "int" else number
    except (ValueError, OverflowError):
        return None


def _absolute_path(text: str) -> str | None:
    """Return the absolute path of ``text``, an empty text for an empty one, or None if it is no path.

    Settings are written as UTF-8, so that a path with other bytes is none.
    """
    from sslviz.core.folders import named_path

    if not text:
        return ""
    try:
        path = str(named_path(text).absolute())
        return path if "\0" not in path and len(path.encode()) <= LONGEST_PATH else None
    except (ValueError, OSError):
        return None


class Group(msgspec.Struct, frozen=True):
    """Base class of groups of settings; ``title`` is the heading above the settings of a group in the settings form."""

    title: ClassVar[str] = ""

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """Return the settings that the fields of this group declare, in the order of the fields."""
        hints = get_type_hints(cls, include_extras=True)
        return tuple(_declared(cls.title, field, hints[field.name]) for field in msgspec.structs.fields(cls))

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> Self:
        """Return an instance of the group with the values of a run; values of other groups are ignored."""
        return cls(**{name: values[name] for name in cls.__struct_fields__ if name in values})


def _declared(group: str, field: msgspec.structs.FieldInfo, hint: object) -> Setting:
    assert get_origin(hint) is Annotated, f"{field.name} has no About(...)"
    python_type, about = get_args(hint)[:2]
    assert isinstance(about, About)
    text_type = "path" if about.opens else "choice"
    value_type: ValueType = {float: "float", int: "int", bool: "bool", str: text_type}[python_type]  # type: ignore[assignment]
    return Setting(
        key=field.name, value_type=value_type, default=field.default, group=group, **msgspec.structs.asdict(about)
    )


def resolve(settings: Iterable[Setting], values: Mapping[str, object]) -> Values:
    """Return the values of all settings by key, checked; settings that ``values`` lacks have their defaults.

    Raises:
        SettingError: a key in ``values`` is unknown, or a setting cannot take its value.
    """
    declared = {setting.key: setting for setting in settings}
    for key in values:
        if key not in declared:
            raise SettingError(key, unknown_key(key, declared))
    return {key: setting.check(values.get(key, setting.default)) for key, setting in declared.items()}


def format_value(value: Value) -> str:
    """Return the value of a setting as short text: "on" or "off" for a boolean, four significant digits of a float.

    An empty text, which stands for no path, is "none".
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.4g}" if isinstance(value, float) else str(value) or "none"


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Return the error message for an unknown ``key``; it proposes similar keys out of ``known`` if there are any."""
    import difflib

    similar = difflib.get_close_matches(key, list(known), n=3)
    hint = f" Did you mean {' or '.join(similar)}?" if similar else ""
    return f"There is no setting called {_shown(key)} here.{hint}"


def parse_assignment(text: str) -> tuple[str, str]:
    """Return (key, value) of ``key=value``, the argument of ``--set``. Raises SettingError for any other form."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SettingError(text, f"--set takes key=value; {_shown(text)} was given.")
    return key.strip(), value.strip()
