"""Registries of plug-ins: each module of a package registers a class, and the registry returns a class by its name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

T = TypeVar("T")
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """The classes registered by the modules of one package, each with a unique ``name``.

    The modules are imported on first use.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[str, type[T]] = {}
        self._walked = False

    def register(self, entry: C) -> C:
        """Register a class; use as a decorator. Raises ValueError if another class has the same name."""
        name = str(vars(entry)["name"])
        if name in self._entries and not _same(self._entries[name], entry):
            raise ValueError(f"{name!r} is registered twice in {self._package}")
        self._entries[name] = cast("type[T]", entry)
        return entry

    def names(self) -> list[str]:
        """Return the sorted names of the package's modules without importing them.

        Each module is named like the plug-in that it defines, with underscores in place of hyphens.
        """
        package = importlib.import_module(self._package)
        return sorted(module.name for module in pkgutil.iter_modules(package.__path__))

    def __iter__(self) -> Iterator[type[T]]:
        self._walk()
        return iter([self._entries[name] for name in sorted(self._entries)])

    def __getitem__(self, name: str) -> type[T]:
        """Return the class called ``name``.

        If the class is not registered yet, the module with this name is imported. All modules are imported only if the
        class is still missing.

        Raises:
            KeyError: there is no such class; the message lists the known names.
        """
        module = name.replace("-", "_")
        if name not in self._entries and module in self.names():
            importlib.import_module(f"{self._package}.{module}")
        if name not in self._entries:
            self._walk()
        if name not in self._entries:
            raise KeyError(f"there is no {name!r} among {', '.join(sorted(self._entries))}")
        return self._entries[name]

    def _walk(self) -> None:
        if not self._walked:
            for module in self.names():
                importlib.import_module(f"{self._package}.{module}")
            self._walked = True  # only now: if an import fails, the next use fails as well


def _same(one: type, other: type) -> bool:
    """Return whether two class objects come from one definition in a source file.

    A module that is also run as a program is executed twice, once as ``__main__``, and defines its class each time.
    """
    modules = {one.__module__, other.__module__}
    return one.__qualname__ == other.__qualname__ and (len(modules) == 1 or "__main__" in modules)
