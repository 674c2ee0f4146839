"""Previews of views under given settings, without a run or a network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import Heard

from sslviz.core.entries import Catalogue, LabelEntry
from sslviz.core.messages import Notice, Preview
from sslviz.core.panel_data import Views
from sslviz.engine.observing.evaluation_samples import map_order
from sslviz.engine.serving import previews
from sslviz.engine.serving.previews import Previews, shown
from sslviz.engine.training.data_cache import DataCache
from sslviz.learning.dataset import DataError, Samples, Split
from sslviz.learning.objective import Objective, objectives


class Answers:
    def __init__(self, catalogue: Catalogue, data_cache: DataCache) -> None:
        self.heard = Heard()
        self.previews = Previews(catalogue, data_cache, self.heard, lambda: 3)

    def views(self, draw: int = 0, generation: int = 0, **values: object) -> np.ndarray:
        before = len(self.heard.messages)
        self.previews.ask(Preview(values={"data": "digits", **values}, draw=draw, generation=generation))  # type: ignore[dict-item]
        self.heard.wait_for(lambda: len(self.heard.messages) > before)
        views = self.heard.messages[-1]
        assert isinstance(views, Views), views
        assert views.generation == generation
        assert views.rows == ("original", "view a", "view b")
        views.verify()
        return views.images.numpy()


@pytest.fixture
def answers(catalogue: Catalogue, data_cache: DataCache) -> Iterator[Answers]:
    answers = Answers(catalogue, data_cache)
    yield answers
    answers.previews.close(10)


def test_the_same_draw_gives_the_same_views(answers: Answers) -> None:
    one, two, other = answers.views(draw=1), answers.views(draw=1, generation=5), answers.views(draw=2)
    assert one.shape == (3, 8, 16, 16, 3)
    assert np.array_equal(one, two)
    assert np.array_equal(one[0], other[0])
    assert not np.array_equal(one[1:], other[1:])


def test_without_augmentation_views_equal_the_originals(answers: Answers) -> None:
    plain = dict.fromkeys(("colour", "crop", "flip", "rotation", "blur", "noise"), 0.0)
    views = answers.views(**plain)
    assert np.array_equal(views[0], views[1])
    assert np.array_equal(views[0], views[2])


def test_no_weights_are_created_and_no_global_randomness_is_used(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[Objective] = []
    objective_class = previews.objective_class

    def recorded_class(*arguments: Any) -> Callable[..., Objective]:
        def build(*details: Any) -> Objective:
            built.append(objective_class(*arguments)(*details))
            return built[-1]

        return build

    monkeypatch.setattr(previews, "objective_class", recorded_class)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    answers.views(encoder="resnet18")
    assert torch.equal(before, torch.get_rng_state())
    (objective,) = built
    assert all(parameter.is_meta for parameter in objective.parameters())


def test_only_the_newest_request_must_be_answered(answers: Answers) -> None:
    for generation in range(200):
        answers.previews.ask(Preview(values={"data": "digits"}, draw=0, generation=generation))
    answers.heard.wait_for(lambda: answers.heard.all(Views) and answers.heard.all(Views)[-1].generation == 199)
    assert len(answers.heard.all(Views)) < 200


def test_a_preview_downloads_nothing(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "needs_download", lambda values: values["data"] == "cifar10")
    for generation, data in enumerate(("cifar10", "digits")):
        answers.previews.ask(Preview(values={"data": data}, draw=0, generation=generation))
        time.sleep(0.2)
    answers.heard.wait_for(lambda: answers.heard.all(Views))
    assert [views.generation for views in answers.heard.all(Views)] == [1]
    assert answers.heard.all(Notice) == []


@pytest.mark.parametrize("error", [DataError("The disk is gone."), RuntimeError("The disk is gone.")])
def test_a_failed_preview_is_reported_and_the_next_one_answered(
    answers: Answers, monkeypatch: pytest.MonkeyPatch, error: Exception, logged: list[str]
) -> None:
    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(DataCache, "load", fail)
        answers.previews.ask(Preview(values={"data": "digits"}, draw=0, generation=0))
        answers.heard.wait_for(lambda: answers.heard.all(Notice))
    assert "The disk is gone." in answers.heard.all(Notice)[0].text
    answers.views()


def test_one_sample_of_each_label_is_shown() -> None:
    labels = torch.tensor([0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 3])
    samples = Samples.whole(labels, thing=labels)
    split = Split(samples, samples, (LabelEntry(name="thing", names=tuple("abcd")),))
    found, order = shown(split, 5), map_order(split, 5).tolist()
    assert len(set(found.tolist())) == 8
    assert sorted(labels[found[:4]].tolist()) == [0, 1, 2, 3]
    zeros = [index for index in order if labels[index] == 0]
    assert found.tolist() == sorted([zeros[0], 3, 4, 10], key=order.index) + zeros[1:5]


def test_without_classes_the_first_samples_are_shown() -> None:
    values = torch.linspace(0, 1, 20)
    samples = Samples.whole(values, speed=values)
    for labels in ((LabelEntry(name="speed", unit="px"),), ()):
        split = Split(samples, samples, labels)
        assert shown(split, 0).tolist() == map_order(split, 0)[:8].tolist()


def test_an_objective_without_views_gives_no_rows(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objectives["simclr"], "preview", lambda *_: {})
    answers.previews.ask(Preview(values={"data": "digits"}, draw=0, generation=3))
    answers.heard.wait_for(lambda: answers.heard.all(Views))
    (views,) = answers.heard.all(Views)
    assert (views.rows, views.generation) == ((), 3)
    views.verify()


def test_requested_samples_are_shown_if_they_exist(answers: Answers) -> None:
    def shown_of(*samples: int) -> Views:
        before = len(answers.heard.messages)
        answers.previews.ask(Preview(values={"data": "digits"}, draw=0, generation=1, samples=samples))
        answers.heard.wait_for(lambda: len(answers.heard.messages) > before)
        views = answers.heard.messages[-1]
        assert isinstance(views, Views)
        return views

    every = shown_of(*range(20, 40))
    assert every.samples == tuple(range(20, 28))
    some = shown_of(25, -1, 10**6, 22)
    assert some.samples == (25, 22)
    assert np.array_equal(some.images.numpy()[0], every.images.numpy()[0, [5, 2]])
    assert len(shown_of(-1).samples) == 8
