"""Live health figures."""

from __future__ import annotations

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.training.trainer import Trainer


def test_untrained_stays_untrained(evaluation: Evaluation, trainer: Trainer) -> None:
    health = evaluation.health
    before = health.untrained()
    trainer.objective.load_state_dict(evaluation.networks.settled().state_dict())
    assert before == health.trained()
    for _ in range(20):
        trainer.step()
    assert health.untrained() == before
    assert health.trained() != before
