"""A pretrained network that is on this machine beside the network in training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sslviz.core.messages import Watch
from sslviz.core.reference_lines import ReferenceLine
from sslviz.engine.observing import pretrained
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.pretrained import PretrainedNetwork, PretrainedObserver
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.encoder import PretrainedAtHand
from sslviz.learning.encoders.small import SmallEncoder
from sslviz.learning.modality import Modality
from sslviz.learning.networks.eval_mode import batch_norms

WATCH = Watch(panel_data=())


class OtherEncoder(SmallEncoder):
    """Stands for a pretrained network."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__(channels, 8)


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A pretrained network is on this machine."""
    network = PretrainedAtHand("other", OtherEncoder, {})
    monkeypatch.setattr(SmallEncoder, "at_hand", classmethod(lambda cls: network))
    pretrained._known.clear()
    yield
    pretrained._known.clear()


def test_without_one_nothing_is_computed(evaluation: Evaluation) -> None:
    observer = PretrainedObserver(evaluation.pretrained, pytest.fail)
    assert observer.subject(WATCH) is None
    assert evaluation.pretrained.final() is None
    scores = evaluation.final.compute()
    assert (scores.knn_pretrained, scores.probe_pretrained, scores.pretrained) == ({}, {}, None)


@pytest.mark.usefixtures("at_hand")
def test_its_scores_are_beside_the_others(evaluation: Evaluation) -> None:
    assert evaluation.final.compute().pretrained is None
    evaluation.pretrained.final()
    scores = evaluation.final.compute()
    assert scores.pretrained == "other"
    assert 0.2 < scores.knn_pretrained["digit"] < 1
    assert scores.knn_pretrained != scores.knn_untrained
    assert scores.probe_pretrained.keys() == scores.probe.keys()


@pytest.mark.usefixtures("at_hand")
def test_live_figures_come_part_by_part_and_once(
    evaluation: Evaluation, trainer: Trainer, modality: Modality, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[ReferenceLine, ...]] = []
    monkeypatch.setattr(pretrained, "CHUNK_CPU", 300)
    observer = PretrainedObserver(evaluation.pretrained, told.append)
    subjects = []
    while (subject := observer.subject(WATCH)) is not None:
        subjects.append(subject)
        observer.observe(WATCH)
    assert subjects == list(range(len(subjects)))
    assert len(subjects) >= 3
    ((line,),) = told
    assert (line.curve, line.role, line.label) == ("knn", "pretrained", "pretrained other")
    again = PretrainedNetwork(trainer, evaluation.networks, evaluation.samples, modality)
    monkeypatch.setattr(again, "_build", pytest.fail)  # the scores are known
    whole = PretrainedObserver(again, told.append, whole=True)
    whole.observe(WATCH)
    assert whole.subject(WATCH) is None
    assert told[0] == told[1]


@pytest.mark.usefixtures("at_hand")
def test_labels_that_have_changed_have_scores_of_their_own(
    evaluation: Evaluation, trainer: Trainer, modality: Modality
) -> None:
    before, samples = evaluation.pretrained.final(), evaluation.samples
    samples.held_out = replace(samples.held_out, labels={"digit": 9 - samples.held_out.labels["digit"]})
    after = PretrainedNetwork(trainer, evaluation.networks, samples, modality).final()
    assert before is not None
    assert after is not None
    assert after.knn["digit"] < before.knn["digit"]


@pytest.mark.usefixtures("at_hand")
def test_an_interruption_keeps_what_is_computed(evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[ReferenceLine, ...]] = []
    monkeypatch.setattr(pretrained, "CHUNK_CPU", 300)
    observer = PretrainedObserver(evaluation.pretrained, told.append, whole=True)
    monkeypatch.setattr(evaluation.networks, "check", lambda: 1 / 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            observer.observe(WATCH)
    assert observer.subject(WATCH) == 2
    monkeypatch.setattr(evaluation.networks, "check", lambda: None)
    observer.observe(WATCH)
    assert len(told) == 1
    assert observer.subject(WATCH) is None


@pytest.mark.usefixtures("at_hand")
def test_on_a_cpu_a_large_network_encodes_fewer_samples_or_none(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = evaluation.pretrained._build(PretrainedAtHand("other", OtherEncoder, {}))
    for_one = pretrained.PRETRAINED_FLOPS / evaluation.pretrained._limit(encoder)
    monkeypatch.setattr(pretrained, "PRETRAINED_FLOPS", 400.5 * for_one)
    scores = evaluation.pretrained.final()
    assert scores is not None
    assert scores.samples in range(390, 411)
    pretrained._known.clear()
    monkeypatch.setattr(pretrained, "PRETRAINED_FLOPS", 50 * for_one)
    assert evaluation.pretrained.final() is None


@pytest.mark.usefixtures("at_hand")
def test_it_can_be_given_up_and_a_damaged_one_costs_nothing_else(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    assert evaluation.pretrained.final(lambda: True) is None
    monkeypatch.setattr(OtherEncoder, "build", lambda *_: 1 / 0)
    assert evaluation.pretrained.final() is None
    assert logged == ["sslviz.engine WARNING: the pretrained network cannot be used: division by zero"]


@pytest.mark.usefixtures("at_hand")
def test_a_network_that_begins_pretrained_is_compared_with_itself(
    evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SmallEncoder, "begins_trained", classmethod(lambda cls, values: True))
    assert evaluation.pretrained.at_hand is None
    trainer.objective.load_state_dict(evaluation.networks.settled().state_dict())
    scores = evaluation.final.compute()
    assert (scores.knn_untrained, scores.probe_untrained) == ({}, {})
    assert (scores.knn_pretrained, scores.pretrained) == (scores.knn, None)
    assert scores.compared[-1][1:] == (scores.knn, "pretrained")


@pytest.mark.usefixtures("at_hand")
def test_the_network_in_training_is_left_alone(evaluation: Evaluation, trainer: Trainer) -> None:
    before = {name: tensor.clone() for name, tensor in trainer.objective.state_dict().items()}
    evaluation.pretrained.final()
    assert all(bool((trainer.objective.state_dict()[name] == tensor).all()) for name, tensor in before.items())
    assert all(module.training for module in batch_norms(trainer.objective).values())
