"""A linear probe on few labels, of the data or given by the user, on synthetic embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import Heard
from torch import Tensor

from sslviz.core.entries import UNKNOWN, LabelEntry
from sslviz.core.messages import Watch
from sslviz.core.panel_data import FewLabels
from sslviz.core.requests import ChosenSamples
from sslviz.engine.observing import few_labels_observer
from sslviz.engine.observing.embedding_source import TRAINED
from sslviz.engine.observing.few_labels_observer import FewLabelsObserver

EACH = 30
DIGITS = torch.arange(3).repeat_interleave(EACH)
NAMES = ("zero", "one", "two")


class Clouds:
    """Three classes that the trained representation separates and the untrained one does not."""

    step = 7

    def __init__(self, names: tuple[str, ...] = NAMES, digits: Tensor = DIGITS) -> None:
        self.digits = digits
        self.labels = (LabelEntry(name="digit", names=names),) if names else ()
        generator = torch.Generator().manual_seed(0)
        self.noise = torch.randn(len(DIGITS), 8, generator=generator)

    def probe_h(self) -> Tensor:
        return 6 * torch.eye(8)[DIGITS] + self.noise

    def probe_labels(self, name: str) -> Tensor:
        return self.digits

    def images(self) -> None:
        return None

    def representations(self) -> dict[str, Tensor]:
        return {TRAINED: self.probe_h(), "untrained": self.noise}

    def spectra(self) -> None:
        return None


def few_labels(watch: Watch, names: tuple[str, ...] = NAMES) -> FewLabels:
    data = FewLabelsObserver(Clouds(names), Heard()).panel_data(watch)
    assert data is not None
    data.verify()
    return data


def watch(**more: Any) -> Watch:
    return Watch(panel_data=("FewLabels",), samples=ChosenSamples(**more))


def some(digit: int, count: int = 4) -> tuple[int, ...]:
    return tuple(range(digit * EACH, digit * EACH + count))


def test_with_labels_of_the_data_only_the_classes_of_the_selection_are_scored() -> None:
    data = few_labels(watch(selected=(*some(0), *some(2), 10**6)))
    assert data.names == ("zero", "two")
    assert data.labelled == (*some(0), *some(2))
    assert data.test_counts.numpy().tolist() == [EACH - 4, EACH - 4]
    assert data.accuracy.numpy()[0].tolist() == [1, 1]
    assert (data.accuracy.numpy()[1] < 0.9).all()
    predictions = data.predictions.numpy()
    assert (predictions[:EACH] == 0).all()
    assert (predictions[2 * EACH :] == 1).all()


def test_samples_of_unknown_class_are_neither_learned_from_nor_tested() -> None:
    digits = DIGITS.clone()
    digits[[0, 1, EACH - 1]] = UNKNOWN
    observer = FewLabelsObserver(Clouds(digits=digits), Heard())
    data = observer.panel_data(watch(selected=(*some(0), *some(2))))
    assert data is not None
    assert data.names == ("zero", "two")
    assert data.labelled == (*some(0)[2:], *some(2))
    assert data.test_counts.numpy().tolist() == [EACH - 5, EACH - 4]
    assert observer.panel_data(watch(selected=(0, 1))) is None


def test_names_by_the_user_replace_the_labels_and_are_scored_where_the_data_has_the_same_class() -> None:
    data = few_labels(watch(selected=some(1), named=(("ZERO", some(0)), ("mine", (*some(2), -1)))))
    assert (data.names, data.labelled) == (("ZERO", "mine"), (*some(0), *some(2)))
    assert data.test_counts.numpy().tolist() == [EACH - 4, 0]
    assert data.accuracy.numpy()[0, 0] == 1
    assert np.isnan(data.accuracy.numpy()[:, 1]).all()
    assert (data.predictions.numpy()[2 * EACH :] == 1).all()


def test_data_without_classes_can_be_named() -> None:
    observer = FewLabelsObserver(Clouds(()), Heard())
    assert observer.request(watch(selected=(1, 2))) is None
    data = few_labels(watch(named=(("a", some(0)), ("b", some(1)))), names=())
    assert data.test_counts.numpy().tolist() == [0, 0]
    assert (data.predictions.numpy()[: 2 * EACH] == DIGITS[: 2 * EACH].numpy()).all()


def test_predictions_from_what_does_not_learn_are_cached_until_the_names_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clouds, probed = Clouds(), []
    predict = few_labels_observer.few_label_predictions

    def counting(h: Tensor, *arguments: Tensor) -> Tensor:
        probed.append("untrained" if h is clouds.noise else TRAINED)
        return predict(h, *arguments)

    monkeypatch.setattr(few_labels_observer, "few_label_predictions", counting)
    observer = FewLabelsObserver(clouds, Heard())
    for named in ((("a", some(0)), ("b", some(1))), (("b", some(0)), ("a", some(1))), (("a", some(0)), ("b", some(2)))):
        for _ in range(2):
            observer.panel_data(watch(named=named))
        assert probed == [TRAINED, "untrained", TRAINED]
        probed.clear()


@pytest.mark.parametrize("labels", [{}, {"selected": (10**6,)}, {"named": (("a", (-1,)),)}])
def test_without_labelled_samples_there_is_no_panel_data(labels: dict[str, Any]) -> None:
    assert FewLabelsObserver(Clouds(), Heard()).panel_data(watch(**labels)) is None


def test_it_runs_only_where_a_panel_wants_it() -> None:
    observer = FewLabelsObserver(Clouds(), Heard())
    assert observer.subject(Watch(panel_data=(), samples=ChosenSamples(selected=(1,)))) is None
    assert observer.request(watch(selected=(1,))) == (1,)
