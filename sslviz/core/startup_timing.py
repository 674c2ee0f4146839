"""Logs how long a process takes from its start to milestones such as the first window."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from sslviz.core.log import logger

_IMPORTED = time.time()


def process_start() -> float:
    """Return the time at which this process was started, in seconds since the epoch.

    If the operating system does not provide it, the time at which this module was imported is returned instead.
    """
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19])
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _IMPORTED


def reached(milestone: str) -> None:
    """Log a milestone with the seconds since the start of the process, under the topic ``startup``."""
    if logger("startup").isEnabledFor(logging.DEBUG):
        logger("startup").debug("%.2f s after the start: %s", time.time() - process_start(), milestone)
