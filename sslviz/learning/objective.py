"""What an objective gives: a loss with the matrices and views behind it, and embeddings to look at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.messages import ReferenceLine
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Values


@dataclass(frozen=True)
class StepOutput:
    """One step's result; nothing in it is changed in place afterwards.

    ``loss``: float32 scalar with gradient. ``terms``: detached scalars, one curve each.
    ``similarity``: float32[2N, 2N], detached. ``views``: float[2N, 3, H, W] in 0…1, view_a then view_b.
    """

    loss: Tensor
    terms: dict[str, Tensor] = field(default_factory=dict)
    similarity: Tensor | None = None
    views: Tensor | None = None


class Objective(nn.Module, ABC):
    """Base of an objective: one file in ``objectives/``, decorated with ``@objectives.register``.

    ``groups`` are all the settings it needs, its network's included; ``family`` and ``kind`` of data pick the
    variant. Constructed inside ``torch.random.fork_rng()`` seeded from the run's seed.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    kind: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]]

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        self.configure(values)

    @abstractmethod
    def configure(self, values: Values) -> None:
        """Take the settings in force from the next step on (live ones change, fixed ones stay)."""

    @abstractmethod
    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        """Loss of a batch, uint8[N, 3, H, W] on the device; ``generator`` is of that device."""

    @abstractmethod
    def encode(self, data: Tensor) -> Tensor:
        """h of unaugmented samples, float32[n, H_DIM]; called in evaluation mode without gradient."""

    @abstractmethod
    def project(self, h: Tensor) -> Tensor:
        """z of h, float32[n, D], not normalised."""

    @abstractmethod
    def views(self, data: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Two views of each sample, float32[n, 3, H, W] in 0…1."""

    @abstractmethod
    def reference_lines(self, batch_size: int) -> tuple[ReferenceLine, ...]:
        """Levels to compare the curves with, under the settings in force."""

    def not_comparable(self, changed: str) -> str:
        """Why losses before and after a change of this setting cannot be compared, or an empty text."""
        return ""


objectives: Registry[Objective] = Registry("sslviz.learning.objectives")
