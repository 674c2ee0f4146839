"""Commands for the undo stack: changes of settings and of sample names; one drag of a slider is one command."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtGui import QUndoCommand

from sslviz.window.runs.run_config import RunConfigState

T = TypeVar("T")

SAME_DRAG_S = 1.0
"""Maximum time between two changes of a setting that belong to the same drag, in seconds."""


class Undoable(QUndoCommand, Generic[T]):
    """A change from the state ``before`` to the state ``after``, to be pushed when the change has been made.

    ``text`` names the change in menus. :meth:`undo` calls ``restore(before)``, and :meth:`redo` calls
    ``restore(after)``. Only the first call of :meth:`redo`, which Qt makes when the command is pushed onto the undo
    stack, does nothing.
    """

    def __init__(self, text: str, before: T, after: T, restore: Callable[[T], None]) -> None:
        super().__init__(text)
        self.before, self.after, self._restore = before, after, restore
        self._established = True

    def touched(self) -> set[str]:
        """Return the keys of the settings that the command changes."""
        return set()

    def undo(self) -> None:
        self._restore(self.before)

    def redo(self) -> None:
        if self._established:
            self._established = False
            return
        self._restore(self.after)


class SettingsChange(Undoable[RunConfigState]):
    """A change of settings; ``key`` is the key of the one changed setting, or ``preset`` or ``advice`` for several."""

    def __init__(
        self,
        text: str,
        key: str,
        before: RunConfigState,
        after: RunConfigState,
        restore: Callable[[RunConfigState], None],
    ) -> None:
        super().__init__(text, before, after, restore)
        self.key = key
        self._time = time.monotonic()

    def touched(self) -> set[str]:
        keys = self.before.values.keys() | self.after.values.keys()
        return {key for key in keys if self.before.values.get(key) != self.after.values.get(key)}

    def id(self) -> int:
        return zlib.crc32(self.key.encode()) & 0x7FFFFFFF

    def mergeWith(self, other: QUndoCommand) -> bool:
        assert isinstance(other, SettingsChange)
        if other.key != self.key or other._time - self._time > SAME_DRAG_S:
            return False
        self.after, self._time = other.after, other._time
        self.setObsolete(self.before == self.after)
        return True

    def undo(self) -> None:
        self._time = 0.0  # a change after an undo belongs to another drag
        super().undo()
