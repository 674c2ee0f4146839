"""Settings of the optimiser, and the learning rate and weight decay of each step that follow from them."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar

from sslviz.core.settings import About, Group, Value

LAST_SHARE = 1e-3
"""Share of the learning rate at which the cosine schedule ends."""
USUAL_RATES = {"sgd": 0.05, "lars": 1.0}
"""Learning rates that are usual for update rules that need other ones than the default."""
ON_COSINE: dict[str, tuple[Value, ...]] = {"schedule": ("cosine",)}


class Optimiser(Group, frozen=True):
    """Settings of the optimiser."""

    title: ClassVar[str] = "Optimiser"

    learning_rate: Annotated[
        float,
        About(
            label="Learning rate",
            symbol="lr",
            help="Size of a step, after the warm-up.",
            low=1e-6,
            high=10,
            log=True,
            live=True,
        ),
    ] = 0.003
    weight_decay: Annotated[
        float,
        About(
            label="Weight decay",
            help="How much of each weight is forgotten per step, times the learning rate.",
            low=0,
            high=1,
            live=True,
        ),
    ] = 0.01
    warmup_steps: Annotated[
        int,
        About(
            label="Warm-up",
            help="Steps over which the learning rate rises from nothing.",
            low=0,
            high=100_000,
            unit="steps",
        ),
    ] = 60

    optimiser: Annotated[
        str,
        About(
            label="Update rule",
            help="adamw: suits most networks. sgd: with momentum. lars: sgd for very large batches; the step of each "
            "layer is in proportion to its weights. sgd needs a learning rate of 0.05 or more, lars of 1 or more.",
            choices=("adamw", "sgd", "lars"),
        ),
    ] = "adamw"
    momentum: Annotated[
        float,
        About(
            label="Momentum",
            help="Of SGD and LARS: how much of the last update is repeated in the next.",
            low=0.0,
            high=0.999,
            only_if={"optimiser": ("sgd", "lars")},
        ),
    ] = 0.9
    schedule: Annotated[
        str,
        About(
            label="Schedule",
            help="Of the learning rate after the warm-up. constant: it stays. cosine: it falls to a thousandth.",
            choices=("constant", "cosine"),
        ),
    ] = "constant"
    schedule_steps: Annotated[
        int,
        About(
            label="Cosine ends",
            help="Step at which the learning rate has fallen to a thousandth; it stays there.",
            low=1,
            high=1_000_000,
            log=True,
            unit="steps",
            only_if=ON_COSINE,
        ),
    ] = 2000
    decay_growth: Annotated[
        float,
        About(
            label="Decay growth",
            help="Factor by which the weight decay grows along the same cosine; 1: it stays.",
            low=1.0,
            high=100.0,
            log=True,
            only_if=ON_COSINE,
        ),
    ] = 1.0

    def rate(self, step: int) -> float:
        """Return the learning rate of optimiser step ``step``; the first step is 1.

        The rate does not depend on wall-clock time, so that a run can be repeated exactly.
        """
        warm = self.learning_rate * min(1.0, step / max(self.warmup_steps, 1))
        if self.schedule == "constant" or step <= self.warmup_steps:
            return warm
        return warm * (LAST_SHARE + (1 - LAST_SHARE) * self._cosine(step, self.warmup_steps))

    def decay(self, step: int) -> float:
        """Return the weight decay of optimiser step ``step``."""
        if self.schedule == "constant":
            return self.weight_decay
        return self.weight_decay * (self.decay_growth + (1 - self.decay_growth) * self._cosine(step, 0))

    def _cosine(self, step: int, first: int) -> float:
        """Return half a cosine that falls from 1 at step ``first`` to 0 at ``schedule_steps``, and stays there."""
        done = (step - first) / max(self.schedule_steps - first, 1)
        return (1 + math.cos(math.pi * min(done, 1.0))) / 2
