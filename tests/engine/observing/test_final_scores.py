"""Scores on all samples at the end of a run."""

from __future__ import annotations

import math
from types import SimpleNamespace

from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observation import Observation
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Split
from sslviz.learning.modality import Modality


def test_scores_of_a_network_that_was_not_trained(evaluation: Evaluation) -> None:
    scores = evaluation.final.compute()
    assert 0.9 < scores.knn_raw["digit"] < 1
    assert scores.knn == scores.knn_untrained
    assert scores.probe == scores.probe_untrained


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
