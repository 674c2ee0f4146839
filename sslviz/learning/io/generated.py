"""Helpers of generated data sets: the sizes of chunks, and balanced labels.

The samples are generated chunk by chunk, so that progress can be reported after each chunk.
"""

from __future__ import annotations

import torch
from torch import Tensor


def chunk_sizes(count: int, largest: int) -> list[int]:
    """Return sizes of chunks that add up to ``count`` samples: ``largest`` each, but the last may be smaller."""
    return [min(largest, count - first) for first in range(0, count, largest)]


def balanced_labels(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """Return class labels in random order, int64[count]; the sizes of any two classes differ by at most 1."""
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
