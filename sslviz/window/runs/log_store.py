"""The last of what was logged, here and in the engine, for the log panel: bounded, and safe from any thread."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from typing import NamedTuple

MAX_LINES = 2_000
MAX_CHARACTERS = 4_000
"""of one line; with as many lines that is 8 MB at the very most"""
_RECORD = re.compile(r"\S+ (\d\d:\d\d:\d\d)\S* sslviz\.(\w+) ([A-Z]+): (.*)", re.DOTALL)


class Line(NamedTuple):
    """One record; ``text`` may have more than one line in it."""

    clock: str
    level: int
    topic: str
    text: str


class LogStore(logging.Handler):
    """Keeps the newest :data:`MAX_LINES`. ``count`` is how many there have been, ``clear`` included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines: deque[Line] = deque(maxlen=MAX_LINES)
        self.count = 0

    def listen(self) -> None:
        """Keep what this process logs from now on, from informations up; twice is as good as once."""
        root = logging.getLogger("sslviz")
        root.setLevel(min(root.level or logging.INFO, logging.INFO))
        root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging, from any thread."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        self.add(Line(clock, record.levelno, record.name.removeprefix("sslviz."), record.getMessage()))

    def take_line(self, text: str) -> None:
        """A line of the engine's standard error; one that no logger wrote is worth a warning."""
        text = text.rstrip()
        if match := _RECORD.fullmatch(text):
            clock, topic, level, said = match.groups()
            self.add(Line(clock, logging.getLevelNamesMapping().get(level, logging.WARNING), topic, said))
        elif text:
            self.add(Line(time.strftime("%H:%M:%S"), logging.WARNING, "stderr", text))

    def add(self, line: Line) -> None:
        """Keep it, cut to a sensible length."""
        cut = line if len(line.text) <= MAX_CHARACTERS else line._replace(text=line.text[:MAX_CHARACTERS] + " …")
        assert self.lock is not None
        with self.lock:
            self._lines.append(cut)
            self.count += 1

    def newest(self, seen: int) -> tuple[list[Line], int]:
        """What has come after the first ``seen``, as far as it is still here, and the count now."""
        assert self.lock is not None
        with self.lock:
            fresh = min(self.count - seen, len(self._lines))
            return list(self._lines)[len(self._lines) - fresh :], self.count

    def clear(self) -> None:
        """Forget all."""
        assert self.lock is not None
        with self.lock:
            self._lines.clear()
            self.count += 1


_store = LogStore()


def log_store() -> LogStore:
    """The process's one store."""
    return _store
