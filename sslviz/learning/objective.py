"""What an objective gives: a loss, representations to look at, and pictures of what it does, each made when asked for.

The engine, the window and the command line know objectives by what this class says alone; what does not apply to one
is left as it is here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.entries import FigureEntry
from sslviz.core.messages import Watch
from sslviz.core.panel_data import StepsAhead, Strips, TokenPredictions
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values
from sslviz.core.wire import Frozen
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.invariance import Invariances

Scores = dict[str, float | list[float]]
"""What an objective says of itself on held-out samples, by name; lists run over steps ahead."""


@dataclass(frozen=True)
class StepOutput:
    """One step's result; nothing in it is changed in place afterwards.

    ``loss``: float32 scalar with gradient. ``terms``: detached scalars, one curve each. ``kept``: detached tensors
    that cost nothing to keep and from which :meth:`Objective.matrix` draws.
    """

    loss: Tensor
    terms: Mapping[str, Tensor] = field(default_factory=dict)
    kept: Mapping[str, Tensor] = field(default_factory=dict)


@dataclass(frozen=True)
class Pairs:
    """Positive pairs of embeddings z, float[n, D] each, and what they are of: float or uint8[n, C, H, W] or None."""

    z_a: Tensor
    z_b: Tensor
    images_a: Tensor | None = None
    images_b: Tensor | None = None


@dataclass(frozen=True)
class Matrix:
    """How alike rows and columns are, for the similarity panel.

    Fields as in :class:`sslviz.core.panel_data.Similarity`.

    ``cells``: float[R, R]. ``limit`` 0 asks for the largest value there is. ``rows``, ``columns``: float or
    uint8[R, C, H, W], what stands behind them; ``texts``: R of them, where rows are read.
    """

    what: str
    cells: Tensor
    limit: float = 1.0
    shift: int | None = None
    rows: Tensor | None = None
    columns: Tensor | None = None
    texts: tuple[str, ...] = ()
    step_ahead: int = 0
    steps_ahead: tuple[int, int] = (0, 0)


class Objective(nn.Module, ABC):
    """Base of an objective: one file in ``objectives/``, decorated with ``@objectives.register``.

    ``groups`` are all the settings it needs, its network's included. ``family`` and the modality pick the variant;
    where several fit, a setting chooses, and the lowest ``order`` is its default. Constructed inside
    ``torch.random.fork_rng()`` seeded from the run's seed.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    modalities: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]]
    order: ClassVar[int] = 100
    defaults: ClassVar[dict[str, Value]] = {}
    """Settings of others that suit this objective, for example a smaller batch."""
    panel_data: ClassVar[tuple[type[Frozen], ...]] = ()
    """Of those that not every objective gives, the ones that this one does."""
    has_pairs: ClassVar[bool] = False
    """Whether :meth:`pairs` gives any."""
    predicted_samples: ClassVar[int] = 8
    """How many held-out samples :meth:`prediction` is given, those included that it only compares with."""
    figures: ClassVar[tuple[FigureEntry, ...]] = ()
    """What :meth:`scores` and the terms hold that is worth a small curve of its own."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        self.configure(values)

    @abstractmethod
    def configure(self, values: Values) -> None:
        """Take the settings in force from the next step on (live ones change, fixed ones stay)."""

    @abstractmethod
    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        """Loss of a batch of :attr:`Samples.data` on the device; ``generator`` is of that device."""

    def after_optimizer_step(self) -> None:
        """The optimiser has made its step: what follows the weights may follow."""

    @abstractmethod
    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """h of every segment, float32[n · S, H_DIM], segments of a sample together; evaluation mode, no gradient.

        ``timesteps``: int64[n, S] as in :class:`~sslviz.learning.dataset.Samples`.
        """

    # ------------------------------------------------------------------ what it is judged by

    @property
    def temperature(self) -> float | None:
        """What similarities are divided by, where the loss has such a thing."""
        return None

    def baselines(self, split: Split) -> Scores:
        """What :meth:`scores` would be without learning, from the data alone; taken once."""
        return {}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """How well it does what it is asked to do, of held-out samples on the device; as :meth:`encode`."""
        return {}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        """Levels to compare the curves with, under the settings in force; ``baselines`` is empty at first."""
        return ()

    def not_comparable(self, changed: str) -> str:
        """Why losses before and after a change of this setting cannot be compared, or an empty text."""
        return ""

    # ------------------------------------------------------------------ what is drawn of it

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor | None:
        """The loss of each sample of a batch, float32[n], by the draws of :meth:`step`, whose loss is their mean; as
        :meth:`encode`. None where a sample has none of its own.
        """
        return None

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs | None:
        """Positive pairs of some samples, as :meth:`encode`; None where there are none."""
        return None

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """What becomes of samples before the network sees them, float or uint8[n, C, H, W] by row. Needs no weights."""
        return {}

    def matrix(self, output: StepOutput, data: Tensor, watch: Watch) -> Matrix | None:
        """How alike the parts of a batch are, from what a step kept."""
        return None

    def prediction(self, held_out: Samples, step: int, watch: Watch) -> Strips | TokenPredictions | None:
        """What it makes of held-out samples, beside what is there; as :meth:`encode`."""
        return None

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int) -> Invariances | None:
        """What h of one sample does not change with; as :meth:`encode`. None where nothing is augmented."""
        return None

    def steps_ahead(self, held_out: Samples, step: int, generator: torch.Generator) -> StepsAhead | None:
        """How well each step ahead is told; as :meth:`encode`."""
        return None


def level_lines(baselines: Scores, key: str, label: str, help_text: str, *curves: str) -> tuple[ReferenceLine, ...]:
    """One of the baselines as a level of these curves; none before it was taken."""
    value = baselines.get(key)
    if not isinstance(value, float):
        return ()
    return tuple(ReferenceLine(curve=curve, label=label, value=value, help=help_text) for curve in curves)


objectives: Registry[Objective] = Registry("sslviz.learning.objectives")
