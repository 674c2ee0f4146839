"""What a modality is: what its raw inputs are, and how a person is shown a segment of it."""

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
    """Pieces to look at: ``frames`` uint8[m, F, h, w, 3] (one for what stands still), ``texts`` m of them or none."""

    frames: npt.NDArray[np.uint8]
    texts: tuple[str, ...] = ()


class Modality(ABC):
    """Base of a modality: one file in ``modalities/``, decorated with ``@modalities.register``."""

    name: ClassVar[str]
    frames: ClassVar[int] = 1
    """the most that a card has"""

    @abstractmethod
    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """What needs no learning, by name: float32[n · S, D] of every segment; the first is the raw input itself."""

    @abstractmethod
    def cards(self, samples: Samples, side: int) -> SampleCards:
        """How every segment is shown, no picture wider or higher than ``side`` pixels."""


modalities: Registry[Modality] = Registry("sslviz.learning.modalities")
