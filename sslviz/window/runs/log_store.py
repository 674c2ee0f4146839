"""A thread-safe store of bounded size for the newest log records of window and engine, which the log panel shows."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from typing import NamedTuple

MAX_LINES = 2_000
"""Maximum number of records that are kept."""
MAX_CHARACTERS = 4_000
"""Maximum number of characters of one record; all records together take about 8 MB at most if they are ASCII text."""
_RECORD = re.compile(r"\S+ (\d\d:\d\d:\d\d)\S* sslviz\.(\w+) ([A-Z]+): (.*)", re.DOTALL)


class Line(NamedTuple):
    """One log record.

    ``clock`` is the time as HH:MM:SS, ``level`` a number such as logging.INFO, and ``topic`` the part of the program
    that logged the record, or "stderr" for other lines of the engine's standard error. ``text`` may have line breaks.
    """

    clock: str
    level: int
    topic: str
    text: str


class LogStore(logging.Handler):
    """Keeps the newest :data:`MAX_LINES` records.

    ``count`` is the number of changes so far: records that were added, and calls of :meth:`clear`.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self.count = 0

    def listen(self) -> None:
        """Keep all records that sslviz logs in this process from now on at level INFO or above.

        Debug records are kept too if they are logged at all. A second call changes nothing.
        """
        root = logging.getLogger("sslviz")
        root.setLevel(min(root.level or logging.INFO, logging.INFO))
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record of this process; called by ``logging`` in any thread."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        self.add(Line(clock, record.levelno, record.name.removeprefix("sslviz."), record.getMessage()))

    def take_line(self, text: str) -> None:
        """Keep a line of the engine's standard error; a line without the format of a log record becomes a warning.

        An empty line is left out.
        """
        text = text.rstrip()
        if match := _RECORD.fullmatch(text):
            clock, topic, level, message = match.groups()
            self.add(Line(clock, logging.getLevelNamesMapping().get(level, logging.WARNING), topic, message))
        elif text:
            self.add(Line(time.strftime("%H:%M:%S"), logging.WARNING, "stderr", text))

    def add(self, line: Line) -> None:
        """Keep a record; of a long text, only the first :data:`MAX_CHARACTERS` characters and an ellipsis are kept."""
        cut = line if len(line.text) <= MAX_CHARACTERS else line._replace(text=line.text[:MAX_CHARACTERS] + " …")
        assert self.lock is not None
        with self.lock:
            self._lines.append(cut)
            self.count += 1

    def newest(self, seen: int) -> tuple[list[Line], int]:
        """Return the kept records that were added since ``count`` had the value ``seen``, and the present ``count``."""
        assert self.lock is not None
        with self.lock:
            fresh = min(self.count - seen, len(self._lines))
            return list(self._lines)[len(self._lines) - fresh :], self.count

    def clear(self) -> None:
        """Remove all kept records, so that the log panel is empty."""
        assert self.lock is not None
        with self.lock:
            self._lines.clear()
            self.count += 1


_store = LogStore()


def log_store() -> LogStore:
    """Return the one store of log records of this process."""
    return _store
