"""Helpers of generated data sets: chunks, between which progress is reported, and balanced labels."""

from __future__ import annotations

import torch
from torch import Tensor


def chunk_sizes(count: int, largest: int) -> list[int]:
    """Divide ``count`` samples into chunks of at most ``largest``; only the last chunk may be smaller."""
    return [min(largest, count - first) for first in range(0, count, largest)]


def balanced_labels(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """Return labels in random order, int64[count]; the classes' counts differ by at most one."""
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
