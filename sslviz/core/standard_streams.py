"""Keeps standard input and standard output of a process for the messages that it exchanges with another one."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO


def claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and standard output of this process as binary streams, for messages only.

    The streams have new file descriptors. Afterwards, descriptor 1 points to standard error, so that text printed by
    libraries does not mix with the messages, and descriptor 0 points to the null device. Call this function before
    anything else in a process.
    """
    if sys.platform == "win32":
        import msvcrt

        for descriptor in (0, 1):
            msvcrt.setmode(descriptor, os.O_BINARY)
    reading = os.fdopen(os.dup(0), "rb")
    writing = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return reading, writing
