"""What single panels ask of the network."""

from __future__ import annotations

import torch

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.training.trainer import Trainer


def test_losses_of_the_probe_are_the_same_until_the_weights_change(evaluation: Evaluation, trainer: Trainer) -> None:
    trainer.step()
    training = trainer.objective.training
    losses = evaluation.panels.probe_losses()
    assert losses is not None
    assert losses.shape == (len(evaluation.samples.probe),)
    again = evaluation.panels.probe_losses()
    assert again is not None
    assert torch.equal(losses, again)
    assert trainer.objective.training == training
    trainer.step()
    later = evaluation.panels.probe_losses()
    assert later is not None
    assert not torch.equal(losses, later)
