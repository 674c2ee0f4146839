"""What there is in pictures of the user's own, wherever they come from."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from msgspec.structs import asdict
from torch import Tensor

from sslviz.core.found import Found, FoundLabel, Unreadable
from sslviz.core.settings import SettingError, Value
from sslviz.learning.dataset import PreviewCallback, ProgressCallback
from sslviz.learning.io.picture_look import OneLook, look_of
from sslviz.learning.io.picture_looks import look_at
from sslviz.learning.io.picture_preview import PREVIEWED, preview
from sslviz.learning.io.picture_source import PictureSource

VIEWS: dict[str, Value] = {"crop": 0.6, "mixing": 0.0, "inversion": 0.0}
"""Strengths of augmentations that suit most pictures; see :func:`sslviz.core.suited.suited_settings`."""
LEAST = 8
"""Number of pictures that are needed to train."""


def survey(source: PictureSource, progress: ProgressCallback, show: PreviewCallback | None = None) -> Found:
    """Return what was found, by the headers and the pixels of some hundred pictures.

    ``show`` is called with the first pictures, which are a fair sample of all.

    Raises:
        SettingError: there are too few pictures.
    """
    if show is not None:
        preview(list(enumerate(source.names[: 2 * PREVIEWED])), source.image, progress, show)
    looks, unreadable = look_at(source, progress)
    broken = {each.file for each in unreadable}
    kept = torch.tensor([index for index, name in enumerate(source.names) if name not in broken], dtype=torch.int64)
    check_number(source, len(kept), unreadable)
    num_held_out = sum(source.held_out[index] for index in kept.tolist())
    return found_in(source, looks, kept, num_held_out, [*source.unreadable, *unreadable])


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
