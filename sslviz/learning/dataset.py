"""What a data set gives: samples with labels that only colour the map and score the neighbours."""

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
"""Called with a sentence and the fraction done, None where unknown. It may raise to cancel."""


class DataError(Exception):
    """The data could not be had; the text is one clear sentence for the person."""


@dataclass(frozen=True)
class Samples:
    """What is learned from, and what is known about segments of it.

    ``data``: n samples, images uint8[n, 3, H, W], clips uint8[n, T, 1, H, W], sound int16[n, T], text uint8[n, L].
    ``labels``: by name, int64[n, S] or float32[n, S], of S segments of every sample.
    ``timesteps``: int64[n, S], the place in time at which a segment is looked at; 0 for what has no time.
    """

    data: Tensor
    labels: Mapping[str, Tensor]
    timesteps: Tensor

    @classmethod
    def whole(cls, data: Tensor, **labels: Tensor) -> Samples:
        """Samples that are one segment each, with labels of shape [n]."""
        timesteps = torch.zeros((len(data), 1), dtype=torch.int64)
        return cls(data, {name: values.view(-1, 1) for name, values in labels.items()}, timesteps)

    @classmethod
    def concatenate(cls, parts: Sequence[Samples]) -> Samples:
        """All of some, in their order."""
        labels = {name: torch.cat([part.labels[name] for part in parts]) for name in parts[0].labels}
        return cls(torch.cat([part.data for part in parts]), labels, torch.cat([part.timesteps for part in parts]))

    def __len__(self) -> int:
        return len(self.data)

    @property
    def segments(self) -> int:
        """S, of every sample."""
        return self.timesteps.shape[1]

    def select(self, rows: Tensor | slice) -> Samples:
        """Some of them, or all in another order."""
        labels = {name: values[rows] for name, values in self.labels.items()}
        return Samples(self.data[rows], labels, self.timesteps[rows])

    def first(self, count: int) -> Samples:
        """The first of them, as many as there are."""
        return self.select(slice(count))

    def chunks(self, count: int) -> Iterator[Samples]:
        """All of them in order, ``count`` at a time."""
        return (self.select(slice(first, first + count)) for first in range(0, len(self), count))


@dataclass(frozen=True)
class Split:
    """Training samples, held-out samples, and what their labels mean; the first label is the one that is scored.

    ``labelled``: where not all that is trained on has labels, how many have; they come first, and what stands for a
    label of the others is its last name.
    """

    train: Samples
    held_out: Samples
    labels: tuple[LabelEntry, ...]
    labelled: int | None = None

    @property
    def known(self) -> Samples:
        """Training samples with labels: those of the map, and those whose labels the held-out ones are told by."""
        return self.train.first(len(self.train) if self.labelled is None else self.labelled)


@dataclass
class Dataset(ABC):
    """Base of a data set: one file in ``datasets/``, decorated with ``@datasets.register``."""

    name: ClassVar[str]
    modality: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]] = ()
    defaults: ClassVar[dict[str, Value]] = {}
    """Settings of others that suit this data, for example no flips for digits."""

    values: Values = field(default_factory=dict)

    def needs_download(self) -> bool:
        """Whether :meth:`load` would fetch the data from elsewhere; a preview then leaves it. Quick, no network."""
        return False

    @abstractmethod
    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Make or read the samples, on the CPU. Raises DataError."""


datasets: Registry[Dataset] = Registry("sslviz.learning.datasets")
