"""Pictures in a NumPy file: .npy with the pictures, or .npz with the pictures ``x`` and labels ``y``.

Nothing in a file is executed: arrays of Python objects, which NumPy keeps as pickles, are refused.
"""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from sslviz.core.entries import LabelEntry
from sslviz.core.memory import size_text
from sslviz.core.plain_text import named_error, one_line, plain_text
from sslviz.core.settings import SettingError
from sslviz.learning.dataset import DataError, ProgressCallback
from sslviz.learning.io.picture_labels import (
    MOST_CLASSES,
    MOST_NAME,
    Column,
    class_column,
    held_out_by_hash,
    place_in_order,
)
from sslviz.learning.io.picture_lists import left_out, own_labels, with_own
from sslviz.learning.io.picture_look import RANGES
from sslviz.learning.io.picture_settings import PictureLists
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.pictures import MOST_PIXELS, UnreadableError, why
from sslviz.learning.io.reported import reported

X = ("x", "X", "images", "data", "arr_0")
Y = ("y", "Y", "labels", "targets", "arr_1")
PARTS = (("x_train", "y_train"), ("x_test", "y_test"))
"""Names of the arrays in an .npz file: of pictures and of labels, and of both where they are split already."""
CHANNELS = (1, 3, 4)
MOST_BYTES = 4_000_000_000
"""Memory that the arrays of an .npz file may take; an .npy file is mapped."""
MOST_PICTURES = 2_000_000
MOST_VALUES = 20_000_000
"""Number of values, roughly, by which the values of black and of white are found."""
NUMBERS_FROM = 1000
"""Number of different whole numbers in ``y`` from which they are numbers and not classes."""

NPY, PICKLE = b"\x93NUMPY", b"\x80"
"""What .npy files and pickles begin with."""
OF_OBJECTS = ("Object arrays", "Python objects", "allow_pickle")
"""Texts by which NumPy's errors about arrays of Python objects are recognised."""
RUNS_CODE = "{} asks to run code and was not opened."

Array = npt.NDArray[Any]


@dataclass
class ArrayFile(PictureSource):
    """The pictures in the NumPy file ``file``; ``x`` has them as they are in it, [n, ...]; see :func:`as_images`."""

    file: Path = field(kw_only=True)
    x: Array = field(kw_only=True)
    low: float = 0.0
    high: float = 255.0
    """The values of black and of white."""
    order: Sequence[int] = ()

    @classmethod
    def opened(cls, path: str, progress: ProgressCallback, lists: PictureLists | None = None) -> ArrayFile:
        """Return the pictures in the file ``path``, with the labels if it has any.

        ``lists``: settings that name a list of pictures to leave out, and further labels, both by indices in the file.

        Raises:
            SettingError: ``path`` is empty, or no NumPy file, or its arrays are no pictures; or a list cannot be read.
            DataError: the file is damaged, or larger than the memory it may take.
        """
        file, lists = _file(path), lists or PictureLists()
        progress(f"Reading {plain_text(file.name)}", None)
        x, y, held_out = _arrays(file)
        images = as_images(x, plain_text(file.name))
        hashes = _places(len(images), progress)
        order = np.argsort(hashes).tolist()
        if held_out is None:
            held_out = np.array(held_out_by_hash(hashes), bool)
        name = plain_text(file.name)
        left = left_out(lists, (f"{name}[{index}]" for index in order), list(map(str, order)))
        order = left.rest(order)
        names = [f"{name}[{index}]" for index in order]
        places = torch.tensor(order, dtype=torch.int64)
        columns = [] if y is None else [column.select(places) for column in label_columns(y, len(images))]
        low, high = value_range(images)
        return cls(
            path=plain_text(file),
            names=names,
            held_out=held_out[order].tolist(),
            columns=with_own(own_labels(lists, names, progress, list(map(str, order))), columns),
            left_out=len(left.indices),
            unknown=left.unknown,
            file=file,
            x=images,
            low=low,
            high=high,
            order=order,
        )

    def identity(self) -> Iterable[bytes]:
        status = self.file.stat()
        yield b"%b\0%d\0%d" % (os.fsencode(self.file.resolve()), status.st_size, status.st_mtime_ns)
        yield np.asarray(self.order, np.int64).tobytes()

    @contextmanager
    def image(self, index: int) -> Iterator[Image.Image]:
        pixels = self.x[self.order[index]]
        if pixels.dtype != np.uint8:
            scaled = (np.asarray(pixels, np.float64) - self.low) * (255 / max(self.high - self.low, 1e-12))
            if not np.isfinite(scaled).all():
                raise UnreadableError("has values that are no numbers")
            pixels = scaled.clip(0, 255).round().astype(np.uint8)
        yield Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels))


def _places(number: int, progress: ProgressCallback) -> npt.NDArray[np.uint64]:
    """Return what gives a number of pictures their random order. ``progress`` may raise an exception to cancel."""
    texts = reported(map(str, range(number)), progress, f"Looking at {number:,} pictures")
    return np.fromiter(map(place_in_order, texts), np.uint64)


def as_images(x: Array, name: str) -> Array:
    """Return pictures as [n, height, width, channels] with 1, 3 or 4 channels.

    ``x`` is [n, height, width], has its channels last or first, or is [n, d] with square pictures of 1 or 3 channels
    in its rows. ``name`` is that of the file.

    Raises:
        SettingError: ``x`` has another shape, no numbers, or more or larger pictures than are read.
    """
    if x.dtype.kind not in "buif":
        raise SettingError("path", f"{name} has values of type {x.dtype} where the pictures are to be.")
    if x.ndim == 2:
        x = _of_rows(x)
    if x.ndim == 3:
        x = x[..., None]
    if x.ndim == 4 and x.shape[-1] not in CHANNELS and x.shape[1] in CHANNELS:
        x = x.transpose(0, 2, 3, 1)
    if x.ndim != 4 or x.shape[-1] not in CHANNELS or 0 in x.shape[1:]:
        raise SettingError(
            "path",
            f"{name} has an array of shape {tuple(x.shape)}; pictures are (n, height, width), "
            "(n, height, width, channels), (n, channels, height, width) or (n, height × width).",
        )
    number, height, width, _ = x.shape
    if number > MOST_PICTURES or height * width > MOST_PIXELS:
        raise SettingError(
            "path",
            f"{name} has {number:,} pictures of {width:,}×{height:,} pixels; at most {MOST_PICTURES:,} of "
            f"{MOST_PIXELS:,} pixels are read.",
        )
    return x


def _of_rows(x: Array) -> Array:
    """Return the rows of ``x``, [n, d], as square pictures of one or three channels, if d allows this."""
    for channels in (1, 3):
        side = math.isqrt(x.shape[1] // channels)
        if side and side * side * channels == x.shape[1]:
            return x.reshape(len(x), channels, side, side).transpose(0, 2, 3, 1)
    return x


def value_range(images: Array) -> tuple[float, float]:
    """Return the values of black and of white, by the type of the pictures and the values of some of them."""
    if images.dtype == np.uint8:
        return 0.0, 255.0
    if images.dtype == np.bool_:
        return 0.0, 1.0
    number = max(1, min(1000, MOST_VALUES // images[:1].size)) if len(images) else 1
    step = max(1, len(images) // number)
    values = np.asarray(images[::step], np.float64)
    values = values[np.isfinite(values)]
    lowest, highest = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    whites = (1.0, *RANGES)
    if images.dtype.kind in "ui":
        whites = (16.0, *RANGES) if highest > 1 else whites  # scikit-learn's digits have values up to 16
    if lowest >= 0 and highest > 0:
        return 0.0, next((white for white in whites if highest <= white), highest)
    if lowest >= -1 and highest <= 1:
        return -1.0, 1.0
    return lowest, highest


def label_columns(y: Array, number: int) -> list[Column]:
    """Return the labels that ``y`` has for a number of pictures: one for each of its columns.

    One column of whole numbers, texts or truth values is a label of classes; other numbers are those of a label of
    numbers. Rows with a single 1 among zeros are classes.

    Raises:
        SettingError: ``y`` has not one row for each picture.
    """
    if y.ndim not in (1, 2) or len(y) != number:
        raise SettingError("path", f"y has the shape {tuple(y.shape)}, and there are {number:,} pictures.")
    if y.ndim == 2 and y.shape[1] > 1 and _is_one_hot(y):
        y = y.argmax(1)
    columns = y.reshape(number, y.size // max(number, 1)).T
    named = ((f"y {k + 1}" if len(columns) > 1 else "class", values) for k, values in enumerate(columns))
    return [column for name, values in named if (column := _column(name, values)) is not None]


def _is_one_hot(y: Array) -> bool:
    return y.dtype.kind in "buif" and bool(((y == 0) | (y == 1)).all() and (y.sum(1) == 1).all())


def _column(name: str, values: Array) -> Column | None:
    known = ~np.isnan(values) if values.dtype.kind == "f" else np.full(len(values), fill_value=True)
    different = np.unique(values[known])
    whole = values.dtype.kind != "f" or bool((different == different.round()).all())
    if values.dtype.kind in "uif" and (not whole or len(different) > NUMBERS_FROM):
        numbers = torch.from_numpy(values.astype(np.float32))
        return Column(LabelEntry(name="number" if name == "class" else name), numbers)
    if not 2 <= len(different) <= MOST_CLASSES:
        return None
    texts = (f"{each:.0f}" if isinstance(each, float) else one_line(each, MOST_NAME) for each in values.tolist())
    return class_column(name, [text if is_known else "" for text, is_known in zip(texts, known, strict=True)])


def _file(path: str) -> Path:
    if not path:
        raise SettingError("path", "Choose an .npz or .npy file, by the setting path or by --data.")
    file = Path(path)
    try:
        file.stat()
    except OSError as error:
        raise SettingError("path", f"{plain_text(path)} {why(error)}.") from error
    if not file.is_file():
        raise SettingError("path", f"{plain_text(path)} is not a file.")
    return file


def _arrays(file: Path) -> tuple[Array, Array | None, npt.NDArray[np.bool_] | None]:
    """Return the pictures, their labels or None, and whether each is held out, or None if the file does not say."""
    name = plain_text(file.name)
    try:
        with file.open("rb") as opened:
            beginning = opened.read(len(NPY))
        if beginning.startswith(PICKLE):
            raise DataError(RUNS_CODE.format(name))
        if beginning == NPY:
            return np.load(file, mmap_mode="r", allow_pickle=False), None, None
        if not zipfile.is_zipfile(file):
            raise DataError(f"{name} is not a NumPy file.")
        _check_size(file)
        with np.load(file, allow_pickle=False) as arrays:
            return _chosen(arrays, name)
    except (SettingError, DataError):
        raise
    except Exception as error:  # damaged files raise errors of many types
        if any(text in str(error) for text in OF_OBJECTS):
            raise DataError(RUNS_CODE.format(name)) from error
        raise DataError(f"{name} is damaged, or not a NumPy file ({named_error(error)}).") from error


def _check_size(file: Path) -> None:
    """Raise DataError if the arrays in an .npz file take too much memory."""
    with zipfile.ZipFile(file) as archive:
        size = sum(each.file_size for each in archive.infolist())
    if size > MOST_BYTES:
        raise DataError(f"{plain_text(file.name)} takes {size_text(size)}; {size_text(MOST_BYTES)} is the most.")


def _chosen(arrays: Mapping[str, Array], name: str) -> tuple[Array, Array | None, npt.NDArray[np.bool_] | None]:
    (train, train_y), (test, test_y) = PARTS
    if train in arrays and test in arrays:
        parts = [_array(arrays, key, name) for key in (train, test)]
        labelled = train_y in arrays and test_y in arrays
        y = np.concatenate([_array(arrays, key, name) for key in (train_y, test_y)]) if labelled else None
        return np.concatenate(parts), y, np.arange(len(parts[0]) + len(parts[1])) >= len(parts[0])
    x, labels = (next((key for key in keys if key in arrays), None) for keys in (X, Y))
    if x is None:
        there = ", ".join(one_line(key, 30) for key in arrays) or "nothing"
        raise SettingError("path", f"{name} has no array called x; it has {there}.")
    return _array(arrays, x, name), None if labels is None else _array(arrays, labels, name), None


def _array(arrays: Mapping[str, Array], key: str, name: str) -> Array:
    """Return an array of an .npz file. Raises DataError if this part of the file is no array."""
    array = arrays[key]
    if not isinstance(array, np.ndarray):
        raise DataError(f"{name} is damaged: {key} is no array.")
    return array
