"""Pictures of the user's own, wherever they come from: what they are like, and how they become samples of a data set.

A source gives pictures by their index. They are in a random order that does not depend on how many there are, so that
the first ones are a fair sample of all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from msgspec.structs import asdict
from PIL import Image
from torch import Tensor

from sslviz.core.found import Found, FoundLabel, Unreadable
from sslviz.core.settings import SettingError, Value
from sslviz.learning.dataset import PreviewCallback, ProgressCallback
from sslviz.learning.io.picture_labels import Column
from sslviz.learning.io.picture_look import OneLook, look_of, one_look
from sslviz.learning.io.picture_preview import PREVIEWED, preview
from sslviz.learning.io.pictures import UnreadableError, quiet

R = TypeVar("R")

VIEWS: dict[str, Value] = {"crop": 0.6, "mixing": 0.0, "inversion": 0.0}
"""Strengths of augmentations that suit most pictures; see :func:`sslviz.core.found.suited_settings`."""
LOOKED_AT = 100
"""Number of pictures that are decoded to see what all are like."""
LEAST = 8
"""Number of pictures that are needed to train."""
CHUNK = 32
"""Number of pictures that are decoded between two checks whether the work is cancelled."""


@dataclass
class PictureSource(ABC):
    """Pictures by their index, with labels.

    ``path``: where they are, for messages. ``names``: the name of each. ``held_out``: whether each is held out.
    ``columns``: their labels. ``unreadable``, ``others``, ``left_out`` and ``unknown``: as in
    :class:`~sslviz.core.found.Found`.
    """

    path: str
    names: Sequence[str]
    held_out: Sequence[bool]
    columns: Sequence[Column]
    unreadable: list[Unreadable] = field(default_factory=list)
    others: int = 0
    left_out: int = 0
    unknown: Sequence[str] = ()

    @abstractmethod
    def identity(self) -> Iterable[bytes]:
        """Return what tells these pictures from others: their paths, with the size and the time of the last change."""

    def paths(self) -> Sequence[bytes] | None:
        """Return the paths of all pictures; None if they are no files."""
        return None

    def file_sizes(self) -> Sequence[int] | None:
        """Return the sizes of the files in bytes; None if the pictures are no files."""
        return None

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
    looks, unreadable = look_at(source, progress)
    broken = {each.file for each in unreadable}
    kept = torch.tensor([index for index, name in enumerate(source.names) if name not in broken], dtype=torch.int64)
    check_number(source, len(kept), unreadable)
    num_held_out = sum(source.held_out[index] for index in kept.tolist())
    return found_in(source, looks, kept, num_held_out, [*source.unreadable, *unreadable])


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


def look_at(source: PictureSource, progress: ProgressCallback) -> tuple[list[OneLook], list[Unreadable]]:
    """Return what each of the first pictures is like, and those of them that cannot be read."""
    indices = range(min(LOOKED_AT, len(source)))
    results = [result for _, result in _each(source, indices, one_look, progress, "Looking at pictures")]
    looks = [result for result in results if not isinstance(result, Unreadable)]
    return looks, [result for result in results if isinstance(result, Unreadable)]


def found_in(
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
        left_out=source.left_out,
        unknown=tuple(source.unknown),
        **look,
    )


def check_number(source: PictureSource, number: int, unreadable: Sequence[Unreadable] = ()) -> None:
    """Raise SettingError if there are too few pictures."""
    if number >= LEAST:
        return
    count = {0: "no pictures", 1: "only one picture"}.get(number, f"only {number} pictures")
    first = next(iter([*unreadable, *source.unreadable]), None)
    why = f" {first.file} {first.reason}." if first is not None else ""
    raise SettingError("path", f"Found {count} in {source.path}; {LEAST} are needed at least.{why}")
