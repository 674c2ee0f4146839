"""Messages on their way out: a thread of its own writes, so that training never waits for a reader.

Figures are merged, pictures give way to newer ones of their kind and are counted, everything else is sent in order.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from sslviz.core.messages import Message, Pulse, Scalars
from sslviz.core.panel_data import PANEL_DATA
from sslviz.core.pipe import FrameWriter
from sslviz.core.wire import Array

PULSE_INTERVAL_S = 0.5
MERGE_OVER = 64
"""blocks of figures that wait before they are made into one"""
MAX_FIGURES = 1_000_000
"""numbers in one block, so that a frame stays far below its limit"""


class Outbox:
    """``send`` from any thread; :meth:`start` first. ``pulse`` is asked twice a second what to say."""

    def __init__(self, writer: FrameWriter, on_lost: Callable[[], None] = lambda: None) -> None:
        self._writer, self._on_lost = writer, on_lost
        self._condition = threading.Condition()
        self._queue: deque[Message] = deque()
        self._figures: list[Scalars] = []
        self._pictures: dict[type[Message], Message] = {}
        self._closing = self._lost = False
        self._idle = True
        self._pulsed_at = 0.0
        self.skipped = 0
        self.pulse: Callable[[int], Pulse | None] = lambda skipped: None
        self._thread = threading.Thread(target=self._write_all, name="outbox", daemon=True)

    def start(self) -> None:
        """Begin writing."""
        self._thread.start()

    def send(self, message: Message) -> None:
        """Take a message; returns at once."""
        with self._condition:
            if self._lost:
                return
            if isinstance(message, PANEL_DATA):
                self.skipped += type(message) in self._pictures
                self._pictures[type(message)] = message
            elif isinstance(message, Scalars):
                self._take_figures(message)
            else:
                self._queue_figures()
                self._queue.append(message)
            self._condition.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until all is written; False where it took longer than this."""
        with self._condition:
            return self._condition.wait_for(lambda: self._lost or (self._idle and self._empty()), seconds)

    def close(self, seconds: float) -> None:
        """Write what is left, as far as this many seconds go, and end the thread where it does not hang."""
        self.flush(seconds)
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join(seconds)

    def _empty(self) -> bool:
        return not (self._queue or self._figures or self._pictures)

    def _take_figures(self, block: Scalars) -> None:
        self._figures.append(block)
        if len(self._figures) > MERGE_OVER:
            self._figures = [merged(self._figures)]
        if sum(map(_count, self._figures)) > MAX_FIGURES:
            self._queue_figures()

    def _queue_figures(self) -> None:
        if self._figures:
            self._queue.append(merged(self._figures))
            self._figures = []

    def _write_all(self) -> None:
        try:
            while (batch := self._next()) is not None:
                for message in batch:
                    self._writer.write(message)
        except (OSError, ValueError):  # nobody reads any more
            self._lose()
            self._on_lost()

    def _lose(self) -> None:
        with self._condition:
            self._lost = True
            self._queue.clear()
            self._figures.clear()
            self._pictures.clear()
            self._condition.notify_all()

    def _next(self) -> list[Message] | None:
        """All that has to be sent in order, and one picture; besides, twice a second, a pulse."""
        with self._condition:
            self._idle = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._closing or not self._empty(), self._until_pulse())
            if self._closing:
                return None
            self._queue_figures()
            batch = list(self._queue)
            self._queue.clear()
            if self._pictures:
                batch.append(self._pictures.pop(next(iter(self._pictures))))
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


def _count(block: Scalars) -> int:
    """Numbers in a block."""
    return block.steps.shape[0] * (1 + len(block.columns))


def merged(blocks: list[Scalars]) -> Scalars:
    """One block of all rows; a column that a block lacks is NaN there."""
    if len(blocks) == 1:
        return blocks[0]
    names = list(dict.fromkeys(name for block in blocks for name in block.columns))
    steps = np.concatenate([block.steps.numpy() for block in blocks])
    return Scalars(steps=Array.of(steps), columns={name: Array.of(_column(blocks, name)) for name in names})


def _column(blocks: list[Scalars], name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    nothing = [np.full(block.steps.shape, np.nan) for block in blocks]
    parts = [
        block.columns[name].numpy() if name in block.columns else nan
        for block, nan in zip(blocks, nothing, strict=True)
    ]
    return np.concatenate(parts)
