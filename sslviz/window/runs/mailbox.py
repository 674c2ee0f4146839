"""Between the thread that reads the pipe and the window's clock: bounded, and nothing that matters is lost.

The reader puts, the clock pulls everything at once. Scalars are kept whole (they are small, and the clock comes every
33 ms), pictures are replaced by newer ones, the rest is kept in order.
"""

from __future__ import annotations

import threading

from sslviz.core.messages import Message, Notice, Progress, Pulse, Scalars
from sslviz.core.panel_data import PANEL_DATA

MAX_WAITING = 500
"""Messages waiting when the window is stuck (a modal dialog of the system, say); beyond it the oldest figures go.

The engine sends figures ten times a second at most, so this is a minute's worth, in less than a megabyte."""


class Mailbox:
    """Safe from two threads; see the module's text."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Message] = []
        self._latest: dict[type, Message] = {}
        self.skipped = 0

    def put(self, message: Message) -> None:
        """From the reading thread."""
        message_type = type(message)
        with self._lock:
            if message_type in PANEL_DATA or message_type in (Pulse, Progress):
                self.skipped += message_type in self._latest and message_type in PANEL_DATA
                self._latest[message_type] = message
                return
            self._ordered.append(message)
            if len(self._ordered) > MAX_WAITING:
                self._drop_oldest()

    def pull(self) -> list[Message]:
        """All that waits, from the window's thread."""
        with self._lock:
            waiting = [*self._ordered, *self._latest.values()]
            self._ordered, self._latest = [], {}
        return waiting

    def _drop_oldest(self) -> None:
        for index, message in enumerate(self._ordered):
            if isinstance(message, Scalars | Notice):
                del self._ordered[index]
                self.skipped += 1
                return
