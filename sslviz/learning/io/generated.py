"""What data sets made on the spot share: segments of a size to report on and to be cancelled between, fair labels."""

from __future__ import annotations

import torch
from torch import Tensor


def chunk_sizes(count: int, largest: int) -> list[int]:
    """``count`` in parts of this size, the last one smaller."""
    return [min(largest, count - first) for first in range(0, count, largest)]


def balanced(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """int64[count] in random order, every class as often as far as it goes."""
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
