"""What each step gave, in blocks: to the run folder and to whoever listens."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from sslviz.core.messages import Message, Scalars
from sslviz.core.run_folder import RunFolder
from sslviz.core.wire import Array

FILE_INTERVAL_S = 0.5
"""a kill loses at most this much of the log"""
SEND_INTERVAL_S = 0.1
"""no slower than a curve is redrawn"""

Record = Mapping[str, float]


class LogError(Exception):
    """The run folder could not be written; the text says what was kept."""


class Listener(Protocol):
    """Whoever wants to know: an outbox to the window, or the progress bar."""

    def send(self, message: Message) -> None:
        """Take a message without waiting for anybody."""


class RunLog:
    """Collects the records of steps; ``step`` and ``wall_time_s`` are among their keys. Raises LogError."""

    def __init__(self, folder: RunFolder, listener: Listener) -> None:
        self._folder, self._listener = folder, listener
        self._unwritten: list[Record] = []
        self._unsent: list[Record] = []
        self._writing = threading.Lock()
        self._written_at = self._sent_at = -math.inf
        self._step_on_disk = 0

    def add(self, record: Record) -> None:
        """Keep the record of one step, and pass blocks on where it is time."""
        self._unwritten.append(record)
        self._unsent.append(record)
        now = time.monotonic()
        if now - self._sent_at >= SEND_INTERVAL_S:
            self.send()
        if now - self._written_at >= FILE_INTERVAL_S:
            self.write()

    def send(self) -> None:
        """Pass on what the listener has not heard yet."""
        if self._unsent:
            block, self._unsent = self._unsent, []
            self._listener.send(scalars(block))
        self._sent_at = time.monotonic()

    def write(self) -> None:
        """Write what is not on disk yet."""
        with self._writing, self._reporting():  # at the very end another thread may write what is left
            if self._unwritten:
                self._folder.append_metrics(self._unwritten)
                self._step_on_disk = int(self._unwritten[-1]["step"])
                self._unwritten = []
        self._written_at = time.monotonic()

    def event(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - whatever json can write
        """One line of events.jsonl, after the metrics before it, on disk and on the way to the listener."""
        self.send()
        self.write()
        with self._reporting():
            self._folder.append_event({"event": event, **facts})

    def save(self, name: str, step: int, data: bytes) -> None:
        """A checkpoint."""
        with self._reporting():
            self._folder.save_checkpoint(name, data, {"step": step})

    def close(self) -> None:
        """Nothing is to come any more."""
        with self._reporting():
            self._folder.close()

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kept = (
                f"The log holds every step up to {self._step_on_disk:,}." if self._step_on_disk else "Nothing was kept."
            )
            reason = error.strerror or str(error)
            raise LogError(f"The run folder {self._folder.path} could not be written: {reason}. {kept}") from error


def scalars(records: list[Record]) -> Scalars:
    """A block of records as columns; a figure that a step does not have is NaN there."""
    names = list(dict.fromkeys(name for record in records for name in record if name != "step"))
    columns = {name: np.array([record.get(name, np.nan) for record in records], dtype=np.float64) for name in names}
    steps = np.array([record["step"] for record in records], dtype=np.int64)
    return Scalars(steps=Array.of(steps), columns={name: Array.of(column) for name, column in columns.items()})
