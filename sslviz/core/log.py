"""Logging by topic, to standard error: ``logger("engine")`` is ``sslviz.engine``.

``--debug`` turns topics on, and hands them to the processes below in :data:`DEBUG`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable

DEBUG = "SSLVIZ_DEBUG"
"""the environment variable that names the topics, separated by commas"""
ALL = "all"
TOPICS = {
    "startup": "how long after its start each process had come how far",
    "frames": "every turn of the window's clock beyond 50 ms: what was drawn, and for how long",
    "window": "what the window does, and what goes wrong in it",
    "pipe": "every message between the window and the engine",
    "engine": "what the engine does, and what goes wrong in it",
    "timing": "what a training step spends its time on, every 100 steps",
    "recorder": "what a Recorder in a script of one's own could not write down",
    "map": "every latent map: where it came from and how long it took; the reducer's fate",
}
FORMAT = "%(asctime)s %(name)s %(levelname)s: %(message)s"


def logger(topic: str) -> logging.Logger:
    """The logger of one of :data:`TOPICS`."""
    assert topic in TOPICS, f"{topic!r} is not declared in {__name__}.TOPICS"
    return logging.getLogger(f"sslviz.{topic}")


def topics_in(text: str) -> tuple[str, ...]:
    """The topics that ``frames,map`` names, or ``all``. Raises ValueError with those there are."""
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in TOPICS and name != ALL]
    if unknown or not wanted:
        raise ValueError(f"There is no topic called {', '.join(unknown) or text!r}. The topics are:\n{topics_help()}")
    return tuple(TOPICS) if ALL in wanted else tuple(dict.fromkeys(wanted))


def topics_help() -> str:
    """A line for each topic."""
    return "\n".join(f"  {name:8}  {text}" for name, text in {**TOPICS, ALL: "all of these"}.items())


def debug(topics: Iterable[str]) -> None:
    """Log these topics in full, here and in every process that is started from now on."""
    os.environ[DEBUG] = ",".join(topics)
    _set_levels()


def _set_levels() -> None:
    for topic in debugging():
        logger(topic).setLevel(logging.DEBUG)


def debugging() -> frozenset[str]:
    """The topics that are logged in full."""
    return frozenset(os.environ.get(DEBUG, "").split(",")) & TOPICS.keys()


def log_to_stderr(level: int = logging.WARNING) -> None:
    """Once per process: one line per record of at least this level, and all of the topics that are debugged."""
    _set_levels()
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: record.levelno >= level or record.name.removeprefix("sslviz.") in debugging())
    logging.basicConfig(level=logging.WARNING, format=FORMAT, handlers=[handler])
    logging.getLogger("sslviz").setLevel(min(level, logging.WARNING))
