"""Applies a function to many pictures in threads, and can be cancelled while a large one is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from sslviz.learning.dataset import ProgressCallback
from sslviz.learning.io.pictures import quiet

T = TypeVar("T")
R = TypeVar("R")

WAKE_S = 0.05
"""Time between two calls of the progress callback while a picture is decoded, in seconds."""


def in_threads(function: Callable[[T], R], items: Sequence[T], progress: ProgressCallback, text: str) -> Iterator[R]:
    """Iterate over the results of ``function`` for ``items``, in their order.

    Threads make sense for pictures, since Pillow decodes without holding the interpreter's lock. ``progress`` may raise
    to cancel; then, as when the iteration is given up, what is being decoded is not waited for.
    """
    with quiet():
        pool = ThreadPoolExecutor(torch.get_num_threads(), "pictures")
        try:
            for number, future in enumerate([pool.submit(function, item) for item in items]):
                progress(text, round(number / len(items), 2))
                while not wait([future], WAKE_S).done:
                    progress(text, round(number / len(items), 2))
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
