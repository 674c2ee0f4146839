"""Plug-ins that the user names: files with objectives, data sets, encoders or panels, outside of sslviz.

The code of a file is run only if the user has named it for this process, with ``--plugin``. A file has either panels,
and is run by the window, or else it is run by the engine.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shlex
import sys
import traceback
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple

from sslviz.core.folders import named_path
from sslviz.core.registry import Registry, forget_everywhere
from sslviz.core.settings import SettingError

Side = Literal["engine", "window"]
FLAG = "--plugin"
WITH_FUNCTION = re.compile(r"(.+\.py):([A-Za-z_]\w*)")
"""A file with the name of a function in it, as in path/to/file.py:name."""
OF_WINDOW = ("sslviz.window", "PySide6", "pyqtgraph")
"""Packages that a file imports if it has panels; the engine never imports them."""
OF_ENGINE = ("sslviz.learning", "sslviz.engine", "torch", "torchvision")
"""Packages that a file imports if it has no panels; the window never imports them."""

MOST_RECORDED = 20
"""Maximum number of plug-ins of a run folder that are asked about."""


class PlugIn(NamedTuple):
    """A file that the user has named.

    Attributes:
        path: absolute path of the file.
        function: name of a function or a class in it that gives an encoder; empty if the file registers classes.
    """

    path: Path
    function: str = ""

    @property
    def text(self) -> str:
        """The plug-in as it is named: the path, with a colon and the name of the function if there is one."""
        return f"{self.path}:{self.function}" if self.function else str(self.path)


_named: list[PlugIn] = []


def name_plug_ins(texts: Iterable[str]) -> None:
    """Note that the user has named these plug-ins for this process: "FILE.py" or "FILE.py:name".

    Raises:
        SettingError: there is no such file.
    """
    for text in texts:
        plug_in = _plug_in(text)
        if plug_in not in _named:
            _named.append(plug_in)


def named_plug_ins() -> tuple[PlugIn, ...]:
    """Return the plug-ins that the user has named for this process."""
    return tuple(_named)


def plug_in_flags() -> list[str]:
    """Return the flags that name the same plug-ins for another process of sslviz."""
    return [argument for plug_in in _named for argument in (FLAG, plug_in.text)]


def _plug_in(text: str) -> PlugIn:
    match = WITH_FUNCTION.fullmatch(text)
    file, function = match.groups() if match else (text, "")
    try:
        path = named_path(file).absolute()
        found = path.is_file()
    except (ValueError, OSError) as error:
        raise SettingError("plugin", f"{text} is no plug-in: {error}.") from error
    if not found or path.suffix != ".py":
        raise SettingError("plugin", f"{FLAG} takes a file ending in .py, or FILE.py:NAME; there is no file {path}.")
    return PlugIn(path, function)


def with_named_encoder(assignments: Iterable[str]) -> list[str]:
    """Return ``key=value`` texts in which an encoder of the user's own has its absolute path, and name its plug-in.

    Such an encoder is set as ``encoder=FILE.py:name``.

    Raises:
        SettingError: there is no such file.
    """
    result = []
    for assignment in assignments:
        key, _, value = assignment.partition("=")
        if key.strip() == "encoder" and WITH_FUNCTION.fullmatch(value.strip()):
            name_plug_ins([value.strip()])
            assignment = f"encoder={_plug_in(value.strip()).text}"  # noqa: PLW2901
        result.append(assignment)
    return result


def unnamed_in(run: Path) -> list[str]:
    """Return the plug-ins, as texts, that a run was trained with and that the user has not named for this process.

    The texts are what the run folder ``run`` says, which may come from anybody. At most :data:`MOST_RECORDED` are
    returned.
    """
    path = run / "environment.json"
    try:
        if not path.is_file():  # reading a pipe would never end
            return []
        recorded = json.loads(path.read_text("utf-8"))["plug_ins"]
        texts = [text for text in recorded if isinstance(text, str)]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    known = {plug_in.text for plug_in in _named}
    return [text for text in texts if text not in known][:MOST_RECORDED]


def check_named(run: Path) -> None:
    """Raise SettingError if a run was trained with plug-ins that the user has not named for this process.

    Then nothing may be trained with the settings of the run folder ``run``, which may come from anybody.
    """
    if missing := unnamed_in(run):
        flags = " ".join(f"{FLAG} {shlex.quote(text)}" for text in missing)
        raise SettingError("plugin", f"{run} needs code, which runs only where you name its file: add {flags}")


def place_of(error: BaseException) -> str:
    """Return the file and the line, as FILE:LINE, of the newest call in a named plug-in that led to ``error``.

    Empty if no plug-in was involved.
    """
    files = {str(plug_in.path) for plug_in in _named}
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return next((f"{frame.filename}:{frame.lineno}" for frame in frames if frame.filename in files), "")


def files_of(side: Side) -> list[Path]:
    """Return the named files whose classes belong to the engine, or to the window."""
    return [path for path in dict.fromkeys(each.path for each in _named) if _side(path) == side]


def load_plug_ins(side: Side, registries: Mapping[str, Registry[Any]]) -> None:
    """Run the named files of this side that register classes, each once.

    A file that fails is left out alone: a registry tells why in its ``failures``. It is the one that the file imports,
    or else the first of ``registries``, which are given by their full names, such as sslviz.window.panel.panels.
    """
    registering = {each.path for each in _named if not each.function}
    failed = {path for registry in registries.values() for path in registry.failures}
    for path in files_of(side):
        if path in registering and str(path) not in failed:
            try:
                module_of(path)
            except (Exception, SystemExit) as error:  # a script without a main guard may exit
                forget_everywhere(_module_name(path))
                asked = (registry for name, registry in registries.items() if _imports(path, (name,)))
                next(asked, next(iter(registries.values()))).note_failure(str(path), path, error)


def module_of(path: Path) -> ModuleType:
    """Return the module of a named file; its code is run at the first call. Raises what the code raises."""
    name = _module_name(path)
    if name in sys.modules:
        return sys.modules[name]
    if _imports(path, OF_WINDOW) and _imports(path, OF_ENGINE):
        raise ImportError("a file has either panels, or objectives, data sets and encoders: put them into two files")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module_name(path: Path) -> str:
    stem = re.sub(r"\W", "_", path.stem)
    return f"sslviz_plug_in_{zlib.crc32(os.fsencode(path)):08x}_{stem}"


def _side(path: Path) -> Side:
    return "window" if _imports(path, OF_WINDOW) and not _imports(path, OF_ENGINE) else "engine"


def _imports(path: Path, packages: tuple[str, ...]) -> bool:
    """Return whether the file imports one of ``packages``, or from it; False if it cannot be parsed.

    A name in a module counts as one of its packages. The code of the file is not run.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, ValueError, SyntaxError, RecursionError):
        return False
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return any(name == package or name.startswith(f"{package}.") for name in names for package in packages)
