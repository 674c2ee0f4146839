"""Which samples a run is evaluated on, and how many."""

from __future__ import annotations

import math

import pytest
import torch

from sslviz.engine.observing import evaluation_samples
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.networks import TRIAL_SAMPLES
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality


def test_probe_is_the_same_for_a_seed_and_comes_from_the_training_split(
    trainer: Trainer, split: Split, modality: Modality
) -> None:
    one, two = (Evaluation(trainer, split, modality).samples for _ in range(2))
    assert torch.equal(one.probe_ids, two.probe_ids)
    assert len(one.probe) == len(one.probe_ids.unique()) == 100
    assert torch.equal(one.probe.data, split.train.data[one.probe_ids])


def test_a_slow_network_is_evaluated_on_fewer_samples(
    trainer: Trainer, split: Split, modality: Modality, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("PROBE_S", "FIGURES_S"):
        monkeypatch.setattr(evaluation_samples, limit, 0.0)
    evaluation = Evaluation(trainer, split, modality)
    samples = evaluation.samples
    assert [len(each) for each in (samples.probe, samples.bank, samples.queries)] == [TRIAL_SAMPLES] * 3
    assert samples.query_segments == TRIAL_SAMPLES
    assert all(math.isfinite(value) for value in evaluation.health.trained().values())
