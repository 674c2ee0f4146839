"""A target network whose weights are an exponential moving average (EMA) of the weights of the online network.

The targets of a loss then change slowly. Introduced as the momentum encoder by He et al. 2020 (MoCo,
https://arxiv.org/abs/1911.05722) and as the target network by Grill et al. 2020 (BYOL,
https://arxiv.org/abs/2006.07733), whose symbols are used here: θ are the weights of the online network, ξ those of the
target network.
"""

from __future__ import annotations

import copy
import math
from typing import Annotated, ClassVar, TypeVar

import torch
from torch import Tensor, nn

from sslviz.core.settings import About, Group

Network = TypeVar("Network", bound=nn.Module)

TARGET_MOVES = "The target moves, so that this loss may rise while neighbours get better."
"""What users should know about the loss of an objective with a target network."""


class Ema(Group, frozen=True):
    """Settings of a target network."""

    title: ClassVar[str] = "Target"

    ema_momentum: Annotated[
        float,
        About(
            label="Momentum",
            help="Of the exponential moving average (EMA): how much of the slower encoder is kept at each step; the "
            "rest comes from the encoder. 0: no delay.",
            low=0.0,
            high=1.0,
            live=True,
            guard=True,
        ),
    ] = 0.99
    ema_rise_steps: Annotated[
        int,
        About(
            label="EMA rise",
            help="Steps over which the momentum rises to 1, at which the slower encoder stands still. 0: it stays.",
            low=0,
            high=1_000_000,
            unit="steps",
        ),
    ] = 0

    def momentum_at(self, step: int) -> float:
        """Return the momentum of optimiser step ``step``; the first step is 1.

        If ``ema_rise_steps`` is K > 0, the momentum m rises along half a cosine and is 1 from step K on: at step k ≤ K
        it is ``1 - (1 - m) (cos(πk/K) + 1) / 2`` (BYOL, "Implementation details").
        """
        if not self.ema_rise_steps:
            return self.ema_momentum
        done = min(step / self.ema_rise_steps, 1.0)
        return 1 - (1 - self.ema_momentum) * (math.cos(math.pi * done) + 1) / 2


class Target(Ema, frozen=True):
    """Settings of a target network that the user can take away."""

    stop_gradient: Annotated[
        bool,
        About(
            label="Stop-gradient",
            help="On: the target comes from the slower encoder and gets no gradient. Off: it comes from the encoder "
            "itself, which may then make its task easy, and does: all features become one.",
            live=True,
            guard=True,
        ),
    ] = True


def momentum_copy(online: Network) -> Network:
    """Return a copy of the online network, to be used as target network: its parameters get no gradient."""
    return copy.deepcopy(online).requires_grad_(False)


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Move the weights of the target network a little towards those of the online network (BYOL, equation 1).

    The update is ξ ← m ξ + (1 - m) θ, where m is the ``momentum``. The running statistics of batch norm are not
    updated in this way: each of the two networks keeps its own.
    """
    slow: list[Tensor] = [*target.parameters()]
    fast: list[Tensor] = [*online.parameters()]
    torch._foreach_lerp_(slow, fast, 1 - momentum)
