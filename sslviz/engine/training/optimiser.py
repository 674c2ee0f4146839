"""AdamW with warm-up, then a constant rate that the person steers."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sslviz.core.settings import About, Group

FUSED_ON = ("cpu", "cuda")


class Optimiser(Group, frozen=True):
    """How far each step goes."""

    title = "Optimiser"

    learning_rate: Annotated[
        float,
        About(label="Learning rate", help="Size of a step, after the warm-up.", low=1e-6, high=10, log=True, live=True),
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

    def rate(self, step: int) -> float:
        """The learning rate of this step, from 1; never from wall-clock time, so that a run replays exactly."""
        return self.learning_rate * min(1.0, step / max(self.warmup_steps, 1))


class AdamW:
    """AdamW over all that learns in a module (Loshchilov & Hutter 2019), the sums of PyTorch's own.

    Biases and scales of normalisation are not decayed. ``torch.optim.AdamW`` computes the same bit for bit, but making
    one imports PyTorch's compiler, which costs a second and a half before the first step.
    """

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._parameters = [p for p in module.parameters() if p.requires_grad]
        self._means = [torch.zeros_like(p) for p in self._parameters]
        self._squares = [torch.zeros_like(p) for p in self._parameters]
        self._counts = [torch.zeros((), device=device) for _ in self._parameters]
        self._fused = device.type in FUSED_ON

    def zero_grad(self) -> None:
        """Forget the gradients of the step before."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float, weight_decay: float) -> None:
        """Move every weight that has a gradient."""
        for decays in (True, False):
            chosen = [i for i, p in enumerate(self._parameters) if p.grad is not None and (p.ndim > 1) == decays]
            if chosen:
                self._move(chosen, rate, weight_decay if decays else 0.0)

    def _move(self, chosen: list[int], rate: float, weight_decay: float) -> None:
        gradients = [p.grad for p in (self._parameters[i] for i in chosen) if p.grad is not None]
        adamw(
            [self._parameters[i] for i in chosen],
            gradients,
            [self._means[i] for i in chosen],
            [self._squares[i] for i in chosen],
            [],
            [self._counts[i] for i in chosen],
            foreach=not self._fused,
            fused=self._fused,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=rate,
            weight_decay=weight_decay,
            eps=1e-8,
            maximize=False,
        )

    def state_dict(self) -> dict[str, list[Tensor]]:
        """The running means, in the order of the module's parameters."""
        return {"means": self._means, "squares": self._squares, "counts": self._counts}
