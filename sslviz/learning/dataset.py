"""What a data set gives: samples with labels that only colour the map and score the neighbours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values

ProgressCallback = Callable[[str, float | None], None]
"""Called with a sentence and the fraction done, None where unknown. It may raise to cancel."""


class DataError(Exception):
    """The data could not be had; the text is one clear sentence for the person."""


@dataclass(frozen=True)
class Samples:
    """``data``: uint8[n, 3, H, W] for images. ``labels``: int64[n] in 0…len(names)-1."""

    data: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True)
class Split:
    """Training samples, held-out samples, and what their labels mean."""

    train: Samples
    held_out: Samples
    label_names: tuple[str, ...]


class NoSettings(Group, frozen=True):
    """For a data set that has nothing to choose."""


@dataclass
class Dataset(ABC):
    """Base of a data set: one file in ``datasets/``, decorated with ``@datasets.register``."""

    name: ClassVar[str]
    kind: ClassVar[str]
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
