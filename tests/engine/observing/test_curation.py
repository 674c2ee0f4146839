"""Near-duplicates and outliers of the samples on the map, as a message for the panel."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.core.messages import Watch
from sslviz.core.panel_data import Curation
from sslviz.engine.observing import latent_observers
from sslviz.engine.observing.latent_observers import CurationObserver

WATCH = Watch(panel_data=("Curation",))


class Heard:
    def send(self, message: object) -> None:
        pass


class Pictures:
    """Sixty embeddings of pictures of noise: 7 and 9 are the same picture, and 30 lies away from all others."""

    labels = ()
    step = 5

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.pixels: Tensor | None = torch.randint(0, 256, (60, 3, 16, 16), generator=generator, dtype=torch.uint8)
        self.pixels[9] = self.pixels[7]
        self.h = torch.eye(8)[torch.arange(60) % 2] + 0.1 * torch.randn(60, 8, generator=generator)
        self.h[30] = -torch.eye(8)[3]

    def probe_h(self) -> Tensor:
        return self.h

    def images(self) -> Tensor | None:
        return self.pixels

    def probe_labels(self, name: str) -> Tensor:
        raise KeyError(name)

    def representations(self) -> dict[str, Tensor]:
        return {}

    def spectra(self) -> None:
        return None


def told(source: Pictures) -> Curation:
    message = CurationObserver(source, Heard()).panel_data(WATCH)
    message.verify()
    return message


def test_a_copy_and_an_outlier_are_told() -> None:
    source = Pictures()
    message = told(source)
    assert message.compared == 60
    assert message.duplicates.numpy().tolist() == [7, 9]
    assert message.similarities.numpy().tolist() == [1, 1]
    cosine = float(torch.cosine_similarity(source.h[7], source.h[9], dim=0))
    assert message.cosines.numpy() == pytest.approx([1, cosine], abs=1e-5)
    assert message.outliers.numpy().tolist() == [30]
    assert message.distances.numpy()[0] > 5 * message.typical_distance


def test_without_images_there_are_outliers_only() -> None:
    source = Pictures()
    source.pixels = None
    message = told(source)
    assert (message.compared, message.duplicates.shape) == (0, (0,))
    assert message.outliers.numpy().tolist() == [30]


def test_h_that_is_not_finite_gives_no_outliers() -> None:
    source = Pictures()
    source.h[3] = math.nan
    message = told(source)
    assert message.outliers.shape == (0,)
    assert message.duplicates.numpy().tolist() == [7, 9]


def test_images_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, find = [], latent_observers.near_duplicates
    monkeypatch.setattr(latent_observers, "near_duplicates", lambda images: calls.append(1) or find(images))
    observer = CurationObserver(Pictures(), Heard())
    assert observer.panel_data(WATCH) == observer.panel_data(WATCH)
    assert calls == [1]
