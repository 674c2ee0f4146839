"""The process that decodes pictures, so that a picture whose decoder crashes or hangs costs no more than itself.

It imports neither torch nor anything else that takes long. It reads requests from standard input and writes one answer
to each to standard output, until the input closes.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import struct
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO, NoReturn, TypeVar

import msgspec
from PIL import Image

from sslviz.core.standard_streams import claim_standard_streams
from sslviz.learning.io.picture_look import OneLook, one_look
from sslviz.learning.io.pictures import Pixels, Shape, UnreadableError, opened, quiet, rgb

T = TypeVar("T")


Result = Pixels | OneLook | str
"""What becomes of a picture: its pixels, uint8[3, side, side], or what it is like, or why it cannot be read."""


class Request(msgspec.Struct, frozen=True):
    """Asks for the pictures in some files, given by their paths; without a ``shape``, for what they are like."""

    files: list[bytes]
    shape: Shape | None


class Decoded(msgspec.Struct, frozen=True):
    """Some pictures that were decoded or looked at.

    ``reasons``: for each picture why it cannot be read, a part of a sentence; empty if it can. Of those that can,
    ``pixels`` are the pixels, uint8[n, 3, side, side] as bytes, or ``looks`` what they are like.
    """

    reasons: list[str] = []
    pixels: bytes = b""
    looks: list[OneLook] = []


def main() -> None:
    """Decode the pictures that are requested; does not return."""
    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the process that started this one
    incoming, outgoing = claim_standard_streams()
    requests: queue.SimpleQueue[Request] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(incoming, requests.put), name="requests", daemon=True).start()
    with quiet(), contextlib.suppress(OSError):
        write(outgoing, Decoded())  # says that the process has started
        while True:
            request = requests.get()
            write(outgoing, decoded(_picture(os.fsdecode(each), request.shape) for each in request.files))
    _end()


def decoded(results: Iterable[Result]) -> Decoded:
    """Return what became of some pictures."""
    reasons, pixels, looks = list[str](), list[bytes](), list[OneLook]()
    for each in results:
        reasons.append(each if isinstance(each, str) else "")
        if isinstance(each, OneLook):
            looks.append(each)
        elif not isinstance(each, str):
            pixels.append(each.tobytes())
    return Decoded(reasons, b"".join(pixels), looks)


def result_of(image: Image.Image, shape: Shape | None) -> Pixels | OneLook:
    """Return the pixels of a picture or, without a shape, what it is like; see :func:`rgb` and :func:`one_look`."""
    return one_look(image) if shape is None else rgb(image, *shape)


def write(stream: BinaryIO, message: msgspec.Struct) -> None:
    """Write a message behind its length. Raises OSError or ValueError if the stream is closed."""
    data = msgspec.msgpack.encode(message)
    stream.write(struct.pack("<I", len(data)))
    stream.write(data)
    stream.flush()


def read(stream: BinaryIO, message_type: type[T]) -> T | None:
    """Read a message; None if the stream ends before it does, or if it is none of this type."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    try:
        return msgspec.msgpack.decode(stream.read(struct.unpack("<I", length)[0]), type=message_type)
    except msgspec.MsgspecError:
        return None


def _receive(stream: BinaryIO, put: Callable[[Request], None]) -> None:
    """Read requests in a thread of its own, so that the process ends with its input also while it decodes."""
    while (request := read(stream, Request)) is not None:
        put(request)
    _end()


def _end() -> NoReturn:
    os._exit(0)  # without waiting for the other thread: there is nothing to save


def _picture(path: str, shape: Shape | None) -> Result:
    try:
        with opened(Path(path)) as image:
            return result_of(image, shape)
    except UnreadableError as error:
        return str(error)


if __name__ == "__main__":
    main()
