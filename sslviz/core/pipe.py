"""Messages over a pipe as length-prefixed msgpack frames; a malformed frame raises an error that says what is wrong.

A frame is the marker ``b"SSLV"``, the length of the payload as a little-endian unsigned 32-bit integer, and the
payload. A reader skips all bytes before the marker, since a remote shell may print a greeting first.
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
"""Maximum length of a payload, in bytes."""
MAX_GREETING = 64 * 2**10
"""Maximum number of bytes that a reader skips before a marker."""

T = TypeVar("T")


class PipeError(Exception):
    """A message could not be read or sent because it violates the protocol; the text of the error says how."""


class FrameReader(Generic[T]):
    """Reads messages from a binary stream; ``message_type`` is the union of the possible types. Not thread-safe."""

    def __init__(self, stream: BinaryIO, message_type: type[T]) -> None:
        self._stream = stream
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(message_type)

    def read(self) -> T | None:
        """Return the next message, or None when the stream has ended.

        Raises:
            PipeError: there is no marker, or the frame is too large, cut off, or not a message of ``message_type``.
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
        last_bytes, skipped = b"", 0
        while last_bytes != MAGIC:
            byte = self._stream.read(1)
            if not byte:
                return False
            last_bytes = (last_bytes + byte)[-len(MAGIC) :]
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
    """Writes messages to a binary stream; thread-safe."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._encoder = msgspec.msgpack.Encoder()
        self._lock = threading.Lock()

    def write(self, message: msgspec.Struct) -> None:
        """Send one message.

        Raises:
            PipeError: the message is larger than :data:`MAX_FRAME`.
            OSError or ValueError: the other side has closed the pipe.
        """
        payload = self._encoder.encode(message)
        if len(payload) > MAX_FRAME:
            raise PipeError(f"a message of {len(payload):,} bytes is over the {MAX_FRAME:,} of a frame")
        with self._lock:
            self._stream.write(MAGIC + struct.pack("<I", len(payload)))
            self._stream.write(payload)
            self._stream.flush()

    def close(self) -> None:
        """Close the stream; the process that reads from it then finds the end of the stream."""
        with self._lock, contextlib.suppress(OSError):  # the reader may be gone already
            self._stream.close()


def claim_standard_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return binary streams of standard input and output that only messages use.

    Afterwards, file descriptor 1 points to standard error, so that text printed by libraries does not mix with the
    messages, and descriptor 0 points to the null device. Call this function before anything else in a process.
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
