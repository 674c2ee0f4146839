"""Small pictures of some of the user's own, which are shown before all of them are read."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from sslviz.core.plain_text import plain_text
from sslviz.learning.dataset import PreviewCallback, ProgressCallback
from sslviz.learning.io.in_threads import in_threads
from sslviz.learning.io.picture_look import white_in
from sslviz.learning.io.pictures import Pixels, UnreadableError, opened, rgb

K = TypeVar("K")

PREVIEWED = 16
"""Number of pictures that are shown."""
SIDE = 64
"""Side of the small pictures in pixels."""
LONGEST_S = 0.4
"""Time after which no further picture is decoded, in seconds: some are very large."""
PATIENCE_S = 0.25
"""Time in seconds after which the pictures are shown that were met by then, though there are fewer."""


def preview(
    pictures: Sequence[tuple[K, str]],
    opened: Callable[[K], AbstractContextManager[Image.Image]],
    progress: ProgressCallback,
    show: PreviewCallback,
) -> None:
    """Call ``show`` with the first of ``pictures`` that can be read; not at all if none can.

    Each of ``pictures`` is what ``opened`` opens, and its name. ``progress`` may raise to cancel.
    """

    def decode(picture: tuple[K, str]) -> tuple[Pixels, str] | None:
        try:
            with opened(picture[0]) as image:
                return rgb(image, SIDE, "pad", white_in(image)), picture[1]
        except UnreadableError:
            return None

    found, end = list[tuple[Pixels, str]](), time.monotonic() + LONGEST_S
    for each in in_threads(decode, pictures, progress, "Looking at pictures"):
        found += [each] if each is not None else []
        if len(found) == PREVIEWED or (found and time.monotonic() > end):
            break
    if found:
        images, names = zip(*found, strict=True)
        show(np.stack(images), names)


class FirstPictures:
    """Shows the first pictures that a scan of ``root`` meets, once, while the scan goes on."""

    def __init__(self, root: Path, progress: ProgressCallback, show: PreviewCallback) -> None:
        self._root, self._progress, self._show = root, progress, show
        self._end = time.monotonic() + PATIENCE_S
        self._shown = False

    def __call__(self, files: Sequence[str]) -> None:
        """Show some of ``files``, which are paths in the folder, if they are enough."""
        if self._shown or not files or (len(files) < PREVIEWED and time.monotonic() < self._end):
            return
        self._shown = True
        some = files[:: max(1, len(files) // PREVIEWED)]
        pictures = [(self._root / file, plain_text(file)) for file in some]
        preview(pictures, opened, self._progress, self._show)
