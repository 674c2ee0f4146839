"""The target network: how its momentum rises, and what follows the online network."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslviz.learning.networks.momentum_target import Target, follow, momentum_copy


def test_the_momentum_rises_to_one_along_half_a_cosine() -> None:
    rising = Target(ema_momentum=0.9, ema_rise_steps=100)
    assert [rising.momentum_at(step) for step in (0, 50, 100, 1000)] == pytest.approx([0.9, 0.95, 1, 1])
    assert rising.momentum_at(10) - rising.momentum_at(0) < rising.momentum_at(55) - rising.momentum_at(45)
    assert Target(ema_momentum=0.9).momentum_at(1000) == 0.9


def test_weights_follow_and_running_statistics_do_not() -> None:
    online = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    target = momentum_copy(online)
    assert not any(parameter.requires_grad for parameter in target.parameters())
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    online(torch.rand(8, 3))
    with torch.no_grad():
        for parameter in online.parameters():
            parameter += 1
    follow(target, online, 0.75)
    parameters = dict(target.named_parameters())
    for name, tensor in target.state_dict().items():
        torch.testing.assert_close(tensor, before[name] + 0.25 if name in parameters else before[name])
