"""The base class of data sets, and classes that hold the samples of a data set.

No objective trains on labels. Labels are shown, for example as colours of the latent map, and serve to evaluate the
representations, for example by how well k-NN and a linear probe predict them.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from sslviz.core.entries import LabelEntry, scored_labels
from sslviz.core.found import Found, Unreadable
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values

ProgressCallback = Callable[[str, float | None], None]
"""Called with a description of the work and the fraction done (None if unknown); may raise to cancel the work."""
PreviewCallback = Callable[[npt.NDArray[np.uint8], Sequence[str]], None]
"""Called with small pictures of some samples, uint8[n, 3, S, S], and their names; may raise to cancel the work."""


class DataError(Exception):
    """Raised if data cannot be loaded; the message is one sentence for the user."""


@dataclass(frozen=True)
class Samples:
    """Samples of a data set (for training or held out), with labels of their segments.

    Every sample has S segments, which are embedded, labelled and scored one by one. A clip or a sound has one segment
    for each of S timesteps; an image or a text is a single segment (S = 1).

    ``data``: the n samples: images uint8[n, 3, H, W] of height H and width W, clips uint8[n, T, C, H, W] of T frames,
    sound int16[n, T] of T audio samples, or text uint8[n, L] of L bytes.
    ``labels``: dictionary from the name of a label to its values, int64[n, S] for classes, float32[n, S] for numbers.
    The class -1 and the number NaN mean that the label of a segment is unknown.
    ``timesteps``: int64[n, S], the timestep of each segment: the index of a frame or an audio sample, 0 for images and
    text.
    ``files``: the path of each sample's file in the folder of the data, as plain text, or of a sample in a file of the
    user's own, the name of that file and the sample's index in it, "x.npz[12]"; empty for other data.
    """

    data: Tensor
    labels: Mapping[str, Tensor]
    timesteps: Tensor
    files: tuple[str, ...] = ()

    @classmethod
    def whole(cls, data: Tensor, **labels: Tensor) -> Samples:
        """Return samples that have one segment each (S = 1).

        ``data``: the data of n samples. ``labels``: the values of each label by its name, one per sample, [n].
        """
        timesteps = torch.zeros((len(data), 1), dtype=torch.int64)
        return cls(data, {name: values.view(-1, 1) for name, values in labels.items()}, timesteps)

    @classmethod
    def concatenate(cls, parts: Sequence[Samples]) -> Samples:
        """Return the samples of all ``parts`` as one object, in the order of ``parts``."""
        labels = {name: torch.cat([part.labels[name] for part in parts]) for name in parts[0].labels}
        files = tuple(itertools.chain.from_iterable(part.files for part in parts))
        timesteps = torch.cat([part.timesteps for part in parts])
        return cls(torch.cat([part.data for part in parts]), labels, timesteps, files)

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
        """Return the data of the samples at ``indices``. The engine takes its batches by this method only.

        ``indices`` is a slice, and the returned tensor is a view; or it is a tensor of m indices, int64[m], on the
        device of the samples, and the returned tensor is a copy.
        """
        return self.data[indices] if isinstance(indices, slice) else self.data.index_select(0, indices)

    def to(self, device: torch.device) -> Samples:
        """Return the samples with all tensors on ``device``; tensors that are on ``device`` already are not copied."""
        labels = {name: values.to(device) for name, values in self.labels.items()}
        return Samples(self.data.to(device), labels, self.timesteps.to(device), self.files)

    def select(self, indices: Tensor | slice) -> Samples:
        """Return the samples at ``indices``: copies if ``indices`` is a tensor of int64, views if it is a slice."""
        labels = {name: values[indices] for name, values in self.labels.items()}
        return Samples(self.rows(indices), labels, self.timesteps[indices], self._files_of(indices))

    def _files_of(self, indices: Tensor | slice) -> tuple[str, ...]:
        if isinstance(indices, slice):
            return self.files[indices]
        return tuple(self.files[index] for index in indices.tolist()) if self.files else ()

    def first(self, count: int) -> Samples:
        """Return the first ``count`` samples, or all samples if there are fewer."""
        return self.select(slice(count))

    def chunks(self, count: int) -> Iterator[Samples]:
        """Iterate over all samples in order, in parts of ``count`` samples; the last part may be smaller."""
        return (self.select(slice(first, first + count)) for first in range(0, len(self), count))


class Wider(ABC):
    """More samples of the same data, which epochs take from a fixed step on.

    ``from_step``: the first step whose batch is drawn from them.
    """

    from_step: int

    @abstractmethod
    def load(self, progress: ProgressCallback) -> Split:
        """Return them, with the samples there are already as the first ones, as soon as they have been read.

        ``progress`` is called again and again while they are waited for, and may raise to cancel the waiting.

        Raises:
            DataError: they cannot be read, or the reading has ended.
        """

    @abstractmethod
    def close(self) -> None:
        """End the reading in the background, which is not needed any more."""


@dataclass(frozen=True)
class Split:
    """The training and held-out samples of a data set, and the descriptions of their labels.

    ``labels``: one description per label, such as "class" or "position". Evaluations use those that are scored;
    evaluations that use only one label use the first.
    ``labelled``: the number of training samples that have labels, or None if all have labels. Samples with labels come
    before samples without.
    ``found``: what was found in data of the user's own; None for other data.
    ``wider``: more samples, which are still read in the background; None if these are all.
    """

    train: Samples
    held_out: Samples
    labels: tuple[LabelEntry, ...]
    labelled: int | None = None
    found: Found | None = None
    wider: Wider | None = None

    def whole(self, progress: ProgressCallback) -> Split:
        """Return all samples of the data set; wait until they have been read, see :meth:`Wider.load`."""
        split = self
        while split.wider is not None:
            split = split.wider.load(progress)
        return split

    def close(self) -> None:
        """End the reading of further samples in the background. The samples that there are stay."""
        if self.wider is not None:
            self.wider.close()

    @property
    def to_come(self) -> int:
        """Number of training samples that :attr:`wider` will have in the end, as far as it is known."""
        if self.wider is None or self.found is None:
            return 0
        return self.found.number - self.found.held_out - len(self.train)

    @property
    def unreadable(self) -> tuple[Unreadable, ...]:
        """What is left out of data of the user's own, since it cannot be read."""
        return self.found.unreadable if self.found is not None else ()

    @property
    def scored(self) -> tuple[LabelEntry, ...]:
        """The descriptions of those labels by which representations are scored."""
        return scored_labels(self.labels)

    @property
    def labelled_train(self) -> Samples:
        """The training samples that have labels.

        The samples shown on the map are drawn from them, and so are the samples from which k-NN predicts labels.
        """
        return self.train.first(len(self.train) if self.labelled is None else self.labelled)


@dataclass
class Dataset(ABC):
    """Base class of the data sets.

    Every data set is a subclass in a file of its own in ``datasets/``, decorated with ``@datasets.register``.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]] = ()
    defaults: ClassVar[dict[str, Value]] = {}
    """Defaults that suit this data, for settings that other classes declare: for example no flips for digits."""

    values: Values = field(default_factory=dict)

    def needs_download(self) -> bool:
        """Return whether :meth:`load` would download the data.

        The window shows no preview of data that are not downloaded yet.

        Implementations must be fast and must not use the network.
        """
        return False

    def survey(self, progress: ProgressCallback, show: PreviewCallback | None = None) -> Found | None:
        """Return what there is in data of the user's own, by a look at a part of them; None for other data.

        ``progress`` is called as by :meth:`load`. ``show`` is called with the first samples that are met, while the
        look at the rest goes on, and at the end with a fair sample of all.

        Raises:
            SettingError: the path that the settings give does not fit, or there are too few samples.
            DataError: the data cannot be read.
        """
        return None

    @abstractmethod
    def load(self, seed: int, progress: ProgressCallback) -> Split:
        """Return the samples, generated or read from files, with all tensors on the CPU.

        If there are many, these may be the first of them, see :attr:`Split.wider`.

        ``seed`` seeds all random choices. ``progress`` is called once or more, and may raise to cancel.

        Raises:
            DataError: the data cannot be loaded.
        """


datasets: Registry[Dataset] = Registry("sslviz.learning.datasets")
