"""The network runs in eval mode and can be stopped."""

from __future__ import annotations

import copy

import pytest
import torch

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality
from sslviz.learning.networks.eval_mode import eval_mode


def test_layers_return_from_eval_mode_to_the_mode_they_were_in() -> None:
    net = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.BatchNorm1d(3).eval())
    with eval_mode(net):
        assert not any(module.training for module in net.modules())
        assert not net[1](torch.ones(2, 3)).requires_grad
    assert [module.training for module in net.modules()] == [True, True, False]


def test_layers_that_are_random_in_eval_mode_give_the_same_figures_twice(
    trainer: Trainer, split: Split, modality: Modality
) -> None:
    class Noise(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + torch.randn_like(x)

    trainer.objective.encoder.append(Noise())  # type: ignore[union-attr, operator]
    evaluation, before = Evaluation(trainer, split, modality), torch.get_rng_state()
    first = evaluation.health.trained()
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(5)
    assert Evaluation(trainer, split, modality).health.trained() == first


def test_the_settled_network_has_first_weights_and_statistics_of_its_first_batches(
    evaluation: Evaluation, trainer: Trainer
) -> None:
    networks, before = evaluation.networks, evaluation.networks.untrained.state_dict()
    settled = networks.settled().state_dict()
    batches = [trainer.try_batch(copy.deepcopy(networks.untrained), number) for number in range(1, 9)]
    statistics = {key for key in before if "running" in key or "num_batches" in key}
    assert statistics
    assert all(torch.equal(settled[key], before[key]) for key in before.keys() - statistics)
    standardise, convolution, *_ = trainer.objective.encoder.children()  # type: ignore[union-attr]
    views = torch.cat([output.kept["views"] for output in batches])
    mean = next(convolution.children())(standardise(views)).mean((0, 2, 3))
    key = next(key for key in before if key.endswith("running_mean"))
    torch.testing.assert_close(settled[key], mean.detach(), rtol=1e-3, atol=1e-4)


def test_a_stop_is_noticed_in_the_middle_of_an_evaluation(evaluation: Evaluation, trainer: Trainer) -> None:
    def stop() -> None:
        raise Stopped

    evaluation.networks.check = stop
    with pytest.raises(Stopped):
        evaluation.health.trained()
    assert trainer.objective.training
