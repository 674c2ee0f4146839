"""Looks at some pictures of the user's own, by processes that decode them, to see what all are like."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import NamedTuple

from sslviz.core.found import Unreadable
from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.decoder_process import Decoded
from sslviz.learning.io.decoders import Decoder, decoders_of, joined
from sslviz.learning.io.picture_look import OneLook
from sslviz.learning.io.picture_source import PictureSource
from sslviz.learning.io.pictures import quiet

LOOKED_AT = 100
"""Number of pictures that are decoded to see what all are like."""
ALONE = 16
"""Number of pictures for which no further process is started."""
WAIT_S = 0.05
"""Interval in seconds at which progress is reported and a cancellation noticed."""


class Looks(NamedTuple):
    """What some pictures are like; ``unreadable``: those of them that cannot be read."""

    looks: list[OneLook]
    unreadable: list[Unreadable]


_last: dict[bytes, Looks] = {}
"""The looks at the last source, by its fingerprint: it is looked at before a run and again at its start."""


def look_at(source: PictureSource, progress: ProgressCallback) -> Looks:
    """Return what each of the first pictures is like.

    Raises:
        DataError: no picture can be decoded.
    """
    fingerprint = source.fingerprint()
    looks = _last.get(fingerprint)
    if looks is None:
        looks = _looked_at(source, progress) if len(source) else Looks([], [])
        _last.clear()
        _last[fingerprint] = looks
    return looks


def _looked_at(source: PictureSource, progress: ProgressCallback) -> Looks:
    number = min(LOOKED_AT, len(source))
    decoders = decoders_of(source, None, max(1, number // ALONE))
    shares = [range(number)[place :: len(decoders)] for place in range(len(decoders))]
    with quiet(), ThreadPoolExecutor(len(decoders), "pictures") as pool:
        looking = [pool.submit(_looks, decoder, share) for decoder, share in zip(decoders, shares, strict=True)]
        try:
            while wait(looking, WAIT_S).not_done:
                progress("Looking at pictures", None)
        finally:
            for decoder in decoders:
                decoder.cancel()
    looks, reasons = dict[int, OneLook](), dict[int, str]()
    for share, future in zip(shares, looking, strict=True):
        answer = future.result()
        reasons |= {index: reason for index, reason in zip(share, answer.reasons, strict=True) if reason}
        looks |= zip([index for index in share if index not in reasons], answer.looks, strict=True)
    unreadable = [Unreadable(source.names[index], reasons[index]) for index in sorted(reasons)]
    return Looks([looks[index] for index in sorted(looks)], unreadable)


def _looks(decoder: Decoder, indices: Sequence[int]) -> Decoded:
    """Return what pictures are like, one after the other so that a cancellation is noticed."""
    with contextlib.closing(decoder):
        return joined(decoder.decode([index]) for index in indices)
