"""The state of a network after its last completed step, seen during the next one."""

from __future__ import annotations

import pytest
import torch

from sslviz.engine.training.step_guard import StepGuard


@pytest.fixture
def network() -> torch.nn.BatchNorm1d:
    return torch.nn.BatchNorm1d(2)


def forward(network: torch.nn.BatchNorm1d) -> None:
    network(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


def running_mean(guard: StepGuard) -> list[float]:
    with guard.completed_state() as state:
        mean: list[float] = state["running_mean"].tolist()
        return mean


def test_buffers_changed_by_a_step_are_seen_after_its_commit(network: torch.nn.BatchNorm1d) -> None:
    guard = StepGuard(network)
    guard.begin()
    forward(network)
    assert running_mean(guard) == [0, 0]
    with guard.commit():
        pass
    assert running_mean(guard) == network.running_mean.tolist() != [0, 0]


def test_undo_restores_the_buffers(network: torch.nn.BatchNorm1d) -> None:
    guard = StepGuard(network)
    guard.begin()
    forward(network)
    guard.undo()
    assert network.running_mean.tolist() == [0, 0]
    assert running_mean(guard) == [0, 0]
