"""Collects the records of the optimiser steps; writes them to the run folder and sends them to a listener, in blocks.

A record holds the figures of one step, such as the loss. The listener is, for example, the outbox to the window.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from sslviz.core.durable_file import OnWritten
from sslviz.core.messages import Message, Scalars
from sslviz.core.run_folder import RunFolder
from sslviz.core.wire import Array

FILE_INTERVAL_S = 0.5
"""Interval in seconds at which records are written; a killed process loses the records of one interval."""
SEND_INTERVAL_S = 0.1
"""Interval in seconds at which records are sent, about the interval at which curves are redrawn."""

Record = Mapping[str, float]
"""Figures of one step by name, including ``step`` and ``wall_time_s``."""


class LogError(Exception):
    """The run folder cannot be written; the message gives the last step that was written, if there is one."""


class Listener(Protocol):
    """Receiver of the messages of a run, for example the outbox to the window or the progress bar."""

    def send(self, message: Message) -> None:
        """Accept a message without blocking."""


class RunLog:
    """Collects records of steps, writes them to the run folder and sends them; raises LogError if writing fails.

    Args:
        folder: the run folder.
        listener: receives the records in messages that have one column for each figure.
    """

    def __init__(self, folder: RunFolder, listener: Listener) -> None:
        self.folder = folder
        """Where records, events and checkpoints are written."""
        self._listener = listener
        self._unwritten: list[Record] = []
        self._unsent: list[Record] = []
        self._writing = threading.Lock()
        self._written_at = self._sent_at = -math.inf
        self._step_on_disk = 0

    def add(self, record: Record) -> None:
        """Add the record of one step.

        All collected records are sent if :data:`SEND_INTERVAL_S` has passed since the last sending, and written if
        :data:`FILE_INTERVAL_S` has passed since the last writing.
        """
        self._unwritten.append(record)
        self._unsent.append(record)
        now = time.monotonic()
        if now - self._sent_at >= SEND_INTERVAL_S:
            self.send()
        if now - self._written_at >= FILE_INTERVAL_S:
            self.write()

    def send(self) -> None:
        """Send all records that have not been sent yet to the listener."""
        if self._unsent:
            block, self._unsent = self._unsent, []
            self._listener.send(scalars(block))
        self._sent_at = time.monotonic()

    def write(self) -> None:
        """Write all records that have not been written yet to the run folder."""
        with self._writing, self._reporting():  # when a run is abandoned another thread writes the rest
            if self._unwritten:
                self.folder.append_metrics(self._unwritten)
                self._step_on_disk = int(self._unwritten[-1]["step"])
                self._unwritten = []
        self._written_at = time.monotonic()

    def event(self, event: str, **facts: Any) -> None:  # noqa: ANN401 - whatever json can write
        """Write and send all collected records, then append a line to events.jsonl.

        The line holds the name of the event and the values in ``facts``.
        """
        self.send()
        self.write()
        with self._reporting():
            self.folder.append_event({"event": event, **facts})

    def save(self, name: str, step: int, data: bytes, on_written: OnWritten = lambda done: None) -> None:
        """Save the checkpoint ``data`` of optimiser step ``step`` in the run folder, under the name ``name``.

        ``on_written`` is called with the number of bytes on the disk, each time this number has grown.
        """
        with self._reporting():
            self.folder.save_checkpoint(name, data, {"step": step}, on_written)

    def sync(self) -> None:
        """Wait until all events, and the records that were written so far, are on the disk.

        Records that were added but not written yet are not included; :meth:`write` writes them.
        """
        with self._reporting():
            self.folder.sync()

    def close(self) -> None:
        """Close the run folder."""
        with self._reporting():
            self.folder.close()

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        """Context manager that replaces an OSError, raised while writing to the run folder, by a LogError."""
        try:
            yield
        except OSError as error:
            kept = (
                f"The log holds every step up to {self._step_on_disk:,}." if self._step_on_disk else "Nothing was kept."
            )
            reason = error.strerror or str(error)
            raise LogError(
                f"The run folder {self.folder.path} could not be written: {reason}. {kept} Check its disk."
            ) from error


def scalars(records: list[Record], names: Iterable[str] | None = None) -> Scalars:
    """Return the message with the steps of ``records`` and one column for each figure, such as the loss.

    The column of a figure has its value at each step, NaN where the record of the step does not have the figure.
    ``names`` are the figures that get a column; by default, these are all figures in any of the records.
    """
    if names is None:
        names = dict.fromkeys(name for record in records for name in record if name != "step")
    columns = {name: np.array([record.get(name, np.nan) for record in records], dtype=np.float64) for name in names}
    steps = np.array([record["step"] for record in records], dtype=np.int64)
    return Scalars(steps=Array.of(steps), columns={name: Array.of(column) for name, column in columns.items()})
