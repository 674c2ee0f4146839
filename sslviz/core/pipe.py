"""Messages over a pipe as length-prefixed msgpack frames.

A message that cannot be encoded or decoded raises :class:`MessageError`, after which the next message can be written or
read. A stream that violates the protocol raises :class:`PipeError`, after which nothing can be read from it any more.

A frame is the marker ``b"SSLV"``, the length of the payload as a little-endian unsigned 32-bit integer, and the
payload. A reader skips all bytes before the marker, since a remote shell may print a greeting first.
"""

from __future__ import annotations

import contextlib
import struct
import threading
from collections.abc import Callable, Iterator
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
    """The stream violates the protocol, or has ended within a frame; the text of the error says how."""


class MessageError(Exception):
    """One message cannot be written or read, but later messages can. The text of the error says why.

    ``message_type`` is the name of the message's type, "a message" if it is unknown.
    """

    def __init__(self, message_type: str, reason: str) -> None:
        super().__init__(f"{message_type} {reason}")
        self.message_type = message_type


class _Tagged(msgspec.Struct):
    """Decodes only the field ``type`` of an encoded message, which names the class of the message."""

    type: str


class FrameReader(Generic[T]):
    """Reads messages from a binary stream; ``message_type`` is the union of the possible types. Not thread-safe."""

    def __init__(self, stream: BinaryIO, message_type: type[T]) -> None:
        self._stream = stream
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(message_type)

    def read(self) -> T | None:
        """Return the next message, or None when the stream has ended.

        Raises:
            PipeError: there is no marker among :data:`MAX_GREETING` bytes, or the frame is too large or cut off.
            MessageError: the frame holds no valid message of ``message_type``; the next call reads the next frame.
        """
        if not self._skip_to_magic():
            return None
        (size,) = struct.unpack("<I", self._exactly(4))
        if size > MAX_FRAME:
            raise PipeError(f"a frame of {size:,} bytes was announced; {MAX_FRAME:,} is the most")
        payload = self._exactly(size)
        try:
            message = self._decoder.decode(payload)
            if isinstance(message, Frozen):
                message.verify()
            return message
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise MessageError(_type_name(payload), f"could not be understood ({error})") from error

    def messages(self, on_bad: Callable[[MessageError], None]) -> Iterator[T]:
        """Yield the messages up to the end of the stream; call ``on_bad`` for each frame that holds no valid message.

        Raises:
            PipeError: as :meth:`read` does.
        """
        while True:
            try:
                message = self.read()
            except MessageError as error:
                on_bad(error)
                continue
            if message is None:
                return
            yield message

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
            MessageError: the message cannot be encoded, or is larger than :data:`MAX_FRAME`; nothing was sent.
            OSError or ValueError: the pipe is closed.
        """
        name = type(message).__name__
        try:
            payload = self._encoder.encode(message)
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise MessageError(name, f"could not be encoded ({error})") from error
        if len(payload) > MAX_FRAME:
            raise MessageError(name, f"of {len(payload):,} bytes is over the {MAX_FRAME:,} of a frame")
        with self._lock:
            self._stream.write(MAGIC + struct.pack("<I", len(payload)))
            self._stream.write(payload)
            self._stream.flush()

    def close(self) -> None:
        """Close the stream; the process that reads from it then finds the end of the stream."""
        with self._lock, contextlib.suppress(OSError):  # the reader may be gone already
            self._stream.close()


def _type_name(payload: bytes) -> str:
    """Return the name of the message's type as the encoded message states it, "a message" if it states none."""
    try:
        name = msgspec.msgpack.decode(payload, type=_Tagged).type
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return "a message"
    return name[:40] if name.isidentifier() else "a message"
