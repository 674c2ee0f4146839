"""No tensor of a step stays in memory while the next step is computed."""

from __future__ import annotations

import pytest
import torch
from torch.multiprocessing.reductions import StorageWeakRef
from trainers import CASES, trainer_of

from sslviz.learning.outputs import StepOutput


@pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{name}-{kind}" for name, kind in CASES])
def test_what_a_step_keeps_is_freed_before_the_next(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The storages are checked, since a small view of a large tensor keeps all of it."""
    trainer = trainer_of(name, kind)
    objective_step, storages, alive = trainer.objective.step, [], []

    def step(data: torch.Tensor, generator: torch.Generator) -> StepOutput:
        alive.append(sum(not storage.expired() for storage in storages))
        output = objective_step(data, generator)
        storages[:] = [StorageWeakRef(tensor.untyped_storage()) for tensor in output.kept.values()]
        return output

    monkeypatch.setattr(trainer.objective, "step", step)
    for _ in range(3):
        trainer.step()
        assert storages
        assert not any(storage.expired() for storage in storages), "the matrix is drawn from them"
    assert alive == [0, 0, 0]
