"""Frames over a pipe: magic marker, length, msgpack. Anything malformed ends the conversation with a reason.

A frame is ``b"SSLV"``, the payload's length as a little-endian unsigned 32-bit number, and the payload. A reader
skips to the marker, since a remote shell may greet first.
"""

from __future__ import annotations

import contextlib
import os
import struct
import sys
import threading
from typing import BinaryIO, Generic, TypeVar

import msgspec

from sslviz.core.wire import Frozen

MAGIC = b"SSLV"
MAX_FRAME = 64 * 2**20
MAX_GREETING = 64 * 2**10

T = TypeVar("T")


class PipeError(Exception):
    """The other side sent something that is not of this protocol; the text says what."""


class FrameReader(Generic[T]):
    """Reads messages of the union ``message_type`` from a binary stream, one thread at a time."""

    def __init__(self, stream: BinaryIO, message_type: type[T]) -> None:
        self._stream = stream
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(message_type)

    def read(self) -> T | None:
        """The next message, or None when the stream has ended.

        Raises:
            PipeError: no marker, a frame too large, cut off, or not of the agreed types.
        """
        if not self._skip_to_magic():
            return None
        (size,) = struct.unpack("<I", self._exactly(4))
        if size > MAX_FRAME:
            raise PipeError(f"a frame of {size:,} bytes was announced; {MAX_FRAME:,} is the most")
        try:
            message = self._decoder.decode(self._exactly(size))
            if isinstance(message, Frozen):
                message.verify()
            return message
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise PipeError(f"a message could not be understood: {error}") from error

    def _skip_to_magic(self) -> bool:
        seen, skipped = b"", 0
        while seen != MAGIC:
            byte = self._stream.read(1)
            if not byte:
                return False
            seen = (seen + byte)[-len(MAGIC) :]
            skipped += 1
            if skipped > MAX_GREETING:
                raise PipeError("the other side does not speak this protocol")
        return True

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise PipeError("the other side went away in the middle of a message")
        return data


class FrameWriter:
    """Writes messages to a binary stream; safe from several threads."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encoder = msgspec.msgpack.Encoder()
        self._lock = threading.Lock()

    def write(self, message: msgspec.Struct) -> None:
        """Send one message. Raises OSError or ValueError when the other side has gone."""
        payload = self._encoder.encode(message)
        if len(payload) > MAX_FRAME:
            raise PipeError(f"a message of {len(payload):,} bytes is over the {MAX_FRAME:,} of a frame")
        with self._lock:
            self._stream.write(MAGIC + struct.pack("<I", len(payload)))
            self._stream.write(payload)
            self._stream.flush()

    def close(self) -> None:
        """Close the stream, which tells the other side to end."""
        with self._lock, contextlib.suppress(OSError):  # what is left unsent, nobody is there to miss
            self._stream.close()


def claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for frames, so that no library's print can break one.

    Descriptor 1 points at standard error afterwards. To be called first thing in a process of ours.
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
