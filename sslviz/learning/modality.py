"""The base class of modalities: raw inputs as a baseline, and images or texts that show segments to the user."""

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
    """What shows m segments to the user.

    ``frames``: uint8[m, F, h, w, 3]; F is 1 except for video, and 0 for text. ``texts``: one per segment, or none.
    """

    frames: npt.NDArray[np.uint8]
    texts: tuple[str, ...] = ()


class Modality(ABC):
    """Base class of the modalities: one file each in ``modalities/``, decorated with ``@modalities.register``."""

    name: ClassVar[str]
    frames: ClassVar[int] = 1
    """Maximum number of frames that show a segment, F."""

    @abstractmethod
    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """Return representations that need no learning, by name: float32[n · S, D] of all segments.

        The first is the raw input itself.
        """

    @abstractmethod
    def cards(self, samples: Samples, side: int) -> SampleCards:
        """Return what shows each of the n · S segments; images are at most ``side`` pixels wide and high."""


modalities: Registry[Modality] = Registry("sslviz.learning.modalities")
