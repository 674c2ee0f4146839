"""Scores on all samples at the end of a run."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality


def test_scores_of_a_network_that_was_not_trained(evaluation: Evaluation, trainer: Trainer) -> None:
    trainer.objective.load_state_dict(evaluation.networks.settled().state_dict())
    scores = evaluation.final.compute()
    assert 0.9 < scores.knn_raw["digit"] < 1
    assert scores.knn == scores.knn_untrained
    assert scores.probe == scores.probe_untrained


def test_how_far_embeddings_spread_beside_the_settled_untrained_network(
    evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(trainer.objective), "z_scale", 2.0)
    trainer.objective.load_state_dict(evaluation.networks.settled().state_dict())
    spread = evaluation.final.compute().spread
    pairs = evaluation.embeddings.pairs(evaluation.samples.num_pairs)
    assert pairs is not None
    unit = torch.nn.functional.normalize(pairs.z_a, dim=1)
    assert (spread.rank_z, spread.rank_h) == (1.0, 1.0)
    assert spread.std_z == pytest.approx(float(unit.std(0, correction=0).mean()) * unit.shape[1] ** 0.5)
    assert spread.std_z_plain == pytest.approx(float(pairs.z_a.std(0, correction=0).mean()) / 2)


def test_an_objective_without_pairs_has_no_spread_of_z(evaluation: Evaluation, trainer: Trainer) -> None:
    trainer.objective.pairs = lambda *_: None  # type: ignore[method-assign]
    spread = evaluation.final.compute().spread
    assert (spread.std_z, spread.std_z_plain, spread.rank_z) == (None, None, None)
    assert 0 < spread.rank_h < 2


def test_no_held_out_samples_give_no_score(trainer: Trainer, split: Split, modality: Modality) -> None:
    without_held_out = Split(split.train, split.held_out.first(0), split.labels)
    scores = Evaluation(trainer, without_held_out, modality).final.compute()
    assert all(math.isnan(each["digit"]) for each in (scores.knn, scores.knn_raw, scores.probe))


def test_a_stopped_run_is_scored_on_everything_or_not_at_all() -> None:
    """The live figures use fewer samples: beside the final ones of another run they would mislead."""
    observation = Observation.__new__(Observation)
    final = SimpleNamespace(cost_s=9.0, compute=lambda: "all")
    observation.evaluation = SimpleNamespace(final=final, networks=SimpleNamespace())  # type: ignore[assignment]
    assert observation.final_scores(5.0) is None
    assert observation.final_scores(10.0) == "all"
    assert observation.final_scores(None) == "all"
    final.cost_s = math.nan
    assert observation.final_scores(10.0) is None, "a run that was stopped in its first step must end soon"
