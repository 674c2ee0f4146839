"""Plug-ins by folder: a module in it registers what it defines; nobody imports it by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Generic, TypeVar, cast

T = TypeVar("T")
C = TypeVar("C", bound=type)


class Registry(Generic[T]):
    """The classes of one plug-in folder, each with a unique ``name``, found by walking it on first use."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: dict[str, type[T]] = {}
        self._walked = False

    def register(self, entry: C) -> C:
        """Class decorator. Raises ValueError where two share a name."""
        name = str(vars(entry)["name"])
        if name in self._entries and not _same(self._entries[name], entry):
            raise ValueError(f"{name!r} is registered twice in {self._package}")
        self._entries[name] = cast("type[T]", entry)
        return entry

    def names(self) -> list[str]:
        """The names of the modules there are, sorted, none of them imported; a plug-in's file is called as it is."""
        package = importlib.import_module(self._package)
        return sorted(module.name for module in pkgutil.iter_modules(package.__path__))

    def __iter__(self) -> Iterator[type[T]]:
        self._walk()
        return iter([self._entries[name] for name in sorted(self._entries)])

    def __getitem__(self, name: str) -> type[T]:
        """Imports no more than it must. Raises KeyError with the names there are."""
        if name not in self._entries and name in self.names():
            importlib.import_module(f"{self._package}.{name}")
        if name not in self._entries:
            self._walk()
        if name not in self._entries:
            raise KeyError(f"there is no {name!r} among {', '.join(sorted(self._entries))}")
        return self._entries[name]

    def _walk(self) -> None:
        if not self._walked:
            for module in self.names():
                importlib.import_module(f"{self._package}.{module}")
            self._walked = True  # not before: where an import failed, the next use says so again


def _same(one: type, other: type) -> bool:
    """Whether it is one class from two imports, as of a module that is also run as a program."""
    modules = {one.__module__, other.__module__}
    return one.__qualname__ == other.__qualname__ and (len(modules) == 1 or "__main__" in modules)
