"""Floating-point operations of layers and of whole encoders, as PyTorch's own counter counts them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import resnet18
from toys import build, toy

from sslviz.learning.networks.flops import flops
from sslviz.learning.objective import objectives

LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "linear": (lambda: nn.Linear(5, 7), (3, 4, 5)),
    "convolution": (lambda: nn.Conv2d(3, 8, 3, stride=2), (2, 3, 17, 20)),
    "groups": (lambda: nn.Conv2d(4, 8, 3, groups=2), (2, 4, 9, 9)),
    "one dimension": (lambda: nn.Conv1d(1, 8, 10, stride=5), (2, 1, 400)),
    "recurrent": (lambda: nn.GRU(6, 8, batch_first=True), (2, 11, 6)),
    "resnet": (lambda: resnet18(weights=None), (1, 3, 64, 64)),
}


def library(run: Callable[[], object]) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


@pytest.mark.parametrize(("layer", "shape"), LAYERS.values(), ids=LAYERS)
def test_layers_are_counted_as_by_torch(layer: Callable[[], nn.Module], shape: tuple[int, ...]) -> None:
    network, x = layer().eval(), torch.zeros(shape)
    assert flops(network, lambda: network(x)) == library(lambda: network(x)) > 0


@pytest.mark.parametrize("name", [objective.name for objective in objectives])
def test_objectives_are_counted_nearly_as_by_torch(name: str) -> None:
    """The products of attention are left out. With gradient, since torch does not count its fast path without."""
    objective, samples = build(name).eval(), toy(objectives[name].modalities[0], 2)

    def encode() -> Tensor:
        return objective.encode(samples.data, samples.timesteps)

    assert 0.6 * library(encode) < flops(objective, encode) <= library(encode)


def test_no_hook_is_left_behind_even_by_a_failure() -> None:
    network = nn.Linear(2, 3)
    with pytest.raises(ZeroDivisionError):
        flops(network, lambda: 1 / 0)
    assert not network._forward_hooks
