"""Update rules: how the gradients change the parameters of a network at each optimiser step.

All use PyTorch's functional versions. The classes of ``torch.optim`` give the same results bit for bit, but
constructing one imports PyTorch's compiler, which takes 1.5 s before the first step.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.optim.adamw import adamw
from torch.optim.sgd import sgd

from sslviz.engine.training.optimiser import Optimiser
from sslviz.learning.encoder import ImageEncoder

FUSED_ON = ("cpu", "cuda")
"""Types of devices on which PyTorch's fused AdamW is used."""
TRUST = 0.001
"""Trust coefficient η of LARS."""


class UpdateRule(ABC):
    """Updates all trainable parameters of a module.

    Parameters with fewer than two dimensions (biases and the scales of normalisation layers) are not decayed. A
    parameter that has no gradient at a step is left as it is.
    """

    def __init__(self, module: nn.Module) -> None:
        self._parameters = [p for p in module.parameters() if p.requires_grad]
        self._factors = _rate_factors(module, self._parameters)

    def zero_grad(self) -> None:
        """Discard the gradients of all parameters."""
        for parameter in self._parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float, weight_decay: float) -> None:
        """Update every parameter that has a gradient by one step with the learning rate ``rate``.

        The rate of a pretrained encoder is lower by its ``rate_factor``.
        """
        groups: dict[tuple[bool, float], list[int]] = {}
        for index, parameter in enumerate(self._parameters):
            if parameter.grad is not None:
                groups.setdefault((parameter.ndim > 1, self._factors[index]), []).append(index)
        for (decays, factor), indices in groups.items():
            parameters: list[Tensor] = [self._parameters[i] for i in indices]
            gradients = [p.grad for p in parameters if p.grad is not None]
            self._update(indices, parameters, gradients, factor * rate, weight_decay if decays else 0.0)

    @abstractmethod
    def _update(
        self, indices: list[int], parameters: list[Tensor], gradients: list[Tensor], rate: float, weight_decay: float
    ) -> None:
        """Update ``parameters``, whose positions among all trainable parameters are ``indices``.

        Either all of them have two or more dimensions, or ``weight_decay`` is 0 and all have fewer.
        """

    @abstractmethod
    def state_dict(self) -> dict[str, list[Tensor]]:
        """Return what the rule keeps from step to step: lists in the order of the trainable parameters, by name."""

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, list[Tensor]]) -> None:
        """Take over the result of :meth:`state_dict` of the same rule for the same network."""
        for name, tensors in self.state_dict().items():
            for tensor, saved in zip(tensors, state[name], strict=True):
                tensor.copy_(saved)


def _rate_factors(module: nn.Module, parameters: list[nn.Parameter]) -> list[float]:
    """Return the factor of the learning rate for each of ``parameters``, which are some of the module's."""
    factors: dict[int, float] = {}
    for encoder in module.modules():
        if isinstance(encoder, ImageEncoder):
            factors |= dict.fromkeys(map(id, encoder.parameters()), encoder.rate_factor)
    return [factors.get(id(parameter), 1.0) for parameter in parameters]


class AdamW(UpdateRule):
    """AdamW (Loshchilov & Hutter 2019, https://arxiv.org/abs/1711.05101)."""

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        super().__init__(module)
        self._means = [torch.zeros_like(p) for p in self._parameters]
        self._squares = [torch.zeros_like(p) for p in self._parameters]
        self._counts = [torch.zeros((), device=device) for _ in self._parameters]
        self._fused = device.type in FUSED_ON

    def _update(
        self, indices: list[int], parameters: list[Tensor], gradients: list[Tensor], rate: float, weight_decay: float
    ) -> None:
        adamw(
            parameters,
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
        """Return the running means of gradients and squared gradients, and the step counts."""
        return {"means": self._means, "squares": self._squares, "counts": self._counts}


class SGD(UpdateRule):
    """Stochastic gradient descent with momentum; the weight decay is added to the gradient."""

    def __init__(self, module: nn.Module, momentum: float) -> None:
        super().__init__(module)
        self._momentum = momentum
        self._velocities: list[Tensor | None] = [torch.zeros_like(p) for p in self._parameters]

    def _update(
        self, indices: list[int], parameters: list[Tensor], gradients: list[Tensor], rate: float, weight_decay: float
    ) -> None:
        sgd(
            parameters,
            gradients,
            [self._velocities[i] for i in indices],
            foreach=True,
            weight_decay=weight_decay,
            momentum=self._momentum,
            lr=rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )

    def state_dict(self) -> dict[str, list[Tensor]]:
        """Return the velocities: the sums of all gradients so far, weighted by powers of the momentum."""
        return {"velocities": [velocity for velocity in self._velocities if velocity is not None]}


class LARS(SGD):
    """SGD whose step for each weight matrix is in proportion to the norm of the matrix, for very large batches.

    With gradient g and weight decay β, the gradient of a matrix w is replaced by ``η ‖w‖ / (‖g‖ + β ‖w‖) (g + β w)``
    (You, Gitman, Ginsburg 2017, https://arxiv.org/abs/1708.03888, equation 6). Parameters with fewer than two
    dimensions are updated as by SGD.
    """

    def _update(
        self, indices: list[int], parameters: list[Tensor], gradients: list[Tensor], rate: float, weight_decay: float
    ) -> None:
        if parameters[0].ndim > 1:
            pairs = zip(parameters, gradients, strict=True)
            gradients = [_scaled(weight, gradient, weight_decay) for weight, gradient in pairs]
        super()._update(indices, parameters, gradients, rate, 0.0)


def _scaled(weight: Tensor, gradient: Tensor, weight_decay: float) -> Tensor:
    """Return the gradient of one matrix as LARS scales it; where a norm is 0, the factor is 1."""
    size, slope = weight.norm(), gradient.norm()
    factor = TRUST * size / (slope + weight_decay * size)
    return (gradient + weight_decay * weight) * torch.where((size > 0) & (slope > 0), factor, 1.0)


def update_rule(settings: Optimiser, module: nn.Module, device: torch.device) -> UpdateRule:
    """Return the update rule that the settings choose, for the parameters of ``module``, which are on ``device``."""
    if settings.optimiser == "adamw":
        return AdamW(module, device)
    return {"sgd": SGD, "lars": LARS}[settings.optimiser](module, settings.momentum)
