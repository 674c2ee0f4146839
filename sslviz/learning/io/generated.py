"""Helpers of generated data sets: sizes of chunks, between which progress is reported, and balanced labels."""

from __future__ import annotations

import torch
from torch import Tensor


def chunk_sizes(count: int, largest: int) -> list[int]:
    """Return the sizes of the chunks that make up ``count`` samples: ``largest`` each, the last maybe smaller."""
    return [min(largest, count - first) for first in range(0, count, largest)]


def balanced_labels(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """Return class labels in random order, int64[count]; the numbers of labels of two classes differ by at most 1."""
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
