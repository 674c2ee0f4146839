"""Finds out, without importing Qt, whether there is a display for a window; defines the window's minimum size."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator

ANSWER_S = 2.0
"""Timeout for a TCP connection to a display server, in seconds."""
SMALLEST = (960, 600)
"""Minimum width and height of the window in pixels."""


def has_display() -> bool:
    """Return whether there is a display; to be asked before Qt starts, since Qt aborts the process without one.

    On Windows and macOS, and if QT_QPA_PLATFORM is set, the answer is True without a check.
    """
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return any(_answers(address) for address in _addresses())


def _addresses() -> Iterator[str | tuple[str, int]]:
    """Yield the addresses of the display servers named by environment variables: socket paths, or host and port."""
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
    """Return whether a connection to the address is accepted."""
    try:
        if isinstance(address, tuple):
            socket.create_connection(address, ANSWER_S).close()
        else:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(address)
    except OSError:
        return False
    return True
