"""Outgoing messages of the engine: a separate thread writes them, so that training never waits for the window.

Messages of type Scalars, here called blocks of scalars, are merged while they wait to be written, unless the merged
block would be too large or its steps would go back. A waiting message with panel data is replaced when newer panel data
of the same type arrive. All other messages are written in order. If a message cannot be sent, because it is too long or
cannot be encoded, a notice is sent in its place; a State or a Notice is sent with a shortened text instead. Messages
that were replaced or could not be sent are counted.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import msgspec
import numpy as np

from sslviz.core.log import FirstOccurrences, logger
from sslviz.core.messages import Message, Notice, Pulse, Scalars, State
from sslviz.core.panel_data import PANEL_DATA, Views
from sslviz.core.pipe import FrameWriter, MessageError
from sslviz.core.plain_text import plain_text
from sslviz.core.wire import Array

PULSE_INTERVAL_S = 0.5
"""Minimum interval between two pulses, in seconds."""
MERGE_OVER = 64
"""Maximum number of waiting blocks of scalars; if there are more, they are merged into one block."""
MAX_FIGURES = 100_000
"""Maximum count of numbers in a block of scalars that is made of waiting blocks, so that the window appends a block to
its curves in less than 10 ms."""
MAX_TEXT = 2_000
"""Maximum number of characters of the text of a state or a notice that could not be sent as it was."""


class Outbox:
    """Accepts messages from any thread, and writes them in a separate thread after :meth:`start`.

    Args:
        writer: writes the messages to the pipe.
        on_lost: called once, from the writing thread, when the other end of the pipe is closed.

    Attributes:
        skipped: number of messages that were not sent as they were: panel data replaced by newer panel data before it
            could be written, and messages that are too long or cannot be encoded.
        pulse: function that makes a :class:`~sslviz.core.messages.Pulse`, the message with the progress of the run. It
            is called about twice a second with ``skipped``; if it returns None, no Pulse is sent.
    """

    def __init__(self, writer: FrameWriter, on_lost: Callable[[], None] = lambda: None) -> None:
        self._writer, self._on_lost = writer, on_lost
        self._condition = threading.Condition()
        self._queue: deque[Message] = deque()
        self._scalars: list[Scalars] = []
        self._panel_data: dict[type[Message], Message] = {}
        self._closing = self._lost = False
        self._idle = True
        self._pulsed_at = 0.0
        self._reported = FirstOccurrences()
        self.skipped = 0
        self.pulse: Callable[[int], Pulse | None] = lambda skipped: None
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)

    @property
    def waiting(self) -> int:
        """Number of messages that wait to be written; those that the thread is writing now are not counted."""
        with self._condition:
            return len(self._queue) + len(self._scalars) + len(self._panel_data)

    def start(self) -> None:
        """Start the thread that writes messages."""
        self._thread.start()

    def send(self, message: Message) -> None:
        """Accept a message to be written, and return at once. When the pipe is closed, messages are dropped."""
        with self._condition:
            if self._lost:
                return
            if isinstance(message, PANEL_DATA):
                self.skipped += type(message) in self._panel_data
                self._panel_data[type(message)] = message
            elif isinstance(message, Scalars):
                self._take_scalars(message)
            else:
                self._queue_scalars()
                self._queue.append(message)
            self._condition.notify_all()

    def forget_panel_data(self) -> None:
        """Drop the panel data that wait to be written, except Views, which answer a request."""
        with self._condition:
            self._panel_data = {kind: data for kind, data in self._panel_data.items() if kind is Views}
            self._condition.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait at most ``seconds`` until all is written or the pipe is closed; return False if the time ran out."""
        with self._condition:
            return self._condition.wait_for(lambda: self._lost or (self._idle and self._empty()), seconds)

    def close(self, seconds: float) -> None:
        """Wait until all messages are written, then until the thread has ended; each wait takes ``seconds`` at most."""
        self.flush(seconds)
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(seconds)

    def _empty(self) -> bool:
        return not (self._queue or self._scalars or self._panel_data)

    def _take_scalars(self, block: Scalars) -> None:
        if sum(map(_count, self._scalars)) + _count(block) > MAX_FIGURES or self._goes_back(block):
            self._queue_scalars()
        self._scalars.append(block)
        if len(self._scalars) > MERGE_OVER:
            self._scalars = [merged(self._scalars)]

    def _goes_back(self, block: Scalars) -> bool:
        """Return whether ``block`` begins at or before the last step of the blocks that wait to be written.

        This happens when a resumed script repeats steps; ``block`` is then not merged with the blocks that wait.
        """
        ends = [each.steps.numpy()[-1] for each in self._scalars[-1:] if each.steps.shape[0]]
        return bool(ends) and block.steps.shape[0] > 0 and bool(block.steps.numpy()[0] <= ends[0])

    def _queue_scalars(self) -> None:
        if self._scalars:
            self._queue.append(merged(self._scalars))
            self._scalars = []

    def _write_all(self) -> None:
        try:
            while (batch := self._next()) is not None:
                for message in batch:
                    self._write(message)
        except (OSError, ValueError):  # the other end of the pipe is closed
            self._lose()
            self._on_lost()

    def _write(self, message: Message) -> None:
        """Write a message. If it cannot be sent, write a notice about this in its place.

        A state or a notice that cannot be sent is written with a shortened text. For other messages, a notice that has
        been written before is not repeated.
        """
        try:
            self._writer.write(message)
        except MessageError as error:
            self.skipped += 1
            logger("pipe").warning("a message was left out: %s", error)
            shortened = _shortened(message)
            if shortened is not None:
                self._writer.write(shortened)
            elif self._reported.is_new(str(error)):
                text = plain_text(f"Left out, since it cannot be sent: {error}. The run goes on."[:MAX_TEXT])
                self._writer.write(Notice(level="warning", text=text))

    def _lose(self) -> None:
        with self._condition:
            self._lost = True
            self._queue.clear()
            self._scalars.clear()
            self._panel_data.clear()
            self._condition.notify_all()

    def _next(self) -> list[Message] | None:
        """Wait until there are messages to write or a Pulse is due, and return the messages to write.

        They are all waiting messages except panel data, then the waiting panel data of one type, then a Pulse (the
        message with the progress of the run) if one is due. Return None when the outbox is closed.
        """
        with self._condition:
            self._idle = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._closing or not self._empty(), self._until_pulse())
            if self._closing:
                return None
            self._queue_scalars()
            batch = list(self._queue)
            self._queue.clear()
            if self._panel_data:
                batch.append(self._panel_data.pop(next(iter(self._panel_data))))
            self._idle = False
        return batch + self._due_pulse()

    def _until_pulse(self) -> float:
        return max(0.0, self._pulsed_at + PULSE_INTERVAL_S - time.monotonic())

    def _due_pulse(self) -> list[Message]:
        if self._until_pulse() > 0:
            return []
        self._pulsed_at = time.monotonic()
        pulse = self.pulse(self.skipped)
        return [pulse] if pulse is not None else []


def _shortened(message: Message) -> State | Notice | None:
    """If ``message`` is a state or a notice, return a copy with a text that can be sent; otherwise return None."""
    if isinstance(message, State):
        text, details = (plain_text(each[:MAX_TEXT]) for each in (message.text, message.details))
        return msgspec.structs.replace(message, text=text, details=details)
    if isinstance(message, Notice):
        return msgspec.structs.replace(message, text=plain_text(message.text[:MAX_TEXT]))
    return None


def _count(block: Scalars) -> int:
    """Return how many numbers a block of scalars holds: each row holds its step and one number per column."""
    return block.steps.shape[0] * (1 + len(block.columns))


def merged(blocks: list[Scalars]) -> Scalars:
    """Concatenate blocks of scalars into one block, which has every column that any of the blocks has.

    Rows from a block without one of these columns have NaN in that column.
    """
    if len(blocks) == 1:
        return blocks[0]
    names = list(dict.fromkeys(name for block in blocks for name in block.columns))
    steps = np.concatenate([block.steps.numpy() for block in blocks])
    return Scalars(steps=Array.of(steps), columns={name: Array.of(_column(blocks, name)) for name in names})


def _column(blocks: list[Scalars], name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    parts = [
        block.columns[name].numpy() if name in block.columns else np.full(block.steps.shape, np.nan) for block in blocks
    ]
    return np.concatenate(parts)
