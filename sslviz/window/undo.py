"""Undo and redo of settings and of names; one drag of a slider is one change."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from sslviz.window.choice import Chosen

Names = dict[str, tuple[int, ...]]
"""samples of the map by the name a person gave them"""

ONE_GESTURE_S = 1.0
"""Changes of one setting closer than this are one drag."""


class Undoable(QUndoCommand):
    """What a person has done. It holds already when this is pushed."""

    _done = True

    def touched(self) -> set[str]:
        """The settings that it changes."""
        return set()

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._again()

    def _again(self) -> None:
        raise NotImplementedError


class NamesChange(Undoable):
    """From some names to others; ``put`` makes them hold."""

    def __init__(self, text: str, before: Names, after: Names, put: Callable[[Names], None]) -> None:
        super().__init__(text.replace("&", "&&"))  # a menu shows it
        self._before, self._after, self._put = before, after, put

    def undo(self) -> None:
        self._put(self._before)

    def _again(self) -> None:
        self._put(self._after)


class SettingsChange(Undoable):
    """From one choice to another; ``put`` makes a choice hold."""

    def __init__(self, text: str, key: str, before: Chosen, after: Chosen, put: Callable[[Chosen], None]) -> None:
        super().__init__(text)
        self.key, self.before, self.after = key, before, after
        self._put = put
        self._at = time.monotonic()

    def touched(self) -> set[str]:
        """Those that differ between the two."""
        keys = self.before.values.keys() | self.after.values.keys()
        return {key for key in keys if self.before.values.get(key) != self.after.values.get(key)}

    def id(self) -> int:
        return zlib.crc32(self.key.encode()) & 0x7FFFFFFF

    def mergeWith(self, other: QUndoCommand) -> bool:
        assert isinstance(other, SettingsChange)
        if other.key != self.key or other._at - self._at > ONE_GESTURE_S:
            return False
        self.after, self._at = other.after, other._at
        self.setObsolete(self.before == self.after)
        return True

    def undo(self) -> None:
        self._at = 0.0  # what comes after an undo is another gesture
        self._put(self.before)

    def _again(self) -> None:
        self._put(self.after)
