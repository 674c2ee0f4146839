"""The global random generators of the CPU and of another device are seeded for a while, and restored."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from sslviz.engine.training.seeds import global_seed


def test_the_generator_of_the_device_is_seeded_and_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(1)
    module = SimpleNamespace(
        get_rng_state=generator.get_state, set_rng_state=generator.set_state, manual_seed=generator.manual_seed
    )
    monkeypatch.setattr(torch, "get_device_module", lambda device: {"cuda": module}[device.type])
    before = generator.get_state(), torch.get_rng_state()
    draws = []
    for _ in range(2):
        with global_seed(7, torch.device("cuda")):
            draws.append((float(torch.rand(1)), float(torch.rand(1, generator=generator))))
    assert draws[0] == draws[1]
    assert torch.equal(generator.get_state(), before[0])
    assert torch.equal(torch.get_rng_state(), before[1])


def test_the_draws_are_those_of_torch_manual_seed() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(7)
        expected = torch.rand(3)
    with global_seed(7, torch.device("cpu")):
        assert torch.equal(torch.rand(3), expected)
