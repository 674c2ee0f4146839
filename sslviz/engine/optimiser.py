"""AdamW with warm-up, then a constant rate that the person steers."""

from __future__ import annotations

from typing import Annotated

import torch
from torch import nn

from sslviz.core.settings import About, Group


class Optimiser(Group, frozen=True):
    """How far each step goes."""

    title = "Optimiser"

    learning_rate: Annotated[
        float,
        About(label="Learning rate", help="Size of a step, after the warm-up.", low=1e-6, high=10, log=True, live=True),
    ] = 0.002
    weight_decay: Annotated[
        float,
        About(
            label="Weight decay",
            help="How much of each weight is forgotten per step, times the learning rate.",
            low=0,
            high=1,
            live=True,
        ),
    ] = 1e-4
    warmup_steps: Annotated[
        int,
        About(
            label="Warm-up",
            help="Steps over which the learning rate rises from nothing.",
            low=0,
            high=100_000,
            unit="steps",
        ),
    ] = 50

    def rate(self, step: int) -> float:
        """The learning rate of this step, from 1; never from wall-clock time, so that a run replays exactly."""
        return self.learning_rate * min(1.0, step / max(self.warmup_steps, 1))


def adamw(module: nn.Module, device: torch.device) -> torch.optim.AdamW:
    """AdamW over all that learns; biases and scales of normalisation are not decayed (Loshchilov & Hutter 2019)."""
    weights = [p for p in module.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in weights if p.ndim > 1], "decays": True},
        {"params": [p for p in weights if p.ndim <= 1], "decays": False},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], fused=device.type in ("cpu", "cuda"))


def set_rate(optimiser: torch.optim.Optimizer, rate: float, weight_decay: float) -> None:
    """What the next step of ``optimiser`` uses."""
    for group in optimiser.param_groups:
        group["lr"] = rate
        group["weight_decay"] = weight_decay if group["decays"] else 0.0
