"""Samples with several segments at different timesteps: probe, k-NN of each label, health figures, final scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from engine_bench import SMALL
from torch import Tensor

from sslviz.core.catalogue import resolve_values
from sslviz.core.entries import Catalogue, FigureEntry, LabelEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import Group, Values
from sslviz.engine.observing import evaluation_samples, networks
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observers import first_labels
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.device import place
from sslviz.engine.training.figures import figure_entries
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.knn import weighted_knn_accuracy, weighted_knn_r2
from sslviz.learning.evaluation.probes import logistic_accuracy, ridge_r2
from sslviz.learning.modality import Modality, SampleCards
from sslviz.learning.objective import Objective, Scores
from sslviz.learning.outputs import StepOutput

SEGMENTS, CLASSES, TIMES = 3, 4, 5
LABELS = (LabelEntry(name="letter", names=tuple("abcd")), LabelEntry(name="height", unit="m"))
MARGIN = FigureEntry(key="margin", title="Margin", help="Of the toy.")


class Places(Objective):
    """h of a segment is the row of data at its timestep, times a learned matrix."""

    name: ClassVar[str] = "places"
    family: ClassVar[str] = "toys"
    modalities: ClassVar[tuple[str, ...]] = ("rows",)
    title: ClassVar[str] = "Places"
    help: ClassVar[str] = "A toy."
    groups: ClassVar[tuple[type[Group], ...]] = ()
    figures: ClassVar[tuple[FigureEntry, ...]] = (MARGIN,)

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        self.encoder = torch.nn.Linear(sample_shape[-1], 6)
        self.seen: list[int] = []

    def configure(self, values: Values) -> None:
        """There are no settings."""

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        return StepOutput(self.encoder(data.float() / 255).square().mean())

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        self.seen.append(len(data))
        rows = torch.arange(len(data))[:, None]
        return self.encoder(data[rows, timesteps].flatten(0, 1).float() / 255)

    def baselines(self, split: Split) -> Scores:
        return {"margin_by_luck": float(len(split.train))}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        weight = float(self.encoder.weight.detach().sum())
        return {"margin": weight + float(torch.rand(1, generator=generator)), "by_step": [1.0, float(len(held_out))]}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        value = baselines.get("margin_by_luck")
        return (ReferenceLine(curve="margin", label="luck", value=value),) if isinstance(value, float) else ()


class Rows(Modality):
    """Modality of the toy data: uint8[n, T, D]."""

    name: ClassVar[str] = "rows"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        rows = torch.arange(len(samples))[:, None]
        here = samples.data[rows, samples.timesteps].flatten(0, 1).float()
        return {"raw input": here, "first row": samples.data[:, 0].float().repeat_interleave(samples.segments, 0)}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(np.zeros((len(samples) * samples.segments, 1, 2, 2, 3), np.uint8))


def samples(count: int, seed: int) -> Samples:
    """Return samples with one of four clusters at each timestep; the labels are its letter and its height."""
    generator = torch.Generator().manual_seed(seed)
    classes = torch.randint(0, CLASSES, (count, TIMES), generator=generator)
    data = 200 * torch.eye(8)[classes] + 40 * torch.rand((count, TIMES, 8), generator=generator)
    timesteps = torch.stack([torch.randperm(TIMES, generator=generator)[:SEGMENTS] for _ in range(count)])
    letter = classes.gather(1, timesteps)
    return Samples(data.byte(), {"letter": letter, "height": 1.5 * letter + 2}, timesteps)


@pytest.fixture
def split() -> Split:
    return Split(samples(70, 0), samples(40, 1), LABELS)


@pytest.fixture
def trainer(catalogue: Catalogue, split: Split) -> Trainer:
    values = resolve_values(catalogue, {**SMALL, "probe_samples": 100})
    return Trainer(values, split, Places, place("cpu"))


@pytest.fixture
def evaluation(trainer: Trainer, split: Split) -> Evaluation:
    evaluation = Evaluation(trainer, split, Rows())
    trainer.objective.seen.clear()  # type: ignore[union-attr, operator]
    return evaluation


def flat(samples: Samples, name: str) -> Tensor:
    return samples.labels[name].flatten()


def test_the_probe_has_as_many_segments_as_requested_in_whole_samples(evaluation: Evaluation, split: Split) -> None:
    assert evaluation.samples.segments == SEGMENTS
    assert len(evaluation.samples.probe) == len(evaluation.samples.probe_ids.unique()) == math.ceil(100 / SEGMENTS)
    for name in ("letter", "height"):
        assert torch.equal(
            evaluation.samples.probe.labels[name], split.train.labels[name][evaluation.samples.probe_ids]
        )
    assert torch.equal(evaluation.samples.probe.timesteps, split.train.timesteps[evaluation.samples.probe_ids])


def test_h_of_the_probe_is_of_its_segments_in_order(evaluation: Evaluation, trainer: Trainer) -> None:
    h, probe = evaluation.embeddings.probe_h(), evaluation.samples.probe
    assert h.shape == (len(probe) * SEGMENTS, 6)
    with torch.no_grad():
        for row in (0, 1, len(h) - 1):
            sample, segment = divmod(row, SEGMENTS)
            here = probe.data[sample, probe.timesteps[sample, segment]].float() / 255
            torch.testing.assert_close(h[row], trainer.objective.encoder(here))  # type: ignore[operator]


def test_what_was_encoded_at_a_step_is_not_encoded_again(evaluation: Evaluation, trainer: Trainer) -> None:
    seen: Any = trainer.objective.seen
    h = evaluation.embeddings.probe_h()
    bank_h = evaluation.embeddings.bank_h()
    assert bank_h.shape == (70 * SEGMENTS, 6)
    assert torch.equal(bank_h[: len(h)], h)
    assert torch.equal(evaluation.embeddings.probe_h(), h)
    assert seen == [34, 36]
    trainer.step()
    assert not torch.equal(evaluation.embeddings.probe_h(), h)
    assert seen == [34, 36, 34]


def test_h_is_the_same_whichever_part_is_needed_first(evaluation: Evaluation, trainer: Trainer) -> None:
    """The parts are encoded in the same batches, so that no bit of h depends on what was due first."""
    seen: Any = trainer.objective.seen
    bank_h = evaluation.embeddings.bank_h()
    assert seen == [34, 36]
    assert torch.equal(evaluation.embeddings.probe_h(), bank_h[: 34 * SEGMENTS])
    assert seen == [34, 36]


def test_encoding_in_chunks_gives_the_same_embeddings(
    evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evaluation.networks.encode(trainer.objective, evaluation.samples.probe)
    monkeypatch.setattr(networks, "CHUNK", 10)
    torch.testing.assert_close(evaluation.networks.encode(trainer.objective, evaluation.samples.probe), whole)
    assert trainer.objective.seen == [34, 10, 10, 10, 4]


def test_every_label_has_a_knn_score(evaluation: Evaluation, trainer: Trainer) -> None:
    figures = evaluation.health.trained()
    bank, queries = evaluation.samples.bank, evaluation.samples.queries
    h, queries_h = (evaluation.networks.encode(trainer.objective, each) for each in (bank, queries))
    assert figures["knn"] == weighted_knn_accuracy(h, flat(bank, "letter"), queries_h, flat(queries, "letter"))
    assert figures["knn_height"] == pytest.approx(
        weighted_knn_r2(h, flat(bank, "height"), queries_h, flat(queries, "height"))
    )
    assert figures["knn"] > 0.9
    assert figures["knn_height"] > 0.8


def test_without_pairs_there_are_no_figures_of_the_sphere(evaluation: Evaluation, trainer: Trainer) -> None:
    assert set(evaluation.health.trained()) == {"knn", "knn_height", "margin", "effective_rank_h"}
    assert evaluation.embeddings.pairs(10) is None
    assert evaluation.embeddings.z_dim == 0
    keys = [figure.key for figure in figure_entries(LABELS, trainer.objective)]
    assert keys == ["knn", "knn_height", "margin", "effective_rank_h", "grad_norm"]
    lines = health_lines(0, evaluation.health.raw_inputs(), evaluation.health.untrained())
    assert {line.curve for line in lines} == {"knn", "knn_height", "effective_rank_h"}


def test_each_raw_input_has_a_reference_line_for_each_label(evaluation: Evaluation) -> None:
    levels = evaluation.health.raw_inputs()
    assert list(levels) == ["raw input", "first row"]
    assert all(set(figures) == {"knn", "knn_height"} for figures in levels.values())
    assert levels["raw input"]["knn"] > 0.9 > 0.6 > levels["first row"]["knn"]
    lines = {(line.curve, line.label): line.value for line in health_lines(0, levels, evaluation.health.untrained())}
    assert lines["knn_height", "first row"] == levels["first row"]["knn_height"]
    assert ("knn_height", "untrained") in lines


def test_a_large_network_is_evaluated_on_fewer_segments(
    trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_samples, "LOOK_FLOPS", 0.0)
    monkeypatch.setattr(evaluation_samples, "MIN_SEGMENTS", 32)
    evaluation = Evaluation(trainer, split, Rows())
    assert len(evaluation.samples.probe) == math.ceil(32 / SEGMENTS)
    assert all(math.isfinite(value) for value in evaluation.health.trained().values())


def test_final_scores_use_every_segment(evaluation: Evaluation, trainer: Trainer, split: Split) -> None:
    for _ in range(3):
        trainer.step()
    scores = evaluation.final.compute()
    bank, queries = evaluation.samples.train, evaluation.samples.held_out
    assert (len(bank), len(queries)) == (70, 40)
    h, queries_h = (evaluation.networks.encode(trainer.objective, each) for each in (bank, queries))
    letters = flat(bank, "letter"), flat(queries, "letter")
    heights = flat(bank, "height"), flat(queries, "height")
    assert list(scores.knn) == ["letter", "height"]
    assert scores.knn["letter"] == weighted_knn_accuracy(h, letters[0], queries_h, letters[1])
    assert scores.probe["letter"] == logistic_accuracy(h, letters[0], queries_h, letters[1])
    assert scores.probe["height"] == pytest.approx(ridge_r2(h, heights[0], queries_h, heights[1]))
    assert scores.knn_raw["letter"] > 0.9
    assert scores.probe["letter"] > 0.9
    assert scores.knn_untrained.keys() == scores.probe_untrained.keys() == scores.knn.keys()
    encoded = 2 * 110 + len(evaluation.samples.bank)
    assert evaluation.final.cost_s == pytest.approx(encoded * SEGMENTS * evaluation.networks.seconds_per_segment)


def test_own_scores_of_the_objective_come_with_their_baselines(evaluation: Evaluation) -> None:
    scores = evaluation.final.compute()
    assert list(scores.own) == ["margin", "by_step", "margin_by_luck"]
    assert scores.own["by_step"] == [1.0, 40.0]
    assert scores.own["margin_by_luck"] == 70.0
    again = evaluation.final.compute().own
    assert again == scores.own, "the random draws are the same"


def test_no_held_out_samples_give_no_score_of_any_label(trainer: Trainer, split: Split) -> None:
    evaluation = Evaluation(trainer, Split(split.train, split.held_out.first(0), LABELS), Rows())
    scores = evaluation.final.compute()
    for by_label in (scores.knn, scores.knn_raw, scores.knn_untrained, scores.probe, scores.probe_untrained):
        assert list(by_label) == ["letter", "height"]
        assert all(math.isnan(value) for value in by_label.values())
    assert scores.own == {"margin_by_luck": 70.0}
    assert set(evaluation.health.trained()) == {"knn", "knn_height", "effective_rank_h"}


def test_data_without_labels_are_evaluated_too(trainer: Trainer, split: Split) -> None:
    bare = [Samples(part.data, {}, part.timesteps) for part in (split.train, split.held_out)]
    evaluation = Evaluation(trainer, Split(*bare, ()), Rows())
    assert set(evaluation.health.trained()) == {"margin", "effective_rank_h"}
    assert evaluation.final.compute().knn == {}
    assert [figure.key for figure in figure_entries((), trainer.objective)] == [
        "margin",
        "effective_rank_h",
        "grad_norm",
    ]


def test_the_label_of_a_sample_is_that_of_its_last_segment(split: Split) -> None:
    assert torch.equal(first_labels(LABELS, split.train), split.train.labels["letter"][:, -1])
    assert not first_labels(LABELS[1:], split.train).any()
    assert not first_labels((), split.train).any()


def test_an_objective_without_losses_of_single_samples_gives_none(evaluation: Evaluation) -> None:
    assert evaluation.panels.probe_losses() is None
