"""Registries of plug-ins: each module of a package registers a class, and the registry returns a class by its name.

Installed packages may register further classes by entry points, and the user by files, see
:mod:`sslviz.core.plug_ins`.

A plug-in that cannot be imported, or that is declared wrongly, is left out, logged once, and harms no other plug-in.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from sslviz.core.log import logger

T = TypeVar("T")
R = TypeVar("R")
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """The plug-ins in one package: classes, of which each module of the package registers one.

    Each class has a unique class attribute ``name``, such as "my-plugin". Its module has the same name with underscores
    in place of hyphens, here my_plugin.py, and is imported when the class is first needed. Thread-safe.

    Classes from elsewhere have any name that none of these has. An installed package offers modules or classes by entry
    points of the group "sslviz.objectives" if the package is sslviz.learning.objectives, and so on.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[str, type[T]] = {}
        self._loaded: set[str] = set()
        self._lock = threading.RLock()
        _registries.add(self)
        self.failures: dict[str, str] = {}
        """Why a plug-in was left out, by the name of its module: a sentence with the file and the line."""

    def register(self, entry: C) -> C:
        """Register a class; use as a decorator.

        Raises:
            TypeError: the class lacks a name of its own, or something else that its base class requires.
            ValueError: another class has the same name, or one in the package would have it.
        """
        if missing := _missing(entry):
            raise TypeError(f"{entry.__qualname__} does not define {', '.join(missing)}")
        name = str(vars(entry)["name"])
        if not _inside(entry, self._package) and _module(name) in self._modules():
            raise ValueError(f"{name!r} is the name of a file in {self._package}")
        if name in self._entries and not _same(self._entries[name], entry):
            raise ValueError(f"{name!r} is registered twice in {self._package}")
        self._entries[name] = cast("type[T]", entry)
        return entry

    def names(self) -> list[str]:
        """Return the names of the modules in the package, which are not imported, and of classes from elsewhere."""
        self._load_entry_points()
        elsewhere = [name for name, entry in self._entries.items() if not _inside(entry, self._package)]
        return sorted({*self._modules(), *elsewhere})

    def _modules(self) -> list[str]:
        package = importlib.import_module(self._package)
        return [module.name for module in pkgutil.iter_modules(package.__path__)]

    def __iter__(self) -> Iterator[type[T]]:
        for module in sorted(self._modules()):
            self._load(module)
        self._load_entry_points()
        return iter([self._entries[name] for name in sorted(self._entries)])

    def __contains__(self, name: str) -> bool:
        if name not in self._entries and _module(name) in self._modules():
            self._load(_module(name))
        if name not in self._entries:
            self._load_entry_points()
        return name in self._entries

    def __getitem__(self, name: str) -> type[T]:
        """Return the class called ``name``; only its module is imported.

        Raises:
            KeyError: there is no such class; the message says why it was left out, or lists the known names.
        """
        if name not in self:
            unknown = f"there is no {name!r} among {', '.join(self.names())}"
            raise KeyError(self.failures.get(_module(name), unknown))
        return self._entries[name]

    def build(self, function: Callable[[type[T]], R]) -> list[R]:
        """Call ``function`` with each plug-in and return the results; plug-ins for which it fails are left out."""
        results = []
        for entry in self:
            try:
                results.append(function(entry))
            except Exception as error:
                self.leave_out(str(vars(entry)["name"]), error)
        return results

    def leave_out(self, name: str, error: BaseException) -> None:
        """Remove a plug-in because of ``error``, and log the reason with the file and the line.

        ``name`` is the name of the plug-in or of its module.
        """
        module = _module(name)
        with self._lock:
            own = [key for key, entry in self._entries.items() if module in (_module(key), _last(entry.__module__))]
            path = next((_file(self._entries[key]) for key in own), "") or _path(f"{self._package}.{module}")
            line = next((_first_line(self._entries[key]) for key in own), 1)
            for key in own:
                del self._entries[key]
        self.note_failure(module, path, error, line)

    def note_failure(self, name: str, path: str | Path, error: BaseException, line: int = 1) -> None:
        """Keep in :attr:`failures`, and log, why the file ``path`` was left out.

        ``line``: the line to name if the traceback of the error has none of this file.
        """
        line = _line(error, str(path)) or line
        reason = f"{type(error).__name__}: {error}".removesuffix(".")
        self.failures[name] = f"{path}:{line} was left out: {reason}."
        logger("plugins").warning("%s", self.failures[name])

    def forget(self, module: str) -> None:
        """Remove the classes that the module of this name has registered."""
        with self._lock:
            for key in [key for key, entry in self._entries.items() if entry.__module__ == module]:
                del self._entries[key]

    def _load(self, module: str) -> None:
        with self._lock:
            if module in self._loaded:
                return
            self._loaded.add(module)
            try:
                importlib.import_module(f"{self._package}.{module}")
                self._check_names(module)
            except (Exception, SystemExit) as error:  # a script without a main guard may exit
                self.leave_out(module, error)

    def _load_entry_points(self) -> None:
        """Load what installed packages offer, once; what fails is left out alone."""
        with self._lock:
            if ENTRY_POINTS in self._loaded:
                return
            self._loaded.add(ENTRY_POINTS)
            for point in entry_points(group=f"sslviz.{_last(self._package)}"):
                try:
                    point.load()
                except (Exception, SystemExit) as error:
                    forget_everywhere(point.module)
                    self.note_failure(point.name, _origin(point), error)

    def _check_names(self, module: str) -> None:
        """Raise ValueError unless the module has registered exactly one class, and under the right name.

        The name of the class must be that of the module, except that it may have hyphens in place of underscores.
        """
        full = f"{self._package}.{module}"
        names = {name for name, entry in self._entries.items() if entry.__module__ == full or _module(name) == module}
        if {_module(name) for name in names} != {module}:
            registered = ", ".join(sorted(map(repr, names))) or "none"
            raise ValueError(f"the file is to register one class, with the name {module!r}; it registers {registered}")


_registries: weakref.WeakSet[Registry[Any]] = weakref.WeakSet()
ENTRY_POINTS = "entry points"
"""Stands for all entry points among the modules that a registry has loaded; no module has this name."""


def forget_everywhere(module: str) -> None:
    """Remove the classes that the module of this name has registered, from all registries."""
    for registry in _registries:
        registry.forget(module)


def _module(name: str) -> str:
    """Return the name of the module that defines the plug-in ``name``."""
    return name.replace("-", "_")


def _last(module: str) -> str:
    return module.rpartition(".")[2]


def _missing(entry: type) -> list[str]:
    """Return the names of the class variables and abstract methods that a class must define, but does not."""
    required = {
        name: None
        for base in entry.__mro__
        for name, annotation in inspect.get_annotations(base).items()
        if "ClassVar" in str(annotation) and not hasattr(entry, name)
    }
    own_name = {} if "name" in vars(entry) else {"name": None}
    return [*own_name, *(required.keys() - own_name.keys()), *sorted(getattr(entry, "__abstractmethods__", ()))]


def _same(one: type, other: type) -> bool:
    """Return whether two class objects come from one definition in a source file.

    A module that is also run as a program is executed twice, once as ``__main__``, and defines its class each time.
    """
    modules = {one.__module__, other.__module__}
    return one.__qualname__ == other.__qualname__ and (len(modules) == 1 or "__main__" in modules)


def _inside(entry: type, package: str) -> bool:
    """Return whether a class is defined in ``package``, or in one of its modules that is run as a program."""
    return entry.__module__ == "__main__" or entry.__module__.startswith(f"{package}.")


def _file(entry: type) -> str:
    return str(getattr(sys.modules.get(entry.__module__), "__file__", None) or "")


def _origin(point: EntryPoint) -> str:
    """Return the path of the file that an entry point names, or the entry point itself if there is none."""
    try:
        return _path(point.module)
    except (ImportError, ValueError):
        return point.value


def _path(module: str) -> str:
    spec = importlib.util.find_spec(module)
    return (spec and spec.origin) or module


def _line(error: BaseException, path: str) -> int:
    """Return the number of the line in the file ``path`` at which an error occurred.

    Returns 0 if the traceback of the error contains no line of this file.
    """
    lines = [frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    if isinstance(error, SyntaxError) and error.filename == path:
        lines.append(error.lineno or 0)
    return lines[-1] if lines else 0


def _first_line(entry: type) -> int:
    try:
        return inspect.getsourcelines(entry)[1]
    except (OSError, TypeError):
        return 0
