"""Batch order, seeds, learning rates, and a checkpoint taken by another thread during a step."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

import pytest
import torch
from engine_bench import SMALL
from torchvision.ops import StochasticDepth

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.core.settings import SettingError, Values
from sslviz.engine.training.batches import BatchOrder
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.checkpoint import from_bytes
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.seeds import derived
from sslviz.engine.training.trainer import Trainer, build_objective
from sslviz.learning.networks.eval_mode import batch_norms
from sslviz.learning.objective import Objective
from sslviz.learning.outputs import StepOutput

CPU = torch.device("cpu")


@pytest.fixture
def trainer(catalogue: Catalogue, data_cache: DataCache) -> Trainer:
    values = resolve_values(catalogue, SMALL)
    split = data_cache.load(values, lambda *_: None)
    return Trainer(values, split, objective_class(catalogue, values), place("cpu"))


def test_every_sample_once_per_epoch_but_for_the_last_batch() -> None:
    order = BatchOrder(103, 10, seed=3, device=CPU)
    assert order.steps_per_epoch == 10
    epochs = [torch.cat([order.indices(step) for step in range(first, first + 10)]) for first in (1, 11)]
    assert all(len(epoch.unique()) == 100 for epoch in epochs)
    assert not torch.equal(*epochs)


def test_the_order_depends_on_the_step_number_only() -> None:
    forwards, backwards = (BatchOrder(50, 7, seed=3, device=CPU) for _ in range(2))
    steps = list(range(1, 30))
    ahead = {step: forwards.indices(step) for step in steps}
    assert all(torch.equal(backwards.indices(step), ahead[step]) for step in reversed(steps))


@pytest.mark.parametrize("samples", [0, 1, 9])
def test_less_than_a_batch_is_refused(samples: int) -> None:
    with pytest.raises(SettingError, match="A batch needs 10 samples"):
        BatchOrder(samples, 10, seed=0, device=CPU)


def test_seeds_are_far_apart_and_do_not_depend_on_the_interpreter() -> None:
    seeds = {derived(seed, purpose, number) for seed in range(10) for purpose in "ab" for number in range(100)}
    assert len(seeds) == 2000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derived(0, "augment", 1) == 1931092453115096139


def test_the_global_generator_is_not_changed(trainer: Trainer) -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    trainer.step()
    build_objective(type(trainer.objective), (3, 16, 16), trainer.values)
    assert torch.equal(before, torch.get_rng_state())


def test_a_rehearsal_gives_the_figures_of_the_first_step_and_changes_no_network(trainer: Trainer) -> None:
    before = {name: tensor.clone() for name, tensor in trainer.objective.state_dict().items()}
    record = trainer.rehearse()
    assert trainer.last is not None
    assert (trainer.last.step, trainer.step_number, trainer.loss) == (0, 0, None)
    assert all(torch.equal(before[name], tensor) for name, tensor in trainer.objective.state_dict().items())
    first = trainer.step()
    assert len(record) > 1
    assert {name: first[name] for name in record} == record


def test_the_initial_statistics_of_batch_norm_have_no_weight_and_those_of_pretrained_layers_keep_theirs(
    catalogue: Catalogue, data_cache: DataCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*given: Any) -> Objective:
        network = build_objective(*given)
        first, *_ = batch_norms(network).values()
        assert first.running_mean is not None
        first.running_mean.fill_(5.0)  # as if it were pretrained
        return network

    monkeypatch.setattr("sslviz.engine.training.trainer.build_objective", build)
    values = resolve_values(catalogue, SMALL)
    trainer = Trainer(
        values, data_cache.load(values, lambda *_: None), objective_class(catalogue, values), place("cpu")
    )
    pretrained, *fresh = batch_norms(trainer.objective).values()
    alike = copy.deepcopy(trainer.objective)
    _, *means = batch_norms(alike).values()
    for norm in means:
        norm.momentum = None  # the mean over all batches
    trainer.try_batch(alike, 1)
    trainer.step()
    assert fresh
    assert pretrained.momentum == 0.1
    for norm, expected in zip(fresh, means, strict=True):
        torch.testing.assert_close((norm.running_mean, norm.running_var), (expected.running_mean, expected.running_var))
    for _ in range(9):
        trainer.step()
    assert all(norm.momentum == 0.1 for norm in fresh)


class Noise(torch.nn.Module):
    """A layer of one's own that draws from the global generator in training mode."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn_like(x) if self.training else x


RANDOM_LAYERS = {
    "dropout": lambda: torch.nn.Dropout(0.5),
    "stochastic depth": lambda: StochasticDepth(0.5, "row"),
    "a layer of one's own": Noise,
    "a random activation": torch.nn.RReLU,
}


def with_layer(objective: type[Objective], layer: Callable[[], torch.nn.Module]) -> type[Objective]:
    """Return the objective with a random layer before its projection head."""

    class Random(objective):  # type: ignore[misc, valid-type]
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self.projection_head.insert(0, layer())

    return Random


@pytest.mark.parametrize("layer", RANDOM_LAYERS.values(), ids=RANDOM_LAYERS)
def test_random_layers_are_reproducible(
    layer: Callable[[], torch.nn.Module], trainer: Trainer, data_cache: DataCache
) -> None:
    """Two runs are equal bit for bit, whatever the state of the global generator, which no step changes."""
    split = data_cache.load(trainer.values, lambda *_: None)
    results = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        before = torch.get_rng_state()
        run = Trainer(trainer.values, split, with_layer(type(trainer.objective), layer), place("cpu"))
        losses = [run.step()["loss"] for _ in range(3)]
        assert torch.equal(torch.get_rng_state(), before)
        results.append((losses, *run.objective.state_dict().values()))
    assert same(*results)


def test_random_layers_draw_anew_at_every_step(trainer: Trainer, data_cache: DataCache) -> None:
    split = data_cache.load(trainer.values, lambda *_: None)
    draws: list[float] = []

    class Draw(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            draws.append(float(torch.rand(1)))
            return x

    run = Trainer(trainer.values, split, with_layer(type(trainer.objective), Draw), place("cpu"))
    for _ in range(3):
        run.step()
    assert len(set(draws)) == 3


def test_a_failed_step_restores_the_global_generator(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = torch.get_rng_state()
    monkeypatch.setattr(trainer.objective, "step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trainer.step()
    assert torch.equal(torch.get_rng_state(), before)


class Bare(Objective):
    """A single weight, without running statistics and settings."""

    name, family, modalities, title, help, groups = "bare", "bare", ("image",), "Bare", "Bare.", ()

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.weight = torch.nn.Parameter(torch.tensor(2.0))
        self.weights_after_step: list[float] = []
        self.numbers: list[int] = []

    def configure(self, values: Values) -> None:
        """There are no settings."""

    def step(self, data: torch.Tensor, generator: torch.Generator) -> StepOutput:
        self.numbers.append(self.step_number)
        return StepOutput(self.weight.square())

    def after_optimizer_step(self, output: StepOutput) -> None:
        self.weights_after_step.append(float(self.weight.detach()))

    def encode(self, data: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        return data.flatten(1).float()


def test_a_network_without_running_statistics_trains_too(trainer: Trainer, data_cache: DataCache) -> None:
    bare = Trainer(trainer.values, data_cache.load(trainer.values, lambda *_: None), Bare, place("cpu"))
    losses = [bare.step()["loss"] for _ in range(3)]
    assert losses == sorted(losses, reverse=True)
    assert bare.checkpoint()[0] == 3


def test_after_optimizer_step_is_called_with_the_new_weights(trainer: Trainer, data_cache: DataCache) -> None:
    bare = Trainer(trainer.values, data_cache.load(trainer.values, lambda *_: None), Bare, place("cpu"))
    after = []
    for _ in range(3):
        bare.step()
        after.append(float(bare.objective.state_dict()["weight"]))
    assert bare.objective.weights_after_step == after
    assert bare.objective.numbers == [1, 2, 3]


def test_a_checkpoint_during_a_step_is_of_the_step_before(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer.step()
    _, before = trainer.checkpoint()
    objective_step, reached, go_on = trainer.objective.step, threading.Event(), threading.Event()

    def slow(data: torch.Tensor, generator: torch.Generator) -> StepOutput:
        output = objective_step(data, generator)
        reached.set()
        go_on.wait(10)
        return output

    monkeypatch.setattr(trainer.objective, "step", slow)
    stepping = threading.Thread(target=trainer.step)
    stepping.start()
    reached.wait(10)
    step, during = trainer.checkpoint()
    go_on.set()
    stepping.join()
    assert step == 1
    assert same(from_bytes(before), from_bytes(during))
    assert not same(from_bytes(before), from_bytes(trainer.checkpoint()[1]))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)
