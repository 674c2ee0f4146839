"""Which notices of a recorded run were told already, so that none is told again when its folder is read again."""

from __future__ import annotations

from sslviz.core.messages import Notice


class ToldNotices:
    """The notices of a recorded run that were told since it was opened."""

    def __init__(self) -> None:
        self._told: list[Notice] = []
        self._before: list[Notice] = []
        """What was told before the folder was read again, and has not come again since."""

    def read_again(self) -> None:
        """Expect all notices once more, since the folder is read again."""
        self._before = self._told[:]

    def forget(self) -> None:
        """Expect no notice once more: the next ones may answer a new request."""
        self._before.clear()

    def is_new(self, notice: Notice) -> bool:
        """Return whether a notice is to be told, and note it."""
        if notice in self._before:
            self._before.remove(notice)
            return False
        self._told.append(notice)
        return True
