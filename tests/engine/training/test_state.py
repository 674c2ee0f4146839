"""The whole state of a training is in its checkpoint: k steps, save, load and k steps equal 2k steps bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from trainers import CASES, trainer_of

from sslviz.core.settings import Value
from sslviz.engine.training.checkpoint import from_bytes
from sslviz.engine.training.device import place
from sslviz.engine.training.trainer import Trainer

K = 3
GOLDEN = Path(__file__).parents[2] / "golden" / "version-0.1.0" / "trained"
STATEFUL: list[dict[str, Value]] = [
    {"optimiser": "sgd", "learning_rate": 0.05},
    {"optimiser": "lars", "learning_rate": 1.0},
    {"schedule": "cosine", "schedule_steps": 5, "decay_growth": 3.0, "warmup_steps": 2},
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def resumed(checkpoint: bytes, trainer: Trainer) -> Trainer:
    """Return a new trainer that continues from a checkpoint of ``trainer``."""
    return Trainer.from_checkpoint(checkpoint, trainer.split, type(trainer.objective), place("cpu"))


def check_that_it_continues(trainer: Trainer, again: Trainer) -> None:
    """``again`` trains 2k steps; ``trainer`` trains k steps, and is then replaced by one made from its checkpoint."""
    expected = [again.step() for _ in range(2 * K)]
    found = [trainer.step() for _ in range(K)]
    trainer = resumed(trainer.checkpoint()[1], trainer)
    assert trainer.objective.step_number == K
    assert found + [trainer.step() for _ in range(K)] == expected
    assert trainer.loss == again.loss
    assert_same(from_bytes(trainer.checkpoint()[1]), from_bytes(again.checkpoint()[1]), "")


def assert_same(one: Any, other: Any, path: str) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key in one:
            assert_same(one[key], other[key], f"{path}/{key}")
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{path}/{index}")
    else:
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other, path


@pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{name}-{kind}" for name, kind in CASES])
def test_every_objective_continues_from_its_checkpoint(name: str, kind: str) -> None:
    check_that_it_continues(trainer_of(name, kind), trainer_of(name, kind))


@pytest.mark.parametrize("given", STATEFUL, ids=["sgd", "lars", "cosine schedule"])
def test_every_update_rule_and_schedule_continues(given: dict[str, Value]) -> None:
    check_that_it_continues(trainer_of("simclr", "image", given), trainer_of("simclr", "image", given))


def test_a_rising_momentum_continues() -> None:
    given: dict[str, Value] = {"ema_rise_steps": 2 * K}
    check_that_it_continues(*(trainer_of("feature_prediction", "video", given) for _ in range(2)))


def test_a_checkpoint_of_version_0_1_0_continues() -> None:
    checkpoint, trainer = (GOLDEN / "checkpoints" / "final.pt").read_bytes(), trainer_of("simclr", "image")
    trainer = resumed(checkpoint, trainer)
    saved = from_bytes(checkpoint)
    assert_same(saved, {key: from_bytes(trainer.checkpoint()[1])[key] for key in saved}, "")
    trainer.step()
    assert trainer.step_number == saved["step"] + 1
