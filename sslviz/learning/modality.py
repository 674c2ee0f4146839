"""What a kind of data is: what its raw inputs are, and how a person is shown a piece of it."""

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
class Cards:
    """Pieces to look at: ``frames`` uint8[m, F, h, w, 3] (one for what stands still), ``texts`` m of them or none."""

    frames: npt.NDArray[np.uint8]
    texts: tuple[str, ...] = ()


class Kind(ABC):
    """Base of a kind of data: one file in ``kinds/``, decorated with ``@kinds.register``."""

    name: ClassVar[str]
    frames: ClassVar[int] = 1
    """the most that a card has"""

    @abstractmethod
    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        """What needs no learning, by name: float32[n · S, D] of every piece; the first is the raw input itself."""

    @abstractmethod
    def cards(self, samples: Samples, side: int) -> Cards:
        """How every piece is shown, no picture wider or higher than ``side`` pixels."""


kinds: Registry[Kind] = Registry("sslviz.learning.modalities")
