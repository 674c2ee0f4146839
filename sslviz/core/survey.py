"""Messages about data of the user's own: the window asks what there is, and the engine answers before any training."""

from __future__ import annotations

import msgspec

from sslviz.core.found import Found
from sslviz.core.suited import SuitedSetting
from sslviz.core.wire import Array, Frozen, expect

AUTO = "auto"
"""Value of the setting ``device`` that stands for the fastest device."""


class SmallPictures(msgspec.Struct, frozen=True):
    """Some of the pictures that were found, with their names: ``images`` is uint8[n, H, W, 3]."""

    images: Array
    names: tuple[str, ...]

    def verify(self) -> None:
        """Raise ValueError if the pictures have another shape or number."""
        expect("images", self.images, "uint8", len(self.names), None, None, 3)


class Survey(Frozen, frozen=True):
    """Request a look at data of the user's own: those at ``path``, which the data set called ``data`` opens.

    The answer is a :class:`Surveyed`; while the engine looks, it sends Progress and :class:`Surveying`. A Survey
    cancels an earlier Survey that has not been answered yet. If ``path`` is empty, the Survey only cancels. ``device``
    is the value of the setting, on which the settings that suit the data depend.
    """

    data: str
    path: str
    device: str = AUTO


class Surveying(Frozen, frozen=True):
    """Shows the first pictures that were met in the :class:`Survey` of the same ``data`` and ``path``."""

    data: str
    path: str
    pictures: SmallPictures

    def verify(self) -> None:
        self.pictures.verify()


class Surveyed(Frozen, frozen=True):
    """Answers the :class:`Survey` of the same ``data``, ``path`` and ``device``.

    ``found`` is what was found, and ``suited`` are the settings that suit it. If the data cannot be used, ``found`` is
    None and ``problem`` is a sentence for the user that says why. ``pictures`` are a fair sample of those that were
    found.
    """

    data: str
    path: str
    found: Found | None = None
    suited: tuple[SuitedSetting, ...] = ()
    problem: str = ""
    device: str = AUTO
    pictures: SmallPictures | None = None

    def verify(self) -> None:
        if self.pictures is not None:
            self.pictures.verify()
