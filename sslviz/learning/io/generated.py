"""Helpers of the data sets whose samples this program generates.

:func:`draw_in_chunks` draws the held-out and the training samples, and reports progress between the chunks.
:func:`balanced_labels` draws labels such that all classes occur equally often.
:func:`draw_masks` draws shapes that are given by signed distance functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from sslviz.learning.dataset import ProgressCallback, Samples

SignedDistance = Callable[[Tensor, Tensor], Tensor]
"""Returns the distance of points with the coordinates u and v, float32[k, H, W] each, from the edge of a shape; it is
negative inside the shape, and may be approximate."""


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


def draw_masks(shapes: Iterable[SignedDistance], labels: Tensor, u: Tensor, v: Tensor, scale: Tensor) -> Tensor:
    """Return the shape on each of n images as a mask, float32[n, H, W]: 1 inside the shape, 0 outside.

    Values between 0 and 1 occur only at edges, which are blurred over one pixel.

    Args:
        shapes: the shape for each label.
        labels: label of each image, int64[n].
        u: coordinate of each pixel relative to the shape on its image, float32[n, H, W].
        v: the other coordinate, float32[n, H, W].
        scale: number of pixels in a unit of the coordinates of each image, float32[n, 1, 1].
    """
    distance = torch.empty_like(u)
    for label, distance_from in enumerate(shapes):
        own = labels == label
        distance[own] = distance_from(u[own], v[own])
    return (0.5 - distance * scale).clamp_(0, 1)
