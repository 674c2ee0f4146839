"""Logging by topic, to standard error: ``logger("engine")`` is ``sslviz.engine``."""

from __future__ import annotations

import logging


def logger(topic: str) -> logging.Logger:
    """The logger of one part of the program."""
    return logging.getLogger(f"sslviz.{topic}")


def log_to_stderr(level: int = logging.WARNING) -> None:
    """Once per process: one line per record, with time and topic."""
    logging.basicConfig(level=level, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
