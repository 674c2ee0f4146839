"""AdamW, with a learning rate that warms up and then stays at the value that the user sets."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw

from sslviz.core.settings import About, Group

FUSED_ON = ("cpu", "cuda")
"""Types of devices on which PyTorch's fused AdamW is used."""


class Optimiser(Group, frozen=True):
    """Settings of the optimiser."""

    title = "Optimiser"

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

    def rate(self, step: int) -> float:
        """Return the learning rate of optimiser step ``step``; the first step is 1.

        The rate does not depend on wall-clock time, so that a run can be repeated exactly.
        """
        return self.learning_rate * min(1.0, step / max(self.warmup_steps, 1))


class AdamW:
    """AdamW (Loshchilov & Hutter 2019) for all trainable parameters of a module, by PyTorch's functional version.

    Parameters with fewer than two dimensions (biases and the scales of normalisation layers) are not decayed.
    ``torch.optim.AdamW`` gives the same result bit for bit, but constructing it imports PyTorch's compiler, which takes
    1.5 s before the first step.
    """

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self._parameters = [p for p in module.parameters() if p.requires_grad]
        self._means = [torch.zeros_like(p) for p in self._parameters]
        self._squares = [torch.zeros_like(p) for p in self._parameters]
        self._counts = [torch.zeros((), device=device) for _ in self._parameters]
        self._fused = device.type in FUSED_ON

    def zero_grad(self) -> None:
        """Discard the gradients of all parameters."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float, weight_decay: float) -> None:
        """Update every parameter that has a gradient by one step of AdamW."""
        for decays in (True, False):
            indices = [i for i, p in enumerate(self._parameters) if p.grad is not None and (p.ndim > 1) == decays]
            if indices:
                self._update(indices, rate, weight_decay if decays else 0.0)

    def _update(self, indices: list[int], rate: float, weight_decay: float) -> None:
        gradients = [p.grad for p in (self._parameters[i] for i in indices) if p.grad is not None]
        adamw(
            [self._parameters[i] for i in indices],
            gradients,
            [self._means[i] for i in indices],
            [self._squares[i] for i in indices],
            [],
            [self._counts[i] for i in indices],
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
        """Return the running means of gradients and squared gradients, and the step counts.

        Each is a list in the order of the trainable parameters of the module.
        """
        return {"means": self._means, "squares": self._squares, "counts": self._counts}
