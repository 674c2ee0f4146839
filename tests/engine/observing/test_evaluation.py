"""Figures of a network, and what they are judged by."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
import torch
from engine_bench import SMALL

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue
from sslviz.engine.observing import evaluation
from sslviz.engine.observing.evaluation import Evaluation, eval_mode
from sslviz.engine.observing.observation import Observation
from sslviz.engine.observing.reference_lines import health_lines, uniform_uniformity
from sslviz.engine.training.catalogue import objective_class
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import place
from sslviz.engine.training.failures import Stopped
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.diagnostics import uniformity
from sslviz.learning.modality import modalities

IMAGES = modalities["image"]()


@pytest.fixture
def split(catalogue: Catalogue, data_cache: DataCache) -> Split:
    return data_cache.load(resolve_values(catalogue, SMALL), lambda *_: None)


@pytest.fixture
def trainer(catalogue: Catalogue, split: Split) -> Trainer:
    values = resolve_values(catalogue, {**SMALL, "probe_samples": 100})
    return Trainer(values, split, objective_class(catalogue, values), place("cpu"))


def test_probe_is_the_same_for_a_seed_and_comes_from_the_training_split(trainer: Trainer, split: Split) -> None:
    one, two = Evaluation(trainer, split, IMAGES), Evaluation(trainer, split, IMAGES)
    assert torch.equal(one.probe_ids, two.probe_ids)
    assert len(one.probe) == len(one.probe_ids.unique()) == 100
    assert torch.equal(one.probe.data, split.train.data[one.probe_ids])


def test_untrained_stays_untrained(trainer: Trainer, split: Split) -> None:
    evaluation = Evaluation(trainer, split, IMAGES)
    before = evaluation.health_untrained()
    assert before == evaluation.health()
    for _ in range(20):
        trainer.step()
    assert evaluation.health_untrained() == before
    assert evaluation.health() != before


def test_what_was_encoded_at_a_step_is_not_encoded_again(
    trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = Evaluation(trainer, split, IMAGES)
    encoded: list[int] = []
    encode = Evaluation.encode

    def counting(self: Evaluation, network: object, samples: Samples) -> torch.Tensor:
        encoded.append(len(samples))
        return encode(self, network, samples)  # type: ignore[arg-type]

    monkeypatch.setattr(Evaluation, "encode", counting)
    h = evaluation.probe_h()
    assert torch.equal(evaluation._h(150)[:100], h)
    assert torch.equal(evaluation.probe_h(), h)
    assert encoded == [100, 50]
    trainer.step()
    assert not torch.equal(evaluation.probe_h(), h)


def test_a_slow_network_is_looked_at_with_fewer_samples(
    trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("LOOK_S", "FIGURES_S"):
        monkeypatch.setattr(evaluation, limit, 0.0)
    looked = Evaluation(trainer, split, IMAGES)
    assert len(looked.probe) == evaluation.TRIED
    assert (len(looked._bank), len(looked._queries)) == (evaluation.TRIED, evaluation.TRIED)
    assert looked.queries == evaluation.TRIED
    assert all(math.isfinite(value) for value in looked.health().values())


def test_each_sample_of_the_map_costs_the_same_at_every_look(trainer: Trainer, split: Split) -> None:
    looked = Evaluation(trainer, split, IMAGES)
    trainer.step()
    before = trainer.objective.training
    losses = looked.probe_losses()
    assert losses is not None
    assert losses.shape == (len(looked.probe),)
    again = looked.probe_losses()
    assert again is not None
    assert torch.equal(losses, again)
    assert trainer.objective.training == before
    trainer.step()
    later = looked.probe_losses()
    assert later is not None
    assert not torch.equal(losses, later)


def test_stop_is_heard_in_the_middle_of_a_look(trainer: Trainer, split: Split) -> None:
    looked = Evaluation(trainer, split, IMAGES)

    def stop() -> None:
        raise Stopped

    looked.check = stop
    with pytest.raises(Stopped):
        looked.health()
    assert trainer.objective.training


def test_scores_take_everything(trainer: Trainer, split: Split) -> None:
    looked = Evaluation(trainer, split, IMAGES)
    scores = looked.scores()
    assert 0.9 < scores.knn_raw["digit"] < 1
    assert scores.knn == scores.knn_untrained
    assert scores.probe == scores.probe_untrained


def test_no_held_out_samples_give_no_score(trainer: Trainer, split: Split) -> None:
    looked = Evaluation(trainer, Split(split.train, split.held_out.first(0), split.labels), IMAGES)
    scores = looked.scores()
    assert all(math.isnan(each["digit"]) for each in (scores.knn, scores.knn_raw, scores.probe))


def test_layers_at_rest_return_to_the_mode_they_were_in() -> None:
    net = torch.nn.Sequential(torch.nn.Dropout(), torch.nn.BatchNorm1d(3).eval())
    with eval_mode(net):
        assert not any(module.training for module in net.modules())
        assert not net[1](torch.ones(2, 3)).requires_grad
    assert [module.training for module in net.modules()] == [True, True, False]


@pytest.mark.parametrize("dim", [2, 8, 64, 512])
def test_uniformity_of_a_uniform_cloud(dim: int) -> None:
    z = torch.randn((3000, dim), generator=torch.Generator().manual_seed(dim))
    assert uniform_uniformity(dim) == pytest.approx(uniformity(z), abs=0.03)


def test_levels_name_raw_input_and_untrained_network() -> None:
    lines = health_lines(64, {"raw input": {"knn": 0.5}}, {"knn": 0.4, "effective_rank": 3.0})
    found = {(line.curve, line.label): line.value for line in lines}
    assert found["knn", "raw input"] == 0.5
    assert found["knn", "untrained"] == 0.4
    assert found["std_of_l2_normalized", "isotropic"] == 0.125
    assert found["uniformity", "uniform"] == pytest.approx(-3.88, abs=0.01)


def test_a_stopped_run_is_scored_on_everything_or_not_at_all() -> None:
    """The live figures are of fewer samples: beside the final ones of another run they would mislead."""
    observation = Observation.__new__(Observation)
    observation.evaluation = SimpleNamespace(scores_cost_s=9.0, scores=lambda: "all")  # type: ignore[assignment]
    assert observation.final_scores(5.0) is None
    assert observation.final_scores(10.0) == "all"
    assert observation.final_scores(None) == "all"
