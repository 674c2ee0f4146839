"""Reports the progress of work on very many items, so that the work can be cancelled at any time."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

from sslviz.learning.dataset import ProgressCallback

T = TypeVar("T")

EVERY = 5000
"""Number of items between two calls of the progress callback: some ten milliseconds, if an item takes microseconds."""


def reported(items: Iterable[T], progress: ProgressCallback, text: str, every: int | None = None) -> Iterator[T]:
    """Iterate over ``items``; call ``progress`` with ``text`` before each ``every`` of them, by default :data:`EVERY`.

    ``progress`` may raise to cancel.
    """
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, every or EVERY)):
        progress(text, None)
        yield from chunk
