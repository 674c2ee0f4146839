"""A linear probe on few labels: the data's own, or names that a person gives, on made-up latents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from engine_bench import Heard
from torch import Tensor

from sslviz.core.entries import LabelEntry
from sslviz.core.messages import Watch
from sslviz.core.panel_data import FewLabels
from sslviz.engine.observing.embedding_source import TRAINED
from sslviz.engine.observing.latent_observers import FewLabelsObserver

EACH = 30
DIGITS = torch.arange(3).repeat_interleave(EACH)
NAMES = ("zero", "one", "two")


class Clouds:
    """Three clouds that the network keeps apart, and untrained ones that nobody can."""

    step = 7

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        self.labels = (LabelEntry(name="digit", names=names),) if names else ()
        generator = torch.Generator().manual_seed(0)
        self.noise = torch.randn(len(DIGITS), 8, generator=generator)

    def probe_h(self) -> Tensor:
        return 6 * torch.eye(8)[DIGITS] + self.noise

    def probe_labels(self, name: str) -> Tensor:
        return DIGITS

    def representations(self) -> dict[str, Tensor]:
        return {TRAINED: self.probe_h(), "untrained": self.noise}

    def spectra(self) -> None:
        return None


def told(watch: Watch, names: tuple[str, ...] = NAMES) -> FewLabels:
    look = FewLabelsObserver(Clouds(names), Heard())
    found = look.panel_data(watch)
    assert found is not None
    found.verify()
    return found


def watch(**more: Any) -> Watch:
    return Watch(panel_data=("FewLabels",), few_labels=True, **more)


def some(digit: int, count: int = 4) -> tuple[int, ...]:
    return tuple(range(digit * EACH, digit * EACH + count))


def test_of_the_datas_own_labels_only_their_classes_are_asked_about() -> None:
    found = told(watch(selected=(*some(0), *some(2), 10**6)))
    assert found.names == ("zero", "two")
    assert found.given == (*some(0), *some(2))
    assert found.others.numpy().tolist() == [EACH - 4, EACH - 4]
    assert found.accuracy.numpy()[0].tolist() == [1, 1]
    assert (found.accuracy.numpy()[1] < 0.9).all()
    said = found.said.numpy()
    assert (said[:EACH] == 0).all()
    assert (said[2 * EACH :] == 1).all()


def test_names_are_learned_from_instead_and_judged_where_the_data_know_them() -> None:
    found = told(watch(selected=some(1), named=(("ZERO", some(0)), ("mine", (*some(2), -1)))))
    assert (found.names, found.given) == (("ZERO", "mine"), (*some(0), *some(2)))
    assert found.others.numpy().tolist() == [EACH - 4, 0]
    assert found.accuracy.numpy()[0, 0] == 1
    assert np.isnan(found.accuracy.numpy()[:, 1]).all()
    assert (found.said.numpy()[2 * EACH :] == 1).all()


def test_data_without_classes_can_be_named() -> None:
    look = FewLabelsObserver(Clouds(()), Heard())
    assert look.about(watch(selected=(1, 2))) is None
    found = told(watch(named=(("a", some(0)), ("b", some(1)))), names=())
    assert found.others.numpy().tolist() == [0, 0]
    assert (found.said.numpy()[: 2 * EACH] == DIGITS[: 2 * EACH].numpy()).all()


def test_what_does_not_learn_is_kept_until_the_names_change(monkeypatch: pytest.MonkeyPatch) -> None:
    look = FewLabelsObserver(Clouds(), Heard())
    for named in ((("a", some(0)), ("b", some(1))), (("b", some(0)), ("a", some(1)))):
        look.panel_data(watch(named=named))
        before = look._kept["untrained"]
        look.panel_data(watch(named=named))
        assert look._kept["untrained"] is before
    renamed = (("a", some(0)), ("b", some(2)))
    look.panel_data(watch(named=renamed))
    assert look._kept["untrained"] is not before


@pytest.mark.parametrize("given", [{}, {"selected": (10**6,)}, {"named": (("a", (-1,)),)}])
def test_without_samples_there_is_nothing(given: dict[str, Any]) -> None:
    assert FewLabelsObserver(Clouds(), Heard()).panel_data(watch(**given)) is None


def test_it_is_of_interest_to_its_panel_and_to_the_colours() -> None:
    look = FewLabelsObserver(Clouds(), Heard())
    assert look.about(Watch(panel_data=("FewLabels",), selected=(1,))) is None
    assert look.about(Watch(panel_data=("FewLabels",), selected=(1,), coloured_by="said")) == (1,)
    assert look.about(watch(selected=(1,))) == (1,)
