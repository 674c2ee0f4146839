"""Decodes pictures in the background, and keeps them decoded in the user's cache."""

from __future__ import annotations

import contextlib
import hashlib
import math
import threading
import weakref
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import PIL
from torch import Tensor

from sslviz.core.log import logger
from sslviz.learning.dataset import DataError, ProgressCallback
from sslviz.learning.io.decoder_process import Decoded
from sslviz.learning.io.decoders import CancelledError, Decoder, decoders_of
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.picture_store import PictureStore
from sslviz.learning.io.pictures import Shape, readable_formats

VERSION = 1
"""Number of the way in which pictures are decoded and kept; kept pictures of another one are not used."""
FIRST = 2048
"""Number of pictures that are decoded at normal priority, since the first step waits for them."""
CHUNK, CHUNK_BYTES = 32, 4_000_000
"""Maximum number and size of the files that are decoded by one request."""
WAIT_S = 0.05
"""Interval in seconds at which progress is reported, and a cancellation noticed, while pictures are waited for."""


class PictureReading:
    """The decoded pictures of a source; those that were not decoded before are decoded in the background.

    Several objects may be asked for the same pictures, see :func:`reading_of`. The decoding ends early when all of them
    are gone, or by :meth:`close`.
    """

    def __init__(self, pictures: _Pictures) -> None:
        self._pictures = pictures
        self._finalizer = weakref.finalize(self, pictures.close)

    @property
    def closed(self) -> bool:
        """Whether the reading has ended before all pictures were decoded."""
        return self._pictures.closed

    @property
    def unreadable(self) -> dict[int, str]:
        """Why pictures cannot be read, by their indices, as far as it is known."""
        with self._pictures.changed:
            return dict(self._pictures.unreadable)

    def wait(self, number: int, text: str, progress: ProgressCallback) -> None:
        """Wait until the first ``number`` pictures in the order are decoded.

        ``text``: what is reported, with {done} for the number so far.

        Raises:
            DataError: the pictures cannot be decoded or kept, or the reading was closed.
        """
        pictures = self._pictures
        try:
            while pictures.wait(number):
                done = min(pictures.done, number)
                progress(text.format(done=f"{done:,}"), round(done / number, 2))
        except DataError:
            self.close()
            raise

    def mapped(self, part: int, number: int) -> Tensor:
        """Return the first ``number`` pictures for training (part 0) or held out (1), uint8[number, 3, side, side]."""
        return self._pictures.mapped(part, number)

    def close(self) -> None:
        """End the decoding, unless it is complete; wait for the processes that decode, and remove what they made."""
        if not self._pictures.complete:
            self._finalizer()


class _Pictures:
    """The state that the threads of a :class:`PictureReading` share. ``order``: the indices of all pictures, int64[n].

    Attributes:
        changed: guards the next ones, and is notified when they change.
        done: number of pictures, in the order, that have been decoded.
        unreadable: why pictures cannot be read, by their indices.
        closed: whether the reading has ended.
    """

    def __init__(self, source: PictureSource, order: npt.NDArray[np.int64], shape: Shape, key: str) -> None:
        self.changed = threading.Condition()
        self.done, self.unreadable, self.closed = 0, dict[int, str](), False
        self._number, self._order = len(order), order
        self._store = PictureStore(key, np.asarray(source.held_out, bool), shape.side)
        self._error: DataError | None = None
        self._decoders: list[Decoder] = []
        self._threads: list[threading.Thread] = []
        unreadable = self._store.open()
        if unreadable is None:
            self._begin(source, shape)
        else:
            self.done, self.unreadable = self._number, unreadable

    @property
    def complete(self) -> bool:
        """Whether all pictures have been decoded."""
        return self.done == self._number

    def wait(self, number: int) -> bool:
        """Wait a moment for the first ``number`` pictures; return whether they are still waited for."""
        with self.changed:
            self.changed.wait_for(lambda: self.done >= number or self._error or self.closed, WAIT_S)
            if self.done >= number:
                return False
            if self._error:
                raise self._error
            if self.closed:
                raise DataError("The reading of the pictures has ended. Start a new run.")
            return True

    def mapped(self, part: int, number: int) -> Tensor:
        with self.changed:
            return self._store.mapped(part, number)

    def close(self) -> None:
        """End the threads; what is not complete is removed."""
        if threading.current_thread() in self._threads:  # a garbage collection there: it cannot wait for itself
            threading.Thread(target=self.close, name="pictures", daemon=True).start()
            return
        with self.changed:
            self.closed = not self.complete
            self.changed.notify_all()
        for decoder in self._decoders:
            decoder.cancel()
        for thread in self._threads:
            thread.join()
        self._store.close(remove=self.closed)

    def _begin(self, source: PictureSource, shape: Shape) -> None:
        """Start the threads that decode the pictures. Raises DataError if there is no room for them."""
        self._store.create()
        self._chunks = _chunks(self._order, source.file_sizes())
        self._decoders = decoders_of(source, shape, math.ceil(self._number / CHUNK))
        self._threads = [
            threading.Thread(target=self._run, args=[each], name="pictures", daemon=True) for each in self._decoders
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, decoder: Decoder) -> None:
        """Decode one chunk after the other, and append each to the files when it is its turn."""
        try:
            with contextlib.closing(decoder):
                while (chunk := self._next_chunk()) is not None:
                    self._append(chunk, decoder.decode(self._order[chunk].tolist()))
        except CancelledError:
            pass
        except DataError as error:
            self._fail(error)
        except Exception as error:
            logger("engine").exception("the pictures cannot be decoded")
            self._fail(DataError(f"The pictures cannot be decoded ({error}). Start again."))

    def _next_chunk(self) -> slice | None:
        with self.changed:
            return None if self.closed or self._error else next(self._chunks, None)

    def _append(self, chunk: slice, answer: Decoded) -> None:
        indices = self._order[chunk]
        with self.changed:
            self.changed.wait_for(lambda: self.done == chunk.start or self.closed or self._error)
            if self.closed or self._error:
                return
            self._store.append(indices, answer)
            reasons = zip(indices.tolist(), answer.reasons, strict=True)
            self.unreadable |= {index: reason for index, reason in reasons if reason}
            if chunk.stop == self._number:
                self._store.complete(self.unreadable)
            if chunk.start < FIRST <= chunk.stop:
                for decoder in self._decoders:
                    decoder.lower_priority()
            self.done = chunk.stop
            self.changed.notify_all()

    def _fail(self, error: DataError) -> None:
        with self.changed:
            self._error = self._error or error
            self.changed.notify_all()


_readings: weakref.WeakValueDictionary[str, PictureReading] = weakref.WeakValueDictionary()
_lock = threading.Lock()


def reading_of(source: PictureSource, order: npt.NDArray[np.int64], shape: Shape) -> PictureReading:
    """Return the reading of these pictures that this process has begun already, or begin one.

    ``order``: the indices of all pictures, int64[n]. Raises DataError if they cannot be kept.
    """
    key = _key(source, shape)
    with _lock:
        reading = _readings.get(key)
        if reading is None or reading.closed:
            _readings[key] = reading = PictureReading(_Pictures(source, order, shape, key))
        return reading


def _key(source: PictureSource, shape: Shape) -> str:
    """Return a text that is another one if the decoded pictures would be others."""
    digest = hashlib.sha256(repr((VERSION, PIL.__version__, readable_formats(), *shape)).encode())
    digest.update(np.packbits(np.asarray(source.held_out, bool)).tobytes())
    digest.update(source.fingerprint())
    return digest.hexdigest()[:32]


def _chunks(order: npt.NDArray[np.int64], sizes: Sequence[int] | None) -> Iterator[slice]:
    """Yield the parts of the order that are decoded at once; ``sizes``: those of the files in bytes, by index."""
    start = total = 0
    for place, index in enumerate(order.tolist()):
        size = sizes[index] if sizes else 0
        if place > start and (place - start == CHUNK or total + size > CHUNK_BYTES):
            yield slice(start, place)
            start, total = place, 0
        total += size
    yield slice(start, len(order))
