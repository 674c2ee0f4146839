"""Logging by topic to standard error; the topic "engine" has the logger ``sslviz.engine``.

The option ``--debug`` takes a list of topics, and stores it in the environment variable :data:`DEBUG`. This process and
its child processes then log the debug messages of these topics.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable

DEBUG = "SSLVIZ_DEBUG"
"""Environment variable with the topics whose debug messages are logged, separated by commas."""
ALL = "all"
TOPICS = {
    "startup": "the time from the start of each process to its milestones",
    "frames": "frames of the window that took more than 50 ms: what was drawn, and for how long",
    "window": "actions and errors of the window",
    "pipe": "every message between the window and the engine",
    "engine": "actions and errors of the engine",
    "timing": "the time of each part of a training step, every 100 steps",
    "plugins": "objectives, data sets, encoders, panels and presets that could not be loaded",
    "recorder": "what a Recorder in a script could not write",
    "map": "every latent map: its method and how long it took; failures of the reducer",
}
FORMAT = "%(asctime)s %(name)s %(levelname)s: %(message)s"


def logger(topic: str) -> logging.Logger:
    """Return the logger of ``topic``, one of :data:`TOPICS`."""
    assert topic in TOPICS, f"{topic!r} is not declared in {__name__}.TOPICS"
    return logging.getLogger(f"sslviz.{topic}")


def topics_in(text: str) -> tuple[str, ...]:
    """Return the topics in a text such as ``frames,map`` or ``all``. Raises ValueError that lists the known topics."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in TOPICS and name != ALL]
    if unknown or not names:
        raise ValueError(f"There is no topic called {', '.join(unknown) or text!r}. The topics are:\n{topics_help()}")
    return tuple(TOPICS) if ALL in names else tuple(dict.fromkeys(names))


def topics_help() -> str:
    """Return the names and descriptions of all topics as text, one line each."""
    return "\n".join(f"  {name:8}  {text}" for name, text in {**TOPICS, ALL: "all of these"}.items())


def debug(topics: Iterable[str]) -> None:
    """Log debug messages of these topics, in this process and in all child processes that it starts later."""
    os.environ[DEBUG] = ",".join(topics)
    _set_levels()


def _set_levels() -> None:
    for topic in debugging():
        logger(topic).setLevel(logging.DEBUG)


def debugging() -> frozenset[str]:
    """Return the topics whose debug messages are logged."""
    return frozenset(os.environ.get(DEBUG, "").split(",")) & TOPICS.keys()


class FirstOccurrences:
    """Tells which of many texts are new, so that a problem that recurs is reported once.

    Texts that differ only in digits count as equal. Once ``limit`` texts have counted as new, no further text does.
    """

    def __init__(self, limit: int = 50) -> None:
        self._limit = limit
        self._seen: set[str] = set()

    def is_new(self, text: str) -> bool:
        """Return whether ``text`` is new: whether no equal text, apart from digits, was passed to this method before.

        Returns False for every text once ``limit`` different texts have been passed.
        """
        reason = re.sub(r"\d+", "", text)
        if reason in self._seen or len(self._seen) >= self._limit:
            return False
        self._seen.add(reason)
        return True


def log_to_stderr(level: int = logging.WARNING) -> None:
    """Write log records to standard error; call this function once per process.

    Records of at least ``level`` are written, and all records of the topics in :func:`debugging`. Of other libraries,
    no records below WARNING are written, even if ``level`` is lower.
    """
    _set_levels()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: record.levelno >= level or record.name.removeprefix("sslviz.") in debugging())
    logging.basicConfig(level=logging.WARNING, format=FORMAT, handlers=[handler])
    logging.getLogger("sslviz").setLevel(min(level, logging.WARNING))
