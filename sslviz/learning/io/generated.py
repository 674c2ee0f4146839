"""Helpers of the data sets whose samples this program generates.

:func:`draw_in_chunks` draws the held-out and the training samples, and reports progress between the chunks.
:func:`balanced_labels` draws labels such that all classes occur equally often.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sslviz.learning.dataset import ProgressCallback, Samples


def draw_in_chunks(
    counts: tuple[int, int], chunk: int, draw: Callable[[int, int], Samples], progress: ProgressCallback, text: str
) -> tuple[Samples, Samples]:
    """Return held-out samples and training samples.

    The held-out samples are drawn first, so they do not depend on the number of training samples.

    Args:
        counts: number of held-out samples, and number of training samples.
        chunk: number of samples that are drawn at once; the last chunk of either part may be smaller.
        draw: returns samples, given the part, 0 for held out and 1 for training, and the number of samples to draw.
        progress: called before each chunk.
        text: what is being drawn, for ``progress``.
    """
    sizes = [(part, min(chunk, count - first)) for part, count in enumerate(counts) for first in range(0, count, chunk)]
    parts: tuple[list[Samples], list[Samples]] = ([], [])
    for number, (part, size) in enumerate(sizes):
        progress(text, number / len(sizes))
        parts[part].append(draw(part, size))
    return Samples.concatenate(parts[0]), Samples.concatenate(parts[1])


def balanced_labels(count: int, classes: int, generator: torch.Generator) -> Tensor:
    """Return the class labels of ``count`` samples in random order, int64[count].

    The classes are numbered from 0 to ``classes`` - 1 and occur equally often, up to a difference of one sample.
    """
    return (torch.arange(count) % classes)[torch.randperm(count, generator=generator)]
