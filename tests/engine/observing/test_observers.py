"""Observers in a run: what each sends, and that it runs only while a visible panel shows its data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import Bench, Heard

from sslviz.core import rate_limit
from sslviz.core.messages import Notice, Watch
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
from sslviz.engine.observing import evaluation_samples
from sslviz.engine.observing.evaluation import Evaluation
from sslviz.engine.observing.map_options import map_options
from sslviz.engine.observing.observer_scheduler import ObserverScheduler
from sslviz.engine.observing.observers import HealthObserver, MapObserver, health_steps
from sslviz.engine.training.trainer import Trainer
from sslviz.learning.dataset import Samples
from sslviz.learning.objective import Objective, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepsAheadScores
from sslviz.reduction.reducer import Options

Patch = Callable[[str, Callable[..., Any]], None]


@pytest.fixture
def simclr(monkeypatch: pytest.MonkeyPatch) -> Patch:
    """Returns a function that replaces a method of the objective; every observer is due at once."""
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


class FakePredictions:
    """Replaces the predictions of an objective, and records the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, bool, bool]] = []
        self.data: list[torch.Tensor] = []
        self.draws: list[float] = []

    def image_prediction(self, objective: Objective, held_out: Samples, horizon: int) -> ImagePrediction:
        self.calls.append((horizon, objective.training, torch.is_grad_enabled()))
        self.data.append(held_out.data)
        return blank_prediction(horizon)

    def steps_ahead(self, objective: Objective, held_out: Samples, generator: torch.Generator) -> StepsAheadScores:
        self.draws.append(float(torch.rand(1, generator=generator)))
        return StepsAheadScores(torch.zeros(2), torch.zeros(2), candidates=2)


@pytest.fixture
def predictions(simclr: Patch) -> FakePredictions:
    predictions = FakePredictions()
    simclr("image_prediction", lambda *arguments: predictions.image_prediction(*arguments))
    simclr("steps_ahead", lambda *arguments: predictions.steps_ahead(*arguments))
    return predictions


def test_predictions_are_of_the_same_held_out_samples_at_every_step(bench: Bench, predictions: FakePredictions) -> None:
    bench.inbox.put(Watch(panel_data=("Strips",), requests=(PredictionRequest(horizon=3),)))
    run = bench.run(steps=5)  # after the last one nothing is observed
    run.execute()
    assert predictions.calls == 4 * [(3, False, False)]
    assert [message.step for message in bench.heard.all(Strips)] == [1, 2, 3, 4]
    assert all(torch.equal(data, predictions.data[0]) for data in predictions.data)
    assert run.setup is not None
    held_out = {sample.numpy().tobytes() for sample in run.setup.split.held_out.data}
    assert {sample.numpy().tobytes() for sample in predictions.data[0]} <= held_out
    assert len(predictions.data[0]) == 8
    assert not bench.heard.all(StepsAhead)
    assert run.setup.trainer.objective.training


def test_steps_ahead_use_the_same_random_draws_every_time(bench: Bench, predictions: FakePredictions) -> None:
    bench.inbox.put(Watch(panel_data=("StepsAhead",)))
    bench.run(steps=4).execute()
    assert [message.step for message in bench.heard.all(StepsAhead)] == [1, 2, 3]
    assert len(predictions.draws) == 3
    assert len(set(predictions.draws)) == 1
    assert not bench.heard.all(Strips)


def test_nothing_is_predicted_while_no_panel_shows_it(bench: Bench, predictions: FakePredictions) -> None:
    bench.inbox.put(Watch(panel_data=("Health", "Similarity", "LatentMap", "Views")))
    bench.run(steps=3).execute()
    assert (predictions.calls, predictions.draws) == ([], [])


def test_a_paused_run_is_observed_again_only_when_the_map_requestchanges(
    bench: Bench, predictions: FakePredictions
) -> None:
    bench.inbox.pause()
    run = bench.begin()
    bench.control("step")
    bench.heard.wait_for(lambda: run.step == 1 and bench.heard.states()[-1] == "paused")
    for horizon in (1, 5):
        bench.inbox.put(Watch(panel_data=("Strips",), requests=(PredictionRequest(horizon=horizon),)))
        bench.heard.wait_for(lambda horizon=horizon: [s for s in bench.heard.all(Strips) if len(s.columns) == horizon])
    bench.end()
    assert [(message.step, len(message.columns)) for message in bench.heard.all(Strips)] == [(1, 1), (1, 5)]
    assert [horizon for horizon, *_ in predictions.calls] == [1, 5]


def test_the_interval_between_maps_begins_at_half_a_second_and_grows_to_its_bound() -> None:
    class Requested:
        def request_map(self, *_: object) -> None:
            """Lay out no map."""

    observer: Any = MapObserver(embeddings=None, maps=Requested())  # type: ignore[arg-type]
    assert observer.rate_limit.due
    intervals = []
    for _ in range(12):
        observer.observe(Watch(panel_data=("LatentMap",)))
        intervals.append(observer.rate_limit.interval_s)
    assert intervals[:3] == pytest.approx([0.5, 0.6, 0.72])
    assert intervals[-1] == 2.85


def test_an_objective_that_predicts_nothing_sends_nothing(bench: Bench, simclr: Patch) -> None:
    bench.inbox.put(Watch(panel_data=("Strips", "TokenPredictions", "StepsAhead")))
    assert bench.run(steps=2).execute().state == "finished"
    assert not bench.heard.all(Strips)
    assert not bench.heard.all(StepsAhead)


def test_the_matrix_is_of_the_requested_step_ahead_with_the_labels_of_the_batch(bench: Bench, simclr: Patch) -> None:
    def matrix(objective: Objective, output: Any, data: torch.Tensor, step_ahead: int) -> Matrix:
        cells = torch.full((len(data), len(data)), float(step_ahead))
        return Matrix("scores", cells, limit=0, shift=0, step_ahead=step_ahead, steps_ahead=(1, 9))

    simclr("matrix", matrix)
    bench.inbox.put(Watch(panel_data=("Similarity",), requests=(SimilarityRequest(step_ahead=4),)))
    run = bench.run(steps=2)
    run.execute()
    message = bench.heard.all(Similarity)[-1]
    message.verify()
    assert (message.what, message.step_ahead, message.limit, message.source) == ("scores", 4, 5.0, "batch")
    assert run.setup is not None
    indices = run.setup.trainer.order.indices(message.step)
    assert message.labels.numpy().tolist() == run.setup.split.train.labels["digit"][indices, 0].tolist()


def test_without_pairs_the_batch_is_shown_and_there_are_no_figures_of_the_sphere(bench: Bench, simclr: Patch) -> None:
    simclr("pairs", Objective.pairs)
    bench.inbox.put(Watch(panel_data=("Similarity", "Health"), requests=(SimilarityRequest(source="probe"),)))
    bench.run(steps=2).execute()
    assert {message.source for message in bench.heard.all(Similarity)} == {"batch"}
    assert all(set(message.figures) == {"knn", "effective_rank_h"} for message in bench.heard.all(Health))


def test_an_objective_without_a_matrix_sends_none(bench: Bench, simclr: Patch) -> None:
    simclr("matrix", lambda *_: None)
    bench.inbox.put(Watch(panel_data=("Similarity",)))
    assert bench.run(steps=2).execute().state == "finished"
    assert not bench.heard.all(Similarity)


def test_the_selection_is_observed_while_a_panel_shows_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("SelectionFigures",), samples=ChosenSamples(selected=(4, 1, 7, 10**6))))
    bench.run(steps=3).execute()
    sent = bench.heard.all(SelectionFigures)
    assert [each.step for each in sent] == [1, 2]
    assert all(sorted(each.typical.numpy().tolist()) == [1, 4, 7] for each in sent)
    assert all(-1 <= each.mean_cosine <= 1 for each in sent)


def test_an_empty_selection_is_not_observed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("SelectionFigures",)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(SelectionFigures)


def test_the_microscope_observes_the_pinned_sample(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Invariance",), samples=ChosenSamples(pinned=3)))
    run = bench.run(steps=3)
    run.execute()
    sent = bench.heard.all(Invariance)
    assert [(each.step, each.index) for each in sent] == [(1, 3), (2, 3)]
    for each in sent:
        each.verify()
        assert np.allclose(each.cosines.numpy()[:, 0], 1, atol=1e-5)
    assert run.setup is not None
    assert run.setup.trainer.objective.training


@pytest.mark.parametrize("index", [-1, 10**6])
def test_the_microscope_ignores_a_sample_that_does_not_exist(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, index: int
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Invariance",), samples=ChosenSamples(pinned=index)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(Invariance)


@pytest.mark.parametrize(
    ("map_request", "options"),
    [
        (MapRequest(), Options()),
        (MapRequest(method="pca"), Options(method="pca")),
        (MapRequest(neighbours=30, min_dist=0.5), Options(neighbours=30, min_dist=0.5)),
        (MapRequest(neighbours=10**9, min_dist=7.0), Options(neighbours=200, min_dist=0.99)),
        (MapRequest(neighbours=-5, min_dist=math.nan), Options(neighbours=3, min_dist=0.1)),
    ],
)
def test_map_options_are_clipped_to_what_umap_accepts(map_request: MapRequest, options: Options) -> None:
    assert map_options(map_request) == options


def test_the_spectrum_comes_with_that_of_the_untrained_network(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Spectrum",)))
    bench.run(steps=4).execute()
    first, _, last = bench.heard.all(Spectrum)
    for each in (first, last):
        each.verify()
        assert (np.diff(each.values.numpy()) <= 1e-6).all()
    assert np.array_equal(first.untrained.numpy(), last.untrained.numpy())
    assert not np.array_equal(first.values.numpy(), last.values.numpy())


def test_a_probe_on_few_labels_is_scored_on_the_other_samples_of_the_classes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    labelled = tuple(range(40))
    bench.inbox.put(Watch(panel_data=("FewLabels",), samples=ChosenSamples(selected=(*labelled, 10**6))))
    run = bench.run(steps=3)
    run.execute()
    first, last = bench.heard.all(FewLabels)
    for each in (first, last):
        each.verify()
        assert each.labelled == labelled
        assert each.representations == ("trained", "untrained", "raw input")
        assert each.test_counts.numpy().sum() == 1437 - 40  # every digit is among forty
    shares = np.nansum(last.accuracy.numpy() * last.test_counts.numpy(), axis=1) / (1437 - 40)
    assert (shares > 0.3).all()  # of ten digits
    assert np.array_equal(first.accuracy.numpy()[1:], last.accuracy.numpy()[1:])


def test_the_probe_on_few_labels_does_not_run_unwatched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=(), samples=ChosenSamples(selected=(1, 2, 3))))
    bench.run(steps=3).execute()
    assert not bench.heard.all(FewLabels)


def test_losses_of_the_samples_are_computed_while_a_panel_shows_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Losses",)))
    run = bench.run(steps=3)
    run.execute()
    assert [each.step for each in bench.heard.all(Losses)][-2:] == [1, 2]
    assert run.setup is not None
    assert len(bench.heard.all(Losses)[0].values.numpy()) == len(run.setup.split.labelled_train)


def test_losses_of_the_samples_are_not_computed_unwatched(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("PinnedViews",)))
    bench.run(steps=3).execute()
    assert not bench.heard.all(Losses) + bench.heard.all(Clusters) + bench.heard.all(PinnedViews)


def test_there_are_as_many_clusters_as_classes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("Clusters",)))
    bench.run(steps=3).execute()
    for sent in bench.heard.all(Clusters)[-2:]:
        assert set(sent.members.numpy().tolist()) == set(range(10))


def test_the_pinned_sample_is_shown_with_its_views(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit.RateLimit, "due", True)
    bench.inbox.put(Watch(panel_data=("PinnedViews",), samples=ChosenSamples(pinned=3)))
    bench.run(steps=3).execute()
    first, second = bench.heard.all(PinnedViews)[-2:]
    for message in (first, second):
        message.verify()
        assert (message.index, message.rows) == (3, ("original", "view a", "view b"))
    before, after = first.images.numpy(), second.images.numpy()
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


@pytest.mark.parametrize("seconds_per_call", [0.0, 1.0, 60.0])
def test_without_a_window_the_figures_are_of_the_same_steps_on_any_machine(
    seconds_per_call: float, evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(0.0, seconds_per_call or 1e-9)
    monkeypatch.setattr(evaluation.health, "trained", dict)
    steps: list[int] = []
    observer = HealthObserver(evaluation, lambda step, figures: steps.append(step), 64, watched=False)
    observer.rate_limit._clock = lambda: next(clock)
    scheduler = ObserverScheduler([observer], Heard(), lambda: trainer.step_number)
    for step in range(1001):
        trainer.step_number = step
        scheduler.run_due(Watch(panel_data=()))
    assert steps == [1, 200, 400, 600, 800, 1000]


@pytest.mark.parametrize(("batch_size", "expected"), [(256, 200), (16, 715), (2, 5717)])
def test_figures_of_many_samples_are_rarer_where_steps_are_small(
    batch_size: int, expected: int, evaluation: Evaluation
) -> None:
    """500 samples in the bank, 360 queries and 256 pairs take a twenty-fifth of the time of this many steps."""
    steps = health_steps(evaluation.samples, batch_size)
    assert steps == expected
    assert (500 + 360 + 512) / (3 * steps * batch_size) <= 0.04


def test_a_network_that_is_large_for_a_cpu_says_on_how_many_samples_it_is_evaluated(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_samples, "LOOK_FLOPS", 1.0)
    bench.run(steps=1, probe_samples=300).execute()
    texts = [notice.text for notice in bench.heard.all(Notice) if notice.key == "probe_samples"]
    only = "This network is large for a CPU: map and figures take 100 of 1,437 samples. "
    assert texts == [only + "With a smaller network or a GPU they take more."]


def test_after_a_change_the_figures_come_sooner_until_it_is_judged(
    evaluation: Evaluation, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With figures that take a second and no panel that shows them, two readings came 50 s after a change."""
    now = 0.0
    times: list[float] = []

    def slow() -> dict[str, float]:
        nonlocal now
        now += 1.0
        return {}

    monkeypatch.setattr(evaluation.health, "trained", slow)
    observer = HealthObserver(evaluation, lambda step, figures: times.append(now), 64)
    observer.rate_limit._clock = lambda: now
    scheduler = ObserverScheduler([observer], Heard(), lambda: trainer.step_number)

    def train(seconds: float) -> None:
        nonlocal now
        until = now + seconds
        while now < until:
            now += 0.25
            trainer.step_number += 1
            scheduler.run_due(Watch(panel_data=()))

    train(100)
    before = len(times)
    observer.hasten()
    changed_at = now
    train(60)
    _, second, *later = (time - changed_at for time in times[before:])
    assert second <= 12
    assert all(time - second >= 20 for time in later)
