"""The messages to the user since the start of the window, and which of them the user has not read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from weakref import ref

from PySide6.QtCore import QObject, Signal

from sslviz.window.runs.run_model import RunModel

Level = Literal["info", "refused", "warning", "failed"]
"""What a message is about: news, an entry or command that was refused, something to see to, a failure."""
MOST = 200
"""Maximum number of messages that are kept; beyond it the oldest are dropped."""


class More(NamedTuple):
    """A button beside a message: its text, its tooltip, and what it does."""

    text: str
    tip: str
    act: Callable[[], object]


@dataclass(eq=False)
class SaidMessage:
    """A message to the user."""

    text: str
    level: Level
    details: str = ""
    """A text to copy, such as a traceback."""
    about: ref[RunModel] | None = None
    """A weak reference to the run that the message is about, which may be closed; None if it is about no single run."""
    title: str = ""
    """Title of the run that the message is about, at the time of the message."""
    more: More | None = None
    """A button that shows more of what the message is about."""
    read: bool = False
    time_s: float = field(default_factory=time.time)
    """Time of the message, in seconds since the epoch."""


class MessageHistory(QObject):
    """Keeps the newest :data:`MOST` messages, oldest first."""

    added = Signal(object)
    """SaidMessage: the message that was added."""
    changed = Signal()
    """A message was added, or messages were read."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.messages: deque[SaidMessage] = deque(maxlen=MOST)

    @property
    def unread(self) -> int:
        """Number of messages that the user has not read."""
        return sum(not message.read for message in self.messages)

    def add(self, message: SaidMessage) -> None:
        """Append a message."""
        self.messages.append(message)
        self.changed.emit()
        self.added.emit(message)

    def mark_read(self, *messages: SaidMessage) -> None:
        """Take note that the user has read ``messages``."""
        for message in messages:
            message.read = True
        self.changed.emit()
