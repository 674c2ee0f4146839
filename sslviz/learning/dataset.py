"""The base class of data sets, and the samples they give.

Labels are never trained on: they colour the latent map and score the evaluation (k-NN, linear probe).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values

ProgressCallback = Callable[[str, float | None], None]
"""Called with a description of the work and the fraction done (None if unknown); may raise an exception to cancel."""


class DataError(Exception):
    """The data cannot be loaded; the message is one sentence for the user."""


@dataclass(frozen=True)
class Samples:
    """Samples to learn from, with labels of their segments.

    Every sample has S segments, which are embedded, labelled and scored one by one: timesteps of a clip or a sound, or
    the one whole image or text.

    ``data``: n samples, images uint8[n, 3, H, W], clips uint8[n, T, 1, H, W], sound int16[n, T], text uint8[n, L].
    ``labels``: by name, int64[n, S] for classes or float32[n, S] for numbers.
    ``timesteps``: int64[n, S], the timestep of each segment; 0 for images and text.
    """

    data: Tensor
    labels: Mapping[str, Tensor]
    timesteps: Tensor

    @classmethod
    def whole(cls, data: Tensor, **labels: Tensor) -> Samples:
        """Return samples that are one segment each, from labels of shape [n]."""
        timesteps = torch.zeros((len(data), 1), dtype=torch.int64)
        return cls(data, {name: values.view(-1, 1) for name, values in labels.items()}, timesteps)

    @classmethod
    def concatenate(cls, parts: Sequence[Samples]) -> Samples:
        """Return the samples of all parts, in order."""
        labels = {name: torch.cat([part.labels[name] for part in parts]) for name in parts[0].labels}
        return cls(torch.cat([part.data for part in parts]), labels, torch.cat([part.timesteps for part in parts]))

    def __len__(self) -> int:
        return len(self.timesteps)

    @property
    def segments(self) -> int:
        """Number of segments of every sample, S."""
        return self.timesteps.shape[1]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of the data of one sample."""
        return tuple(self.data.shape[1:])

    def rows(self, indices: Tensor | slice) -> Tensor:
        """Return the data at some indices, int64[m] on the device of the samples, or in a slice, which is not copied.

        Training and evaluation read the data by this method only, so that it may also be read from a file on demand.
        """
        return self.data[indices] if isinstance(indices, slice) else self.data.index_select(0, indices)

    def to(self, device: torch.device) -> Samples:
        """Return the samples with all tensors on a device; those that are there already are not copied."""
        labels = {name: values.to(device) for name, values in self.labels.items()}
        return Samples(self.data.to(device), labels, self.timesteps.to(device))

    def select(self, indices: Tensor | slice) -> Samples:
        """Return the samples at some indices, int64[m], or in a slice, which is not copied."""
        labels = {name: values[indices] for name, values in self.labels.items()}
        return Samples(self.rows(indices), labels, self.timesteps[indices])

    def first(self, count: int) -> Samples:
        """Return the first ``count`` samples, or all where there are fewer."""
        return self.select(slice(count))

    def chunks(self, count: int) -> Iterator[Samples]:
        """Iterate over all samples in order, ``count`` at a time."""
        return (self.select(slice(first, first + count)) for first in range(0, len(self), count))


@dataclass(frozen=True)
class Split:
    """Training samples, held-out samples, and the description of their labels; the first label is the main one.

    ``labelled``: the number of training samples that have labels, where not all have. They come first; all others
    have the last class of the label.
    """

    train: Samples
    held_out: Samples
    labels: tuple[LabelEntry, ...]
    labelled: int | None = None

    @property
    def labelled_train(self) -> Samples:
        """Training samples with labels; the points of the map and the neighbours of the k-NN score are among them."""
        return self.train.first(len(self.train) if self.labelled is None else self.labelled)


@dataclass
class Dataset(ABC):
    """Base class of the data sets: one file each in ``datasets/``, decorated with ``@datasets.register``."""

    name: ClassVar[str]
    modality: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]] = ()
    defaults: ClassVar[dict[str, Value]] = {}
    """Defaults for settings declared elsewhere that suit this data, for example no flips for digits."""

    values: Values = field(default_factory=dict)

    def needs_download(self) -> bool:
        """Return whether :meth:`load` would download the data; a preview is not shown then.

        Must be fast, and must not use the network.
        """
        return False

    @abstractmethod
    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Generate or read the samples, on the CPU.

        Raises:
            DataError: the data cannot be loaded.
        """


datasets: Registry[Dataset] = Registry("sslviz.learning.datasets")
