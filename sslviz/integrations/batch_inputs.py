"""Finds inputs, labels and images in a batch, as the data loaders of different libraries make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

MAX_VIEWS = 2
"""Number of views of each sample that are embedded at most."""
IMAGE_DIMS, IMAGE_CHANNELS = 4, (1, 3)
"""Number of dimensions of a batch of images, [n, C, H, W], and the numbers of channels C of images that are shown."""


class BatchInputs(NamedTuple):
    """What a network is given for n samples, and what is shown of them.

    ``views``: the inputs, [n, …]; two tensors if the batch has two views of each sample. ``labels``: n labels; None if
    the batch has none.
    """

    views: tuple[Tensor, ...]
    labels: object = None

    @property
    def images(self) -> Tensor | None:
        """The inputs of the first view if they are images, [n, 1 or 3, H, W]; None otherwise."""
        first = self.views[0]
        is_image = first.ndim == IMAGE_DIMS and first.shape[1] in IMAGE_CHANNELS
        return first if is_image else None


def batch_inputs(batch: object) -> BatchInputs:
    """Return the inputs and labels in a batch.

    The batch is an array or a tensor of inputs, or a tuple, list or dictionary of inputs and labels, also within one
    another, such as ``(images, labels)`` or ``((view_a, view_b), labels, file_names)``. The inputs are the first array
    with two dimensions or more, and the next of the same shape, as a second view. The labels are the first array or
    list with one value for each sample.

    Raises:
        TypeError: there is no array with two dimensions or more.
    """
    leaves = list(_leaves(batch))
    tensors = [torch.as_tensor(leaf) for leaf in leaves if isinstance(leaf, Tensor | np.ndarray) and leaf.ndim > 1]
    if not tensors:
        raise TypeError("samples has no array of inputs with two dimensions or more, such as images [n, C, H, W]")
    views = tuple(each.detach() for each in tensors if each.shape == tensors[0].shape)[:MAX_VIEWS]
    labels = (leaf for leaf in leaves if getattr(leaf, "ndim", 1) == 1 and len(leaf) == len(views[0]))
    return BatchInputs(views, next(labels, None))


def _leaves(batch: object) -> Iterator[Tensor | np.ndarray | list[object]]:
    """Yield the arrays, and the lists of texts or numbers, in a batch of any structure."""
    if isinstance(batch, Tensor | np.ndarray):
        yield batch
    elif isinstance(batch, Mapping):
        yield from _leaves(list(batch.values()))
    elif isinstance(batch, list | tuple):
        if batch and all(isinstance(each, str | int | float) for each in batch):
            yield list(batch)
        else:
            for each in batch:
                yield from _leaves(each)
