"""Helpers of the data sets whose samples this program generates.

:func:`chunk_sizes` divides the samples into chunks, which are generated one by one so that progress can be reported
between them. :func:`balanced_labels` draws labels such that all classes occur equally often.
"""

from __future__ import annotations

import torch
from torch import Tensor


def chunk_sizes(count: int, largest: int) -> list[int]:
    """Return sizes of chunks that add up to ``count`` samples: ``largest`` each, but the last may be smaller."""
    return [min(largest, count - first) for first in range(0, count, largest)]


def balanced_labels(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """Return the class labels of ``count`` samples in random order, int64[count].

    The classes are numbered from 0 to ``classes`` - 1 and occur equally often, up to a difference of one sample.
    """
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
