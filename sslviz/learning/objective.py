"""The base class of all objectives: a loss, representations, and what the panels show of it.

The engine, the window and the command line know an objective by this class alone. Optional methods return nothing
here; an objective overrides those that apply to it, and the engine looks at which it overrides.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.invariance import Invariances
from sslviz.learning.outputs import ImagePrediction, Matrix, Pairs, StepOutput, StepsAheadScores, TokenPrediction

Scores = dict[str, float | list[float]]
"""Scores of an objective on held-out samples, by name; a list has one value per step ahead."""


class Objective(nn.Module, ABC):
    """Base class of an objective: one file in ``objectives/``, decorated with ``@objectives.register``.

    The family and the modality of the data pick the objective; where several fit, a setting chooses, and the one with
    the lowest ``order`` is its default. It is constructed inside ``torch.random.fork_rng()`` seeded from the run's
    seed.

    Every method but :meth:`step`, :meth:`after_optimizer_step` and :meth:`configure` is called in evaluation mode and
    without gradients.

    Args:
        sample_shape: shape of one sample of :attr:`Samples.data`.
        values: the settings of the run; others than those of ``groups`` are ignored.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    modalities: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    help: ClassVar[str]
    groups: ClassVar[tuple[type[Group], ...]]
    """All settings of the objective, those of its network included."""
    order: ClassVar[int] = 100
    defaults: ClassVar[dict[str, Value]] = {}
    """Defaults of settings declared elsewhere that suit this objective, for example a smaller batch."""
    predicted_samples: ClassVar[int] = 8
    """Number of held-out samples passed to :meth:`image_prediction` and :meth:`token_prediction`, those included that
    predictions are only compared with."""
    figures: ClassVar[tuple[FigureEntry, ...]] = ()
    """Scores and terms of the loss that are shown as small curves of their own."""

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__()
        self.sample_shape = sample_shape
        self.configure(values)

    @classmethod
    def overrides(cls, name: str) -> bool:
        """Return whether this objective defines the optional method or property ``name``."""
        return getattr(cls, name) is not getattr(Objective, name)

    # ------------------------------------------------------------------ training

    @abstractmethod
    def configure(self, values: Values) -> None:
        """Take over the settings that apply from the next step on: live ones may have changed, fixed ones have not."""

    @abstractmethod
    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        """Return the loss of a batch of :attr:`Samples.data`; ``generator`` is of the same device as the batch."""

    def after_optimizer_step(self) -> None:
        """Update what follows the weights, for example an exponential moving average of them."""

    # ------------------------------------------------------------------ representations and scores

    @abstractmethod
    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """Return h of every segment, float32[n · S, H_DIM], the segments of a sample next to each other.

        ``timesteps``: int64[n, S] as in :class:`~sslviz.learning.dataset.Samples`.
        """

    @property
    def temperature(self) -> float | None:
        """The temperature by which the loss divides similarities; None where it has none."""
        return None

    def baselines(self, split: Split) -> Scores:
        """Return what can be reached without learning, from the data alone; computed once per run."""
        return {}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return how well the objective is met on held-out samples, which are on the device."""
        return {}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        """Return levels to compare the curves with, under the settings in force.

        ``baselines`` is empty until :meth:`baselines` has been computed.
        """
        return ()

    def not_comparable(self, changed: str) -> str:
        """Return why losses before and after a change of this setting cannot be compared; empty where they can."""
        return ""

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor | None:
        """Return the loss of each sample of a batch, float32[n], or None where samples have no loss of their own.

        The random draws are those of :meth:`step`, whose loss is the mean of these.
        """
        return None

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs | None:
        """Return the embeddings of positive pairs, one pair per sample; None where the objective has none."""
        return None

    # ------------------------------------------------------------------ what the panels show

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        """Return the inputs as the network receives them, float in [0, 1] or uint8[n, C, H, W] by name of the row.

        Needs no weights: it is called on an objective on the meta device, too.
        """
        return {}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix | None:
        """Return the similarity matrix of a batch from what its step kept.

        ``step_ahead`` selects the scores where several steps ahead are predicted; it is clamped to those there are.
        """
        return None

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction | None:
        """Return predictions for held-out samples as images, rolled out ``horizon`` steps where that is possible."""
        return None

    def token_prediction(self, held_out: Samples) -> TokenPrediction | None:
        """Return the most probable tokens for held-out texts."""
        return None

    def invariance(self, sample: Tensor, generator: torch.Generator, seed: int) -> Invariances | None:
        """Return how far h of one sample changes under each augmentation; None where nothing is augmented."""
        return None

    def steps_ahead(self, held_out: Samples, generator: torch.Generator) -> StepsAheadScores | None:
        """Return how well each step ahead is predicted; None where there are too few samples, or no steps."""
        return None


def baseline_lines(baselines: Scores, key: str, label: str, help_text: str, *curves: str) -> tuple[ReferenceLine, ...]:
    """Return the baseline ``key`` as a reference line of each of ``curves``; none before it has been computed."""
    value = baselines.get(key)
    if not isinstance(value, float):
        return ()
    return tuple(ReferenceLine(curve=curve, label=label, value=value, help=help_text) for curve in curves)


objectives: Registry[Objective] = Registry("sslviz.learning.objectives")
