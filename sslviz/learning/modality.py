"""The base class of modalities.

A modality provides raw inputs as a baseline of learned representations, and images or texts that show segments.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from sslviz.core.registry import Registry
from sslviz.learning.dataset import Samples


@dataclass(frozen=True)
class SampleCards:
    """Images or texts that represent m segments in the window.

    ``frames``: uint8[m, F, h, w, 3]; the number F of images per segment is 1 for images and sound, more for video, and
    0 for text. ``texts``: one string per segment for text; empty for the other modalities.
    """

    frames: npt.NDArray[np.uint8]
    texts: tuple[str, ...] = ()


class Modality(ABC):
    """Base class of the modalities.

    Every modality is a subclass in a file of its own in ``modalities/``, decorated with ``@modalities.register``.
    """

    name: ClassVar[str]
    frames: ClassVar[int] = 1
    """Maximum number F of images that represent a segment."""

    @abstractmethod
    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """Return representations of all segments that need no learning, as a dictionary from name to representation.

        Learned representations are compared with the returned ones. A representation is float32[n · S, D], one
        row for each of S segments of n samples. The first one is the raw input itself; any others are computed from the
        raw input.
        """

    @abstractmethod
    def cards(self, samples: Samples, side: int) -> SampleCards:
        """Return images or texts that represent all segments; no side of an image is longer than ``side`` pixels."""


modalities: Registry[Modality] = Registry("sslviz.learning.modalities")
