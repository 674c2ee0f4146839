"""A bounded queue of the engine's messages: a background thread puts them in, and the window's thread takes them out.

The background thread puts in one message at a time. Every 33 ms, a timer in the window takes all of them out, unless
the window is still busy with those that it took out before. Of panel data, and of the message types Pulse and
Diagnosis, only the newest unread message of each type is kept. All other messages are ordered: they are taken out in
the order in which they came. Of several Progress messages in a row, only the last is kept. When an untrained network
is prepared, the panel data of the one before are dropped.
"""

from __future__ import annotations

import threading

from sslviz.core.messages import Diagnosis, Message, Notice, Prepared, Progress, Pulse, Scalars
from sslviz.core.panel_data import PANEL_DATA, Views

MAX_WAITING = 500
"""Maximum number of ordered messages, for the case that the window is stuck (in a modal dialog of the system, say).

Beyond it the oldest Scalars or Notice is dropped. The engine sends Scalars at most ten times a second, so this is about
a minute's worth, in less than a megabyte."""


class Mailbox:
    """A thread-safe queue of messages.

    ``skipped`` is the number of messages lost so far. These are panel data that a newer message of the same type
    replaced before they were read, Scalars and Notices that were dropped because more than :data:`MAX_WAITING` ordered
    messages waited, and messages of the engine that were not valid.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: list[Message] = []
        self._latest: dict[type, Message] = {}
        self.skipped = 0

    def put(self, message: Message) -> None:
        """Add a message; called in the thread that reads the engine's messages."""
        message_type = type(message)
        with self._lock:
            if message_type in PANEL_DATA or message_type in (Pulse, Diagnosis):
                self.skipped += message_type in self._latest and message_type in PANEL_DATA
                self._latest[message_type] = message
                return
            if isinstance(message, Prepared) and not message.folder:
                self._drop_panel_data()
            if message_type is Progress and self._ordered and type(self._ordered[-1]) is Progress:
                self._ordered.pop()
            self._ordered.append(message)
            if len(self._ordered) > MAX_WAITING:
                self._drop_oldest()

    def pull(self) -> list[Message]:
        """Remove and return all waiting messages, the ordered ones first; called in the window's thread."""
        with self._lock:
            waiting = [*self._ordered, *self._latest.values()]
            self._ordered, self._latest = [], {}
        return waiting

    def _drop_panel_data(self) -> None:
        """Drop the waiting panel data, which are of another data set or network than those that were just prepared.

        Views are kept: they answer a request of their own.
        """
        for message_type in PANEL_DATA:
            if message_type is not Views:
                self._latest.pop(message_type, None)

    def _drop_oldest(self) -> None:
        for index, message in enumerate(self._ordered):
            if isinstance(message, Scalars | Notice):
                del self._ordered[index]
                self.skipped += 1
                return
