"""When this process was started, and how far it has come since."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

from sslviz.core.log import logger

_IMPORTED = time.time()


def process_start() -> float:
    """When this process was started, seconds since the epoch; where the system does not tell, its first import."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[19])
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return _IMPORTED


def reached(what: str) -> None:
    """Log under the topic ``startup`` that something is there now."""
    if logger("startup").isEnabledFor(logging.DEBUG):
        logger("startup").debug("%.2f s after the start: %s", time.time() - process_start(), what)
