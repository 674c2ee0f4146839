"""Update rules against those of torch and against a loop; rates and decays of each step."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from sslviz.engine.training.optimiser import Optimiser
from sslviz.engine.training.update_rules import LARS, SGD, AdamW, UpdateRule, update_rule

CPU = torch.device("cpu")


def network() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4))


def learn(module: nn.Module, step: int) -> None:
    """Compute the gradients of a step."""
    module.zero_grad()
    module(torch.randn((8, 5), generator=torch.Generator().manual_seed(step))).square().sum().backward()


@pytest.mark.parametrize(
    ("rule", "theirs"),
    [
        (lambda module: AdamW(module, CPU), lambda groups: torch.optim.AdamW(groups, fused=True)),
        (lambda module: SGD(module, 0.9), lambda groups: torch.optim.SGD(groups, lr=1.0, momentum=0.9)),
        (lambda module: SGD(module, 0.0), lambda groups: torch.optim.SGD(groups, lr=1.0)),
    ],
    ids=["adamw", "sgd", "sgd without momentum"],
)
def test_rules_equal_those_of_torch_bit_for_bit_and_do_not_decay_biases(
    rule: Callable[[nn.Module], UpdateRule], theirs: Callable[[list[dict[str, object]]], torch.optim.Optimizer]
) -> None:
    ours, expected = network(), network()
    weights, others = [expected[0].weight], [expected[0].bias, *expected[1].parameters()]
    optimiser = theirs([{"params": weights, "weight_decay": 0.3}, {"params": others, "weight_decay": 0.0}])
    found = rule(ours)
    for step in range(5):
        learn(ours, step)
        learn(expected, step)
        for group in optimiser.param_groups:
            group["lr"] = 0.01 * (step + 1)
        optimiser.step()
        found.step(0.01 * (step + 1), 0.3)
    assert all(map(torch.equal, ours.parameters(), expected.parameters()))


def test_lars_equals_a_loop() -> None:
    ours, looped = network(), network()
    rule, velocities = LARS(ours, 0.9), [torch.zeros_like(p) for p in looped.parameters()]
    for step in range(4):
        learn(ours, step)
        learn(looped, step)
        rule.step(2.0, 0.1)
        for parameter, velocity in zip(looped.parameters(), velocities, strict=True):
            assert parameter.grad is not None
            w, g = parameter.data.flatten().tolist(), parameter.grad.flatten().tolist()
            if parameter.ndim > 1:
                size, slope = math.hypot(*w), math.hypot(*g)
                local = 0.001 * size / (slope + 0.1 * size)
                g = [local * (each + 0.1 * weight) for each, weight in zip(g, w, strict=True)]
            velocity.mul_(0.9).add_(torch.tensor(g).view_as(velocity))
            parameter.data -= 2.0 * velocity
    for found, expected in zip(ours.parameters(), looped.parameters(), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-6)


def test_lars_moves_weights_that_are_all_zero() -> None:
    module = nn.Linear(5, 4)
    nn.init.zeros_(module.weight)
    module(torch.ones(2, 5)).sum().backward()
    LARS(module, 0.0).step(0.5, 0.1)
    torch.testing.assert_close(module.weight.data, torch.full((4, 5), -1.0))


def test_the_setting_chooses_the_rule() -> None:
    rules = {name: type(update_rule(Optimiser(optimiser=name), network(), CPU)) for name in ("adamw", "sgd", "lars")}
    assert rules == {"adamw": AdamW, "sgd": SGD, "lars": LARS}


def test_warm_up_then_constant() -> None:
    rates = [Optimiser(learning_rate=2.0, warmup_steps=4).rate(step) for step in range(1, 7)]
    assert rates == [0.5, 1.0, 1.5, 2.0, 2.0, 2.0]
    assert Optimiser(learning_rate=2.0, warmup_steps=0).rate(1) == 2.0


def test_the_cosine_schedule_equals_that_of_torch_after_the_warm_up() -> None:
    optimiser = torch.optim.SGD([torch.zeros(1)], lr=2.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=10, eta_min=2e-3)
    expected = []
    for _ in range(10):
        optimiser.step()
        schedule.step()
        expected.append(schedule.get_last_lr()[0])
    ours = Optimiser(learning_rate=2.0, warmup_steps=4, schedule="cosine", schedule_steps=14)
    assert [ours.rate(step) for step in range(1, 5)] == [0.5, 1.0, 1.5, 2.0]
    assert [ours.rate(step) for step in range(5, 15)] == pytest.approx(expected)
    assert ours.rate(1000) == pytest.approx(2e-3)


def test_the_weight_decay_grows_along_the_cosine() -> None:
    growing = Optimiser(weight_decay=0.04, schedule="cosine", schedule_steps=100, decay_growth=10.0)
    assert [growing.decay(step) for step in (0, 50, 100, 500)] == pytest.approx([0.04, 0.22, 0.4, 0.4])
    assert Optimiser(weight_decay=0.04, decay_growth=10.0).decay(500) == 0.04
