"""Several segments of every sample, looked at at places in time: probe, neighbours per label, figures, final scores."""

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
from sslviz.engine.observing import evaluation
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.observers import first_labels
from sslviz.engine.observing.reference_lines import health_lines
from sslviz.engine.training.device import place
from sslviz.engine.training.figures import figure_entries
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.evaluation.diagnostics import weighted_knn_accuracy, weighted_knn_r2
from sslviz.learning.evaluation.probes import logistic_accuracy, ridge_r2
from sslviz.learning.modality import Modality, SampleCards
from sslviz.learning.objective import Objective, Scores
from sslviz.learning.outputs import StepOutput

PIECES, CLASSES, TIMES = 3, 4, 5
LABELS = (LabelEntry(name="letter", names=tuple("abcd")), LabelEntry(name="height", unit="m"))
MARGIN = FigureEntry(key="margin", title="Margin", help="Of the toy.")


class Places(Objective):
    """h of a segment is what stands at its timestep, times a matrix that learns."""

    name: ClassVar[str] = "places"
    family: ClassVar[str] = "toys"
    kinds: ClassVar[tuple[str, ...]] = ("rows",)
    title: ClassVar[str] = "Places"
    help: ClassVar[str] = "A toy."
    groups: ClassVar[tuple[type[Group], ...]] = ()
    figures: ClassVar[tuple[FigureEntry, ...]] = (MARGIN,)

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        self.encoder = torch.nn.Linear(sample_shape[-1], 6)
        self.seen: list[int] = []

    def configure(self, values: Values) -> None:
        """Nothing to choose."""

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
        found = baselines.get("margin_by_luck")
        return (ReferenceLine(curve="margin", label="luck", value=found),) if isinstance(found, float) else ()


class Rows(Modality):
    """The kind of the toy's data: uint8[n, T, D]."""

    name: ClassVar[str] = "rows"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        rows = torch.arange(len(samples))[:, None]
        here = samples.data[rows, samples.timesteps].flatten(0, 1).float()
        return {"raw input": here, "first row": samples.data[:, 0].float().repeat_interleave(samples.segments, 0)}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(np.zeros((len(samples) * samples.segments, 1, 2, 2, 3), np.uint8))


def samples(count: int, seed: int) -> Samples:
    """At every time a cluster of its own; labels say which, and how high it stands."""
    generator = torch.Generator().manual_seed(seed)
    classes = torch.randint(0, CLASSES, (count, TIMES), generator=generator)
    data = 200 * torch.eye(8)[classes] + 40 * torch.rand((count, TIMES, 8), generator=generator)
    timesteps = torch.stack([torch.randperm(TIMES, generator=generator)[:PIECES] for _ in range(count)])
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
def looked(trainer: Trainer, split: Split) -> Evaluation:
    made = Evaluation(trainer, split, Rows())
    trainer.objective.seen.clear()  # type: ignore[union-attr, operator]
    return made


def flat(given: Samples, name: str) -> Tensor:
    return given.labels[name].flatten()


def test_the_probe_has_as_many_pieces_as_asked_for_in_whole_samples(looked: Evaluation, split: Split) -> None:
    assert looked.segments == PIECES
    assert len(looked.probe) == len(looked.probe_ids.unique()) == math.ceil(100 / PIECES)
    for name in ("letter", "height"):
        assert torch.equal(looked.probe.labels[name], split.train.labels[name][looked.probe_ids])
    assert torch.equal(looked.probe.timesteps, split.train.timesteps[looked.probe_ids])


def test_h_of_the_probe_is_of_its_pieces_in_their_order(looked: Evaluation, trainer: Trainer) -> None:
    h, probe = looked.probe_h(), looked.probe
    assert h.shape == (len(probe) * PIECES, 6)
    with torch.no_grad():
        for row in (0, 1, len(h) - 1):
            sample, segment = divmod(row, PIECES)
            here = probe.data[sample, probe.timesteps[sample, segment]].float() / 255
            torch.testing.assert_close(h[row], trainer.objective.encoder(here))  # type: ignore[operator]


def test_what_was_encoded_at_a_step_is_not_encoded_again(looked: Evaluation, trainer: Trainer) -> None:
    seen: Any = trainer.objective.seen
    h = looked.probe_h()
    more = looked._h(50)
    assert more.shape == (150, 6)
    assert torch.equal(more[: len(h)], h)
    assert torch.equal(looked.probe_h(), h)
    assert seen == [34, 16]
    trainer.step()
    assert not torch.equal(looked.probe_h(), h)
    assert seen == [34, 16, 34]


def test_samples_are_encoded_in_chunks_whose_seams_do_not_show(
    looked: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = looked.encode(trainer.objective, looked.probe)
    monkeypatch.setattr(evaluation, "CHUNK", 10)
    torch.testing.assert_close(looked.encode(trainer.objective, looked.probe), whole)
    assert trainer.objective.seen == [34, 10, 10, 10, 4]


def test_every_label_is_read_off_the_neighbours(looked: Evaluation, trainer: Trainer) -> None:
    figures = looked.health()
    bank, queries = looked._bank, looked._queries
    h, asked = (looked.encode(trainer.objective, each) for each in (bank, queries))
    assert figures["knn"] == weighted_knn_accuracy(h, flat(bank, "letter"), asked, flat(queries, "letter"))
    assert figures["knn_height"] == pytest.approx(
        weighted_knn_r2(h, flat(bank, "height"), asked, flat(queries, "height"))
    )
    assert figures["knn"] > 0.9
    assert figures["knn_height"] > 0.8


def test_without_pairs_nothing_is_said_of_the_sphere(looked: Evaluation, trainer: Trainer) -> None:
    assert set(looked.health()) == {"knn", "knn_height", "margin"}
    assert looked.pairs(10) is None
    assert looked.z_dim == 0
    keys = [figure.key for figure in figure_entries(LABELS, trainer.objective)]
    assert keys == ["knn", "knn_height", "margin", "grad_norm"]
    lines = health_lines(0, looked.raw_levels(), looked.health_untrained())
    assert {line.curve for line in lines} == {"knn", "knn_height"}


def test_each_raw_input_has_its_level_for_each_label(looked: Evaluation) -> None:
    levels = looked.raw_levels()
    assert list(levels) == ["raw input", "first row"]
    assert all(set(found) == {"knn", "knn_height"} for found in levels.values())
    assert levels["raw input"]["knn"] > 0.9 > 0.6 > levels["first row"]["knn"]
    lines = {(line.curve, line.label): line.value for line in health_lines(0, levels, looked.health_untrained())}
    assert lines["knn_height", "first row"] == levels["first row"]["knn_height"]
    assert ("knn_height", "untrained") in lines


def test_a_slow_network_is_looked_at_with_fewer_pieces(
    trainer: Trainer, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "LOOK_S", 0.0)
    looked = Evaluation(trainer, split, Rows())
    assert len(looked.probe) == math.ceil(evaluation.TRIED / PIECES)
    assert all(math.isfinite(value) for value in looked.health().values())


def test_final_scores_take_every_piece(looked: Evaluation, trainer: Trainer, split: Split) -> None:
    for _ in range(3):
        trainer.step()
    scores = looked.scores()
    bank, queries = looked._train, looked.held_out
    assert (len(bank), len(queries)) == (70, 40)
    h, asked = (looked.encode(trainer.objective, each) for each in (bank, queries))
    letters = flat(bank, "letter"), flat(queries, "letter")
    heights = flat(bank, "height"), flat(queries, "height")
    assert list(scores.knn) == ["letter", "height"]
    assert scores.knn["letter"] == weighted_knn_accuracy(h, letters[0], asked, letters[1])
    assert scores.probe["letter"] == logistic_accuracy(h, letters[0], asked, letters[1])
    assert scores.probe["height"] == pytest.approx(ridge_r2(h, heights[0], asked, heights[1]))
    assert scores.knn_raw["letter"] > 0.9
    assert scores.probe["letter"] > 0.9
    assert scores.knn_untrained.keys() == scores.probe_untrained.keys() == scores.knn.keys()
    assert looked.scores_cost_s == pytest.approx(2 * PIECES * 110 * looked._seconds_per_piece)


def test_what_the_objective_says_of_itself_comes_with_what_it_would_be_without_learning(looked: Evaluation) -> None:
    scores = looked.scores()
    assert list(scores.own) == ["margin", "by_step", "margin_by_luck"]
    assert scores.own["by_step"] == [1.0, 40.0]
    assert scores.own["margin_by_luck"] == 70.0
    again = looked.scores().own
    assert again == scores.own, "always the same draws"


def test_no_held_out_samples_give_no_score_of_any_label(trainer: Trainer, split: Split) -> None:
    looked = Evaluation(trainer, Split(split.train, split.held_out.first(0), LABELS), Rows())
    scores = looked.scores()
    for found in (scores.knn, scores.knn_raw, scores.knn_untrained, scores.probe, scores.probe_untrained):
        assert list(found) == ["letter", "height"]
        assert all(math.isnan(value) for value in found.values())
    assert scores.own == {"margin_by_luck": 70.0}
    assert set(looked.health()) == {"knn", "knn_height"}


def test_data_without_labels_are_looked_at_all_the_same(trainer: Trainer, split: Split) -> None:
    bare = [Samples(part.data, {}, part.timesteps) for part in (split.train, split.held_out)]
    looked = Evaluation(trainer, Split(*bare, ()), Rows())
    assert set(looked.health()) == {"margin"}
    assert looked.scores().knn == {}
    assert [figure.key for figure in figure_entries((), trainer.objective)] == ["margin", "grad_norm"]


def test_a_samples_own_label_is_that_of_its_last_piece(split: Split) -> None:
    assert torch.equal(first_labels(LABELS, split.train), split.train.labels["letter"][:, -1])
    assert not first_labels(LABELS[1:], split.train).any()
    assert not first_labels((), split.train).any()


def test_who_does_not_say_what_a_sample_costs_is_not_asked_again(looked: Evaluation) -> None:
    assert looked.probe_losses() is None
