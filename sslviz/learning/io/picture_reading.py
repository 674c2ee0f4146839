"""Decodes pictures in the background, and keeps them decoded in the user's cache.

The pictures are in two files, those for training and those held out, as uint8[n, 3, side, side], and are mapped for
reading: the system keeps in memory what is used of them, and drops it when memory is needed for other things. A file
has the pictures that can be read, in their order, so that the pictures there are keep their places as more come.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import math
import shutil
import threading
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
import PIL
import torch
from torch import Tensor

from sslviz.core import picture_cache
from sslviz.core.log import logger
from sslviz.core.memory import size_text
from sslviz.learning.dataset import DataError, ProgressCallback
from sslviz.learning.io.decoder_process import Decoded
from sslviz.learning.io.decoders import CancelledError, Decoder, decoders_of
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.pictures import Shape

VERSION = 1
"""Number of the way in which pictures are decoded and kept; kept pictures of another one are not used."""
PARTS = ("train.bin", "held_out.bin")
CONTENTS = "contents.json"
CHUNK, CHUNK_BYTES = 32, 4_000_000
"""Maximum number and size of the files that are decoded by one request."""
WAIT_S = 0.05
"""Interval in seconds at which progress is reported, and a cancellation noticed, while pictures are waited for."""


class Contents(msgspec.Struct, frozen=True):
    """What the file :data:`CONTENTS` says of a complete set of decoded pictures.

    ``number``: of the pictures of the source. ``unreadable``: the reasons of those that cannot be read, by index.
    """

    number: int
    unreadable: dict[int, str]


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
                progress(text.format(done=f"{min(pictures.done, number):,}"), round(pictures.done / number, 2))
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
        self._number, self._order, self._side, self._key = len(order), order, shape.side, key
        self._held_out = np.asarray(source.held_out, bool)
        self._error: DataError | None = None
        self._folder: Path | None = None
        self._files: tuple[BinaryIO, ...] = ()
        self._decoders: list[Decoder] = []
        self._threads: list[threading.Thread] = []
        if not self._open():
            self._begin(source, shape)

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
        if not number:
            return torch.empty((0, 3, self._side, self._side), dtype=torch.uint8)
        with self.changed:
            shape = (number, 3, self._side, self._side)
            return torch.from_numpy(np.memmap(self._files[part], np.uint8, "c", shape=shape))

    def close(self) -> None:
        """End the threads; what is not complete is removed."""
        with self.changed:
            self.closed = not self.complete
            self.changed.notify_all()
        for decoder in self._decoders:
            decoder.cancel()
        for thread in self._threads:
            thread.join()
        for file in self._files:
            with contextlib.suppress(OSError):  # a full disk
                file.close()
        if self.closed and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    # ------------------------------------------------------------------- pictures that were decoded before

    def _open(self) -> bool:
        """Use the pictures of an earlier run; return whether there are any. Remove them if they are damaged."""
        folder = picture_cache.find(self._key)
        if folder is None:
            return False
        try:
            contents = msgspec.json.decode((folder / CONTENTS).read_bytes(), type=Contents)
            sizes = [(folder / name).stat().st_size for name in PARTS]
            if contents.number == self._number and sizes == self._sizes(contents.unreadable):
                self._files = tuple((folder / name).open("rb") for name in PARTS)
                self.done, self.unreadable = self._number, contents.unreadable
                return True
        except (OSError, msgspec.MsgspecError):
            pass
        logger("engine").warning("%s is damaged; the pictures are decoded again", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return False

    def _sizes(self, unreadable: dict[int, str]) -> list[int] | None:
        """Return the sizes that the two files have to have; None if an index of an unreadable picture is impossible."""
        broken = np.array(list(unreadable), np.int64)
        if len(broken) and not (broken.min() >= 0 and broken.max() < self._number):
            return None
        held_out = np.bincount(self._held_out, minlength=2) - np.bincount(self._held_out[broken], minlength=2)
        return [int(each) * self._row_bytes for each in held_out]

    @property
    def _row_bytes(self) -> int:
        return 3 * self._side**2

    # ------------------------------------------------------------------- pictures that are decoded now

    def _begin(self, source: PictureSource, shape: Shape) -> None:
        """Start the threads that decode the pictures. Raises DataError if there is no room for them."""
        with _told(self._number * self._row_bytes):
            picture_cache.make_room(self._number * self._row_bytes)
            self._folder = picture_cache.create(self._key)
            self._files = tuple((self._folder / name).open("w+b") for name in PARTS)
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
        broken = np.array([bool(reason) for reason in answer.reasons])
        pixels = np.frombuffer(answer.pixels, np.uint8).reshape(-1, self._row_bytes)
        indices = self._order[chunk]
        held_out = self._held_out[indices[~broken]]
        with self.changed:
            self.changed.wait_for(lambda: self.done == chunk.start or self.closed or self._error)
            if self.closed or self._error:
                return
            with _told(int(pixels.nbytes)):
                for file, rows in zip(self._files, (pixels[~held_out], pixels[held_out]), strict=True):
                    file.write(rows)
                    file.flush()
                reasons = zip(indices.tolist(), answer.reasons, strict=True)
                self.unreadable |= {index: reason for index, reason in reasons if reason}
                if chunk.stop == self._number:
                    self._complete()
            self.done = chunk.stop
            self.changed.notify_all()

    def _complete(self) -> None:
        """Put the folder in its place, where the next run finds it."""
        assert self._folder is not None
        (self._folder / CONTENTS).write_bytes(msgspec.json.encode(Contents(self._number, self.unreadable)))
        with contextlib.suppress(OSError):  # on Windows, where the files are open; it is removed later then
            picture_cache.complete(self._folder)

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
    said = hashlib.sha256(repr((VERSION, PIL.__version__, *shape)).encode())
    said.update(np.packbits(np.asarray(source.held_out, bool)).tobytes())
    said.update(source.fingerprint())
    return said.hexdigest()[:32]


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


@contextlib.contextmanager
def _told(size_bytes: int) -> Iterator[None]:
    """Context manager that raises a DataError, with a sentence, if pictures cannot be written."""
    try:
        yield
    except picture_cache.CacheFullError as error:
        raise DataError(str(error)) from error
    except OSError as error:
        folder = picture_cache.pictures_folder()
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = size_text(shutil.disk_usage(folder).free)
            text = f"Disk full: {size_text(size_bytes)} of decoded pictures need room, and {free} are free in {folder}."
            raise DataError(f"{text} Free some space, or set side to a smaller value.") from error
        why = (error.strerror or str(error)).lower()
        raise DataError(f"{folder} cannot be written: {why}. Decoded pictures are kept there: check it.") from error
