"""The network runs in eval mode and can be stopped."""

from __future__ import annotations

import pytest
import torch

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.networks import eval_mode
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.trainer import Trainer


def test_layers_return_from_eval_mode_to_the_mode_they_were_in() -> None:
    net = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.BatchNorm1d(3).eval())
    with eval_mode(net):
        assert not any(module.training for module in net.modules())
        assert not net[1](torch.ones(2, 3)).requires_grad
    assert [module.training for module in net.modules()] == [True, True, False]


def test_a_stop_is_noticed_in_the_middle_of_an_evaluation(evaluation: Evaluation, trainer: Trainer) -> None:
    def stop() -> None:
        raise Stopped

    evaluation.networks.check = stop
    with pytest.raises(Stopped):
        evaluation.health.trained()
    assert trainer.objective.training
