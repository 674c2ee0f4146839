"""Decoded pictures in the user's cache, which are mapped for reading.

They are in two files, those for training and those held out, as uint8[n, 3, side, side]: the system keeps in memory
what is used of them, and drops it when memory is needed for other things. A file has the pictures that can be read, in
their order, so that the pictures there are keep their places as more come.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslviz.core import picture_cache
from sslviz.core.log import logger
from sslviz.core.memory import size_text
from sslviz.learning.dataset import DataError
from sslviz.learning.io.decoder_process import Decoded

PARTS = ("train.bin", "held_out.bin")
CONTENTS = "contents.json"
FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Numbers of the errors by which a system says that a disk is full."""
MAP_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)
"""Flag of Linux's mmap, which Python names from 3.13 on: no memory is set aside for changes, of which there are none.
Otherwise, Linux refuses to map more than the memory that the machine has."""


class Contents(msgspec.Struct, frozen=True):
    """What the file :data:`CONTENTS` says of a complete set of decoded pictures.

    ``number``: of the pictures of the source. ``unreadable``: the reasons of those that cannot be read, by index.
    """

    number: int
    unreadable: dict[int, str]


class PictureStore:
    """The decoded pictures of a source. Not thread-safe.

    Args:
        key: the name of the set in the cache, see :mod:`sslviz.core.picture_cache`.
        held_out: whether each picture of the source is held out, bool[n].
        side: height and width of the pictures.
    """

    def __init__(self, key: str, held_out: npt.NDArray[np.bool_], side: int) -> None:
        self._key, self._held_out, self._side = key, held_out, side
        self._row_bytes = 3 * side**2
        self._size_bytes = len(held_out) * self._row_bytes
        self._folder: Path | None = None
        self._files: tuple[BinaryIO, ...] = ()

    def open(self) -> dict[int, str] | None:
        """Use the pictures that an earlier run has decoded. If they are damaged, remove them.

        Return the reasons of those that cannot be read, by index; None if there are no pictures to use.
        """
        folder = picture_cache.find(self._key)
        if folder is None:
            return None
        try:
            contents = msgspec.json.decode((folder / CONTENTS).read_bytes(), type=Contents)
            sizes = [(folder / name).stat().st_size for name in PARTS]
            if contents.number == len(self._held_out) and sizes == self._sizes(contents.unreadable):
                self._files = tuple((folder / name).open("rb") for name in PARTS)
                return contents.unreadable
        except (OSError, msgspec.MsgspecError):
            pass
        logger("engine").warning("%s is damaged; the pictures are decoded again", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return None

    def create(self) -> None:
        """Begin a new set. Raises DataError if there is no room for it."""
        with self._told():
            picture_cache.make_room(self._size_bytes)
            self._folder = picture_cache.create(self._key)
            self._files = tuple((self._folder / name).open("w+b") for name in PARTS)

    def append(self, indices: npt.NDArray[np.int64], answer: Decoded) -> None:
        """Add the pictures at ``indices``, int64[m], as far as they can be read. Raises DataError if that fails."""
        readable = np.array([not reason for reason in answer.reasons])
        pixels = np.frombuffer(answer.pixels, np.uint8).reshape(-1, self._row_bytes)
        held_out = self._held_out[indices[readable]]
        with self._told():
            for file, rows in zip(self._files, (pixels[~held_out], pixels[held_out]), strict=True):
                file.write(rows)
                file.flush()

    def complete(self, unreadable: dict[int, str]) -> None:
        """Put the set in its place, where the next run finds it. Raises DataError if it cannot be written."""
        assert self._folder is not None
        with self._told():
            contents = Contents(len(self._held_out), unreadable)
            (self._folder / CONTENTS).write_bytes(msgspec.json.encode(contents))
        with contextlib.suppress(OSError):  # on Windows, where the files are open; it is removed later then
            picture_cache.complete(self._folder)

    def mapped(self, part: int, number: int) -> Tensor:
        """Return the first ``number`` pictures for training (part 0) or held out (1), uint8[number, 3, side, side]."""
        shape = (number, 3, self._side, self._side)
        if not number:  # nothing can be mapped
            return torch.empty(shape, dtype=torch.uint8)
        pixels = np.frombuffer(_mapped(self._files[part], number * self._row_bytes), np.uint8)
        return torch.from_numpy(pixels.reshape(shape))

    def close(self, *, remove: bool) -> None:
        """Close the files; what is mapped stays so. ``remove``: whether to remove the set, which is not complete."""
        for file in self._files:
            with contextlib.suppress(OSError):  # a full disk
                file.close()
        if remove and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _sizes(self, unreadable: dict[int, str]) -> list[int] | None:
        """Return the sizes that the two files have to have; None if an index of an unreadable picture is impossible."""
        broken = np.array(list(unreadable), np.int64)
        if len(broken) and not (broken.min() >= 0 and broken.max() < len(self._held_out)):
            return None
        counts = np.bincount(self._held_out, minlength=2) - np.bincount(self._held_out[broken], minlength=2)
        return [int(count) * self._row_bytes for count in counts]

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Context manager that raises a DataError, with a sentence, if pictures cannot be written."""
        try:
            yield
        except picture_cache.CacheFullError as error:
            raise DataError(str(error)) from error
        except OSError as error:
            folder = picture_cache.pictures_folder()
            if error.errno in FULL:
                needed, free = size_text(self._size_bytes), size_text(shutil.disk_usage(folder).free)
                text = f"Disk full: the decoded pictures need {needed}, and {free} are free in {folder}."
                raise DataError(f"{text} Free some space, or set side to a smaller value.") from error
            why = (error.strerror or str(error)).lower()
            raise DataError(f"{folder} cannot be written: {why}. Decoded pictures are kept there: check it.") from error


def _mapped(file: BinaryIO, size_bytes: int) -> mmap.mmap:
    """Return the beginning of a file as memory; if that is changed, the file is not."""
    if sys.platform != "linux":
        return mmap.mmap(file.fileno(), size_bytes, access=mmap.ACCESS_COPY)
    private, access = mmap.MAP_PRIVATE | MAP_NORESERVE, mmap.PROT_READ | mmap.PROT_WRITE
    return mmap.mmap(file.fileno(), size_bytes, flags=private, prot=access)
