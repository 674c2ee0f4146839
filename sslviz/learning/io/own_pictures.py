"""Pictures of the user's own, wherever they come from: what they are like, and how they become samples of a data set.

A source gives pictures by their index. They are in a random order that does not depend on how many there are, so that
the first ones are a fair sample of all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import ClassVar, NamedTuple, TypeVar

import torch
from msgspec.structs import asdict
from PIL import Image
from torch import Tensor

from sslviz.core.found import Found, FoundLabel, Unreadable
from sslviz.core.memory import size_text
from sslviz.core.settings import SettingError, Value, Values
from sslviz.learning.dataset import DataError, PreviewCallback, ProgressCallback, Samples, Split
from sslviz.learning.io.picture_labels import LEAST_HELD_OUT, Column
from sslviz.learning.io.picture_look import OneLook, look_of, one_look, white_of
from sslviz.learning.io.picture_preview import PREVIEWED, preview
from sslviz.learning.io.picture_settings import PictureSettings
from sslviz.learning.io.pictures import UnreadableError, quiet, rgb

R = TypeVar("R")

VIEWS: dict[str, Value] = {"crop": 0.6, "mixing": 0.0, "inversion": 0.0}
"""Strengths of augmentations that suit most pictures; see :func:`sslviz.core.found.suited_settings`."""
LOOKED_AT = 100
"""Number of pictures that are decoded to see what all are like."""
LEAST = 8
"""Number of pictures that are needed to train."""
MOST_BYTES = 4_000_000_000
"""Memory that the decoded pictures may take."""
CHUNK = 32
"""Number of pictures that are decoded between two checks whether the work is cancelled."""


@dataclass
class PictureSource(ABC):
    """Pictures by their index, with labels.

    ``path``: where they are, for messages. ``names``: the name of each. ``held_out``: whether each is held out.
    ``columns``: their labels. ``unreadable`` and ``others``: as in :class:`~sslviz.core.found.Found`.
    """

    of_files: ClassVar[bool] = False
    """Whether each picture is a file of its own, with the name as its path in the folder ``path``."""
    path: str
    names: Sequence[str]
    held_out: Sequence[bool]
    columns: Sequence[Column]
    unreadable: list[Unreadable] = field(default_factory=list)
    others: int = 0

    @abstractmethod
    def image(self, index: int) -> AbstractContextManager[Image.Image]:
        """Open a picture. Raises UnreadableError; errors in its block become one too."""

    def __len__(self) -> int:
        return len(self.names)


def survey(source: PictureSource, progress: ProgressCallback, show: PreviewCallback | None = None) -> Found:
    """Return what was found, by the headers and the pixels of some hundred pictures.

    ``show`` is called with the first pictures, which are a fair sample of all.

    Raises:
        SettingError: there are too few pictures.
    """
    if show is not None:
        preview(enumerate(source.names[: 2 * PREVIEWED]), source.image, progress, show)
    looks, unreadable = _look_at(source, progress)
    broken = {each.file for each in unreadable}
    kept = torch.tensor([index for index, name in enumerate(source.names) if name not in broken], dtype=torch.int64)
    _check_number(source, len(kept), unreadable)
    num_held_out = sum(source.held_out[index] for index in kept.tolist())
    return _found(source, looks, kept, num_held_out, [*source.unreadable, *unreadable])


def load(source: PictureSource, values: Values, progress: ProgressCallback) -> Split:
    """Return the pictures as samples; those that cannot be read are left out and listed.

    ``values``: values of settings, among them those of :class:`PictureSettings`.

    Raises:
        SettingError: there are too few pictures.
        DataError: they would take too much memory.
    """
    settings = PictureSettings.of(values)
    side = settings.side
    size = len(source) * 3 * side**2
    if size > MOST_BYTES:
        most = int((MOST_BYTES / len(source) / 3) ** 0.5)
        raise DataError(
            f"{len(source):,} pictures of {side}×{side} pixels take {size_text(size)} of memory; "
            f"{size_text(MOST_BYTES)} is the most. Set side to {most} or less."
        )
    looks, _ = _look_at(source, progress)
    held_out = torch.tensor(source.held_out, dtype=torch.bool)
    order = torch.cat([(~held_out).nonzero()[:, 0], held_out.nonzero()[:, 0]])
    data, kept, unreadable = _read(source, order, _Shape(side, settings.fit, white_of(looks)), progress)
    _check_number(source, len(kept), unreadable)
    num_train = min(int((~held_out[kept]).sum()), len(kept) - LEAST_HELD_OUT)
    columns = [column.select(kept) for column in source.columns]
    labels = {column.entry.name: column.values for column in columns}
    files = tuple(source.names[index] for index in kept.tolist()) if source.of_files else ()
    samples = replace(Samples.whole(data, **labels), files=files)
    found = _found(source, looks, kept, len(kept) - num_train, [*source.unreadable, *unreadable])
    entries = tuple(column.entry for column in columns)
    return Split(samples.first(num_train), samples.select(slice(num_train, None)), entries, found=found)


class _Shape(NamedTuple):
    side: int
    fit: str
    white: float


def _read(
    source: PictureSource, order: Tensor, shape: _Shape, progress: ProgressCallback
) -> tuple[Tensor, Tensor, list[Unreadable]]:
    """Return the pictures that can be read, uint8[m, 3, side, side], their indices int64[m], and the other ones."""
    data = torch.empty((len(order), 3, shape.side, shape.side), dtype=torch.uint8)
    array, kept, unreadable = data.numpy(), list[int](), list[Unreadable]()
    indices = order.tolist()
    for index, result in _each(source, indices, lambda image: rgb(image, *shape), progress, "Reading pictures"):
        if isinstance(result, Unreadable):
            unreadable.append(result)
        else:
            array[len(kept)] = result
            kept.append(index)
    return data[: len(kept)], torch.tensor(kept, dtype=torch.int64), unreadable


def _each(
    source: PictureSource,
    indices: Sequence[int],
    function: Callable[[Image.Image], R],
    progress: ProgressCallback,
    text: str,
) -> Iterator[tuple[int, R | Unreadable]]:
    """Iterate over the pictures at ``indices``: yield each index with what ``function`` returns of the picture.

    Pictures are opened in threads, since Pillow decodes without holding the interpreter's lock.
    """

    def call(index: int) -> R | Unreadable:
        try:
            with source.image(index) as image:
                return function(image)
        except UnreadableError as error:
            return Unreadable(source.names[index], str(error))

    with quiet(), ThreadPoolExecutor(torch.get_num_threads(), "pictures") as pool:
        for start in range(0, len(indices), CHUNK):
            progress(text, round(start / len(indices), 2))
            chunk = indices[start : start + CHUNK]
            yield from zip(chunk, pool.map(call, chunk), strict=True)


def _look_at(source: PictureSource, progress: ProgressCallback) -> tuple[list[OneLook], list[Unreadable]]:
    """Return what each of the first pictures is like, and those of them that cannot be read."""
    indices = range(min(LOOKED_AT, len(source)))
    results = [result for _, result in _each(source, indices, one_look, progress, "Looking at pictures")]
    looks = [result for result in results if not isinstance(result, Unreadable)]
    return looks, [result for result in results if isinstance(result, Unreadable)]


def _found(
    source: PictureSource, looks: list[OneLook], kept: Tensor, num_held_out: int, unreadable: list[Unreadable]
) -> Found:
    """Return what was found, given the indices int64[m] of the pictures that can be read."""
    look = asdict(look_of(looks))
    names = source.columns[0].entry.names if source.columns else ()
    look["characters"] |= max(map(len, names), default=0) == 1
    return Found(
        path=source.path,
        number=len(kept),
        held_out=num_held_out,
        labels=tuple(FoundLabel(each.entry.name, each.select(kept).counts()) for each in source.columns),
        unreadable=tuple(unreadable),
        others=source.others,
        **look,
    )


def _check_number(source: PictureSource, number: int, unreadable: Sequence[Unreadable] = ()) -> None:
    """Raise SettingError if there are too few pictures."""
    if number >= LEAST:
        return
    count = {0: "no pictures", 1: "only one picture"}.get(number, f"only {number} pictures")
    first = next(iter([*unreadable, *source.unreadable]), None)
    why = f" {first.file} {first.reason}." if first is not None else ""
    raise SettingError("path", f"Found {count} in {source.path}; {LEAST} are needed at least.{why}")
