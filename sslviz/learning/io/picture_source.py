"""Pictures of the user's own, wherever they come from, by their index.

They are in a random order that does not depend on how many there are, so that the first ones are a fair sample of all.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from PIL import Image

from sslviz.core.found import Unreadable
from sslviz.learning.io.picture_labels import Column


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

    def fingerprint(self) -> bytes:
        """Return a hash of :meth:`identity`."""
        sha256 = hashlib.sha256()
        for each in self.identity():
            sha256.update(each)
        return sha256.digest()

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
