"""Whether there is a display to open a window on, asked without importing Qt, and how small the window may be."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

ANSWER_S = 2.0
SMALLEST = (960, 600)
"""px, of the window"""


def has_display() -> bool:
    """Whether Qt could open a window here; without one it would abort the process."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(_answers(address) for address in _addresses())


def _addresses() -> Iterator[str | tuple[str, int]]:
    """Where the display servers that the environment names listen: paths of sockets, or hosts and ports."""
    if wayland := os.environ.get("WAYLAND_DISPLAY"):
        yield os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), wayland)
    host, _, number = os.environ.get("DISPLAY", "").rpartition(":")
    number = number.partition(".")[0]
    if number.isdecimal() and host in ("", "unix"):
        yield f"/tmp/.X11-unix/X{number}"  # noqa: S108
        yield f"\0/tmp/.X11-unix/X{number}"
    elif number.isdecimal():
        yield host, 6000 + int(number)


def _answers(address: str | tuple[str, int]) -> bool:
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, ANSWER_S).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address)
    except OSError:
        return False
    return True
