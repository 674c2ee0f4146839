"""What is drawn of an objective beside its matrix, and that it is drawn only for somebody who looks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import Bench

from sslviz.core.messages import Watch
from sslviz.core.panel_data import (
    Clusters,
    FewLabels,
    Health,
    Invariance,
    Losses,
    PinnedViews,
    SelectionFigures,
    Similarity,
    Spectrum,
    StepsAhead,
    Strips,
)
from sslviz.core.requests import ChosenSamples, MapRequest, PredictionRequest, SimilarityRequest
from sslviz.engine.observing import rate_limit
from sslviz.engine.observing.observers import map_options
from sslviz.learning.dataset import Samples
from sslviz.learning.objective import Objective, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepsAheadScores
from sslviz.reduction.reducer import Options

Patch = Callable[[str, Callable[..., Any]], None]


@pytest.fixture
def simclr(monkeypatch: pytest.MonkeyPatch) -> Patch:
    """Replaces a method of the objective; everything is due at once."""
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    return lambda name, method: monkeypatch.setattr(objectives["simclr"], name, method)


def blank_prediction(columns: int) -> ImagePrediction:
    errors = np.zeros((8, columns), np.float32)
    return ImagePrediction(
        rows=("actual",),
        columns=tuple(f"t+{ahead + 1}" for ahead in range(columns)),
        images=np.zeros((8, 1, columns, 2, 2, 3), np.uint8),
        filled=np.ones((1, columns), np.uint8),
        errors=errors,
        reference_errors=errors,
        error_name="",
        reference_name="",
    )


class Seer:
    """Stands in for what an objective predicts, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, bool, bool]] = []
        self.data: list[torch.Tensor] = []
        self.draws: list[float] = []

    def image_prediction(self, objective: Objective, held_out: Samples, horizon: int) -> ImagePrediction:
        self.asked.append((horizon, objective.training, torch.is_grad_enabled()))
        self.data.append(held_out.data)
        return blank_prediction(horizon)

    def steps_ahead(self, objective: Objective, held_out: Samples, generator: torch.Generator) -> StepsAheadScores:
        self.draws.append(float(torch.rand(1, generator=generator)))
        return StepsAheadScores(torch.zeros(2), torch.zeros(2), candidates=2)


@pytest.fixture
def seer(simclr: Patch) -> Seer:
    made = Seer()
    simclr("image_prediction", lambda *given: made.image_prediction(*given))
    simclr("steps_ahead", lambda *given: made.steps_ahead(*given))
    return made


def test_predictions_are_of_the_same_held_out_samples_at_every_step(bench: Bench, seer: Seer) -> None:
    bench.inbox.put(Watch(panel_data=("Strips",), requests=(PredictionRequest(horizon=3),)))
    run = bench.run(steps=5)  # after the last one nobody looks
    run.execute()
    assert seer.asked == 4 * [(3, False, False)]
    assert [found.step for found in bench.heard.all(Strips)] == [1, 2, 3, 4]
    assert all(torch.equal(data, seer.data[0]) for data in seer.data)
    assert run.setup is not None
    held_out = {sample.numpy().tobytes() for sample in run.setup.split.held_out.data}
    assert {sample.numpy().tobytes() for sample in seer.data[0]} <= held_out
    assert len(seer.data[0]) == 8
    assert not bench.heard.all(StepsAhead)
    assert run.setup.trainer.objective.training


def test_steps_ahead_are_told_from_the_same_draws_every_time(bench: Bench, seer: Seer) -> None:
    bench.inbox.put(Watch(panel_data=("StepsAhead",)))
    bench.run(steps=4).execute()
    assert [found.step for found in bench.heard.all(StepsAhead)] == [1, 2, 3]
    assert len(seer.draws) == 3
    assert len(set(seer.draws)) == 1
    assert not bench.heard.all(Strips)


def test_nothing_is_predicted_that_nobody_looks_at(bench: Bench, seer: Seer) -> None:
    bench.inbox.put(Watch(panel_data=("Health", "Similarity", "LatentMap", "Views")))
    bench.run(steps=3).execute()
    assert (seer.asked, seer.draws) == ([], [])


def test_a_paused_run_is_looked_at_again_only_where_something_else_is_asked(bench: Bench, seer: Seer) -> None:
    bench.inbox.pause()
    run = bench.begin()
    bench.control("step")
    bench.heard.wait_for(lambda: run.step == 1 and bench.heard.states()[-1] == "paused")
    for horizon in (1, 5):
        bench.inbox.put(Watch(panel_data=("Strips",), requests=(PredictionRequest(horizon=horizon),)))
        bench.heard.wait_for(lambda horizon=horizon: [s for s in bench.heard.all(Strips) if len(s.columns) == horizon])
    bench.end()
    assert [(found.step, len(found.columns)) for found in bench.heard.all(Strips)] == [(1, 1), (1, 5)]
    assert [horizon for horizon, *_ in seer.asked] == [1, 5]


def test_an_objective_that_predicts_nothing_sends_nothing(bench: Bench, simclr: Patch) -> None:
    bench.inbox.put(Watch(panel_data=("Strips", "TokenPredictions", "StepsAhead")))
    assert bench.run(steps=2).execute().state == "finished"
    assert not bench.heard.all(Strips)
    assert not bench.heard.all(StepsAhead)


def test_the_step_ahead_reaches_the_matrix_whose_labels_are_those_of_the_batch(bench: Bench, simclr: Patch) -> None:
    def matrix(objective: Objective, output: Any, data: torch.Tensor, step_ahead: int) -> Matrix:
        cells = torch.full((len(data), len(data)), float(step_ahead))
        return Matrix("scores", cells, limit=0, shift=0, step_ahead=step_ahead, steps_ahead=(1, 9))

    simclr("matrix", matrix)
    bench.inbox.put(Watch(panel_data=("Similarity",), requests=(SimilarityRequest(step_ahead=4),)))
    run = bench.run(steps=2)
    run.execute()
    found = bench.heard.all(Similarity)[-1]
    found.verify()
    assert (found.what, found.step_ahead, found.limit, found.source) == ("scores", 4, 5.0, "batch")
    assert run.setup is not None
    indices = run.setup.trainer.order.indices(found.step)
    assert found.labels.numpy().tolist() == run.setup.split.train.labels["digit"][indices, 0].tolist()


def test_where_there_are_no_pairs_the_batch_is_shown_and_no_figure_of_the_sphere(bench: Bench, simclr: Patch) -> None:
    simclr("pairs", Objective.pairs)
    bench.inbox.put(Watch(panel_data=("Similarity", "Health"), requests=(SimilarityRequest(source="probe"),)))
    bench.run(steps=2).execute()
    assert {found.source for found in bench.heard.all(Similarity)} == {"batch"}
    assert all(set(found.figures) == {"knn"} for found in bench.heard.all(Health))


def test_without_a_matrix_there_is_none_to_show(bench: Bench, simclr: Patch) -> None:
    simclr("matrix", lambda *_: None)
    bench.inbox.put(Watch(panel_data=("Similarity",)))
    assert bench.run(steps=2).execute().state == "finished"
    assert not bench.heard.all(Similarity)


def test_a_selection_is_compared_where_somebody_looks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("SelectionFigures",), samples=ChosenSamples(selected=(4, 1, 7, 10**6))))
    bench.run(steps=3).execute()
    told = bench.heard.all(SelectionFigures)
    assert [each.step for each in told] == [1, 2]
    assert all(sorted(each.typical.numpy().tolist()) == [1, 4, 7] for each in told)
    assert all(-1 <= each.mean_cosine <= 1 for each in told)


def test_nothing_selected_is_not_compared(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("SelectionFigures",)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(SelectionFigures)


def test_the_microscope_looks_at_the_sample_that_is_asked_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Invariance",), samples=ChosenSamples(pinned=3)))
    run = bench.run(steps=3)
    run.execute()
    told = bench.heard.all(Invariance)
    assert [(each.step, each.index) for each in told] == [(1, 3), (2, 3)]
    for each in told:
        each.verify()
        assert np.allclose(each.cosines.numpy()[:, 0], 1, atol=1e-5)
    assert run.setup is not None
    assert run.setup.trainer.objective.training


@pytest.mark.parametrize("index", [-1, 10**6])
def test_the_microscope_looks_at_nothing_that_is_not_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, index: int
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Invariance",), samples=ChosenSamples(pinned=index)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(Invariance)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (MapRequest(), Options()),
        (MapRequest(method="pca"), Options(method="pca")),
        (MapRequest(neighbours=30, min_dist=0.5), Options(neighbours=30, min_dist=0.5)),
        (MapRequest(neighbours=10**9, min_dist=7.0), Options(neighbours=200, min_dist=0.99)),
        (MapRequest(neighbours=-5, min_dist=math.nan), Options(neighbours=3, min_dist=0.1)),
    ],
)
def test_a_map_is_asked_for_as_far_as_it_can_be_made(asked: MapRequest, given: Options) -> None:
    assert map_options(Watch(panel_data=(), requests=(asked,))) == given


def test_the_spectrum_is_told_beside_that_of_the_untrained_network(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Spectrum",)))
    bench.run(steps=4).execute()
    first, _, last = bench.heard.all(Spectrum)
    for each in (first, last):
        each.verify()
        assert (np.diff(each.values.numpy()) <= 1e-6).all()
    assert np.array_equal(first.untrained.numpy(), last.untrained.numpy())
    assert not np.array_equal(first.values.numpy(), last.values.numpy())


def test_a_probe_on_few_labels_is_asked_about_the_others_of_their_classes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    given = tuple(range(40))
    bench.inbox.put(Watch(panel_data=("FewLabels",), samples=ChosenSamples(selected=(*given, 10**6))))
    run = bench.run(steps=3)
    run.execute()
    first, last = bench.heard.all(FewLabels)
    for each in (first, last):
        each.verify()
        assert each.given == given
        assert each.representations == ("trained", "untrained", "raw input")
        assert each.others.numpy().sum() == 1437 - 40  # every digit is among forty
    shares = np.nansum(last.accuracy.numpy() * last.others.numpy(), axis=1) / (1437 - 40)
    assert (shares > 0.3).all()  # of ten digits
    assert np.array_equal(first.accuracy.numpy()[1:], last.accuracy.numpy()[1:])


def test_nobody_looks_at_few_labels(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=(), samples=ChosenSamples(selected=(1, 2, 3))))
    bench.run(steps=3).execute()
    assert not bench.heard.all(FewLabels)


def test_what_each_sample_costs_is_told_where_a_panel_wants_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Losses",)))
    run = bench.run(steps=3)
    run.execute()
    assert [each.step for each in bench.heard.all(Losses)][-2:] == [1, 2]
    assert run.setup is not None
    assert len(bench.heard.all(Losses)[0].values.numpy()) == len(run.setup.split.labelled_train)


def test_nobody_is_asked_what_samples_cost(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("PinnedViews",)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(Losses) + bench.heard.all(Clusters) + bench.heard.all(PinnedViews)


def test_clusters_are_told_as_many_as_there_are_classes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Clusters",)))
    bench.run(steps=3).execute()
    for told in bench.heard.all(Clusters)[-2:]:
        assert set(told.members.numpy().tolist()) == set(range(10))


def test_the_sample_in_view_is_shown_as_the_network_is_given_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("PinnedViews",), samples=ChosenSamples(pinned=3)))
    bench.run(steps=3).execute()
    first, second = bench.heard.all(PinnedViews)[-2:]
    for found in (first, second):
        found.verify()
        assert (found.index, found.rows) == (3, ("original", "view a", "view b"))
    before, after = first.images.numpy(), second.images.numpy()
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])
