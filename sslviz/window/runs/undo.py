"""Undo and redo of settings and of names; one drag of a slider is one change."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

from sslviz.window.runs.run_config import RunConfigState

T = TypeVar("T")

ONE_GESTURE_S = 1.0
"""Changes of one setting closer than this are one drag."""


class Undoable(QUndoCommand, Generic[T]):
    """From one state to another; ``put`` makes a state hold. The second holds already when this is pushed."""

    def __init__(self, text: str, before: T, after: T, put: Callable[[T], None]) -> None:
        super().__init__(text)
        self.before, self.after, self._put = before, after, put
        self._done = True

    def touched(self) -> set[str]:
        """The settings that it changes."""
        return set()

    def undo(self) -> None:
        self._put(self.before)

    def redo(self) -> None:
        if self._done:
            self._done = False
            return
        self._put(self.after)


class SettingsChange(Undoable[RunConfigState]):
    """From one choice to another, by a change of ``key``."""

    def __init__(
        self, text: str, key: str, before: RunConfigState, after: RunConfigState, put: Callable[[RunConfigState], None]
    ) -> None:
        super().__init__(text, before, after, put)
        self.key = key
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
        super().undo()
