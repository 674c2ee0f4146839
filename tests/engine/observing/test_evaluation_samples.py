"""Which samples a run is evaluated on, and how many."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace

import pytest
import torch

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue, LabelEntry
from sslviz.engine.observing import evaluation_samples
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.evaluation_samples import LOOK_FLOPS, PAIRS, EvaluationSamples
from sslviz.engine.observing.networks import Networks
from sslviz.engine.training.data_cache import DataCache
from sslviz.engine.training.device import Placement, place
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


def test_samples_and_figures_do_not_depend_on_the_speed_of_the_machine(
    trainer: Trainer, split: Split, modality: Modality, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the slow clock every call of a timer takes ten seconds."""
    fast, clock = Evaluation(trainer, split, modality), itertools.count(0.0, 10.0)
    for timer in ("perf_counter", "monotonic", "time", "process_time"):
        monkeypatch.setattr(time, timer, lambda: next(clock))
    slow = Evaluation(trainer, split, modality)
    for part in ("probe", "bank", "queries"):
        assert torch.equal(getattr(slow.samples, part).data, getattr(fast.samples, part).data)
    assert [len(fast.samples.probe), len(fast.samples.bank), len(fast.samples.queries)] == [100, 500, 360]
    assert slow.samples.num_pairs == fast.samples.num_pairs == PAIRS
    trainer.step()
    assert slow.health.trained() == fast.health.trained()
    assert slow.health.untrained() == fast.health.untrained()
    assert slow.final.compute() == fast.final.compute()


def test_a_fixed_data_seed_lets_the_seed_vary_weights_batches_and_views_only(
    trainer: Trainer, modality: Modality, data_cache: DataCache
) -> None:
    """Data, split, samples and draws of the evaluation stay: error bars over the seed are those of the training."""
    trainers, evaluations = [], []
    for seed in (1, 2):
        values = {**trainer.values, "seed": seed, "data_seed": 7}
        split = data_cache.load(values, lambda *_: None)
        trainers.append(Trainer(values, split, type(trainer.objective), place("cpu")))
        evaluations.append(Evaluation(trainers[-1], split, modality))
    one, two = (evaluation.samples for evaluation in evaluations)
    for part in ("train", "held_out", "probe", "bank", "queries"):
        assert torch.equal(getattr(one, part).data, getattr(two, part).data)
    draws = [torch.rand(3, generator=evaluation.networks.generator("scores")) for evaluation in evaluations]
    assert torch.equal(*draws)
    weights = [next(each.objective.parameters()) for each in trainers]
    assert not torch.equal(*weights)
    assert not torch.equal(*(each.order.indices(1) for each in trainers))
    for each in trainers:
        each.objective.load_state_dict(trainers[0].objective.state_dict())
        each.order = trainers[0].order
    assert trainers[0].step()["loss"] != trainers[1].step()["loss"], "the views differ"


@pytest.mark.parametrize(("wanted", "bank"), [(16, 500), (700, 700), (10_000, 1437)])
def test_the_bank_has_as_many_samples_as_the_map_but_neither_too_few_nor_too_many(
    wanted: int, bank: int, trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are 1,437 training samples."""
    samples = EvaluationSamples(split, Networks(trainer, lambda: None), wanted)
    assert len(samples.probe) == min(wanted, 1437)
    assert len(samples.bank) == bank
    monkeypatch.setattr(evaluation_samples, "BANK", 600)
    assert len(EvaluationSamples(split, Networks(trainer, lambda: None), 10_000).bank) == 600


def test_labels_that_are_not_scored_have_no_figures(
    trainer: Trainer, split: Split, modality: Modality, catalogue: Catalogue
) -> None:
    hue = LabelEntry(name="hue", names=("red", "blue"), colours=("#ff0000", "#0000ff"), scored=False)
    samples = EvaluationSamples(replace(split, labels=(*split.labels, hue)), Networks(trainer, lambda: None), 100)
    assert samples.labels == samples.split.labels == split.labels


def test_on_a_cpu_a_large_network_is_evaluated_on_fewer_samples(
    trainer: Trainer, split: Split, modality: Modality, monkeypatch: pytest.MonkeyPatch
) -> None:
    flops = Networks(trainer, lambda: None).flops_per_segment(split.train)
    for look, expected in ((250 * flops, 250), (flops, 100)):
        monkeypatch.setattr(evaluation_samples, "LOOK_FLOPS", look)
        samples = EvaluationSamples(split, Networks(trainer, lambda: None), 2000)
        assert [len(samples.probe), len(samples.bank), len(samples.queries)] == [expected] * 3
        assert samples.num_pairs == samples.query_segments == expected
    evaluation = Evaluation(trainer, split, modality)
    assert all(math.isfinite(value) for value in evaluation.health.trained().values())


def test_resnet_is_large_and_the_small_encoder_is_not(trainer: Trainer, catalogue: Catalogue, split: Split) -> None:
    resnet = {**trainer.values, **resolve_values(catalogue, {"data": "digits", "encoder": "resnet18"})}
    large = Trainer(resnet, split, type(trainer.objective), place("cpu"))
    by_size = [Networks(each, lambda: None).flops_per_segment(split.train) for each in (trainer, large)]
    assert by_size[0] < LOOK_FLOPS / 10_000
    assert by_size[1] == pytest.approx(1.11e9 / 4, rel=0.05)  # 16×16 pixels, a quarter of CIFAR's


def test_on_a_gpu_a_large_network_is_evaluated_on_all_samples(
    trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_samples, "LOOK_FLOPS", 1.0)
    networks = Networks(trainer, lambda: None)
    networks.placement = Placement(torch.device("cuda"), "A GPU")
    assert len(EvaluationSamples(split, networks, 300).probe) == 300
