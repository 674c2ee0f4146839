"""Alignment, uniformity, rank and spectrum against closed forms and slow loops; finite for constant embeddings."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.learning.evaluation import geometry
from sslviz.learning.evaluation.geometry import alignment, effective_rank, spectrum, std_of_l2_normalized, uniformity
from sslviz.learning.evaluation.knn import weighted_knn_accuracy, weighted_knn_r2


def cloud(count: int, dim: int, seed: int = 3) -> Tensor:
    return torch.randn((count, dim), generator=torch.Generator().manual_seed(seed))


def labels_of(count: int, classes: int, seed: int = 5) -> Tensor:
    return torch.randint(0, classes, (count,), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks, so that several are needed."""
    monkeypatch.setattr(geometry, "CHUNK", 7)


def test_alignment_has_closed_forms() -> None:
    z = cloud(20, 8)
    assert alignment(z, 5 * z) == pytest.approx(0, abs=1e-9)
    assert alignment(z, -z) == pytest.approx(4, rel=1e-5)
    assert alignment(torch.eye(4), torch.eye(4).roll(1, 0)) == pytest.approx(2, rel=1e-6)


def test_uniformity_equals_a_slow_loop() -> None:
    z = cloud(23, 5)
    unit = normalize(z, dim=1).double()
    pairs = [math.exp(-2 * float((unit[i] - unit[j]).square().sum())) for i in range(23) for j in range(23) if i != j]
    assert uniformity(z) == pytest.approx(math.log(sum(pairs) / len(pairs)), rel=1e-5)


def test_uniformity_of_a_uniform_cloud() -> None:
    assert uniformity(cloud(3000, 64)) == pytest.approx(-3.88, abs=0.01)


def test_std_has_closed_forms() -> None:
    assert std_of_l2_normalized(cloud(5000, 64)) == pytest.approx(1 / 8, rel=0.01)
    assert std_of_l2_normalized(torch.ones(50, 8)) == pytest.approx(0, abs=1e-6)
    assert std_of_l2_normalized(torch.tensor([[1.0], [-1.0]])) == 1


@given(rank=st.integers(1, 8))
def test_rank_of_equal_directions_is_their_number(rank: int) -> None:
    z = torch.eye(8)[torch.arange(8 * rank) % rank]
    assert effective_rank(z) == pytest.approx(rank, rel=1e-4)


def test_rank_equals_the_papers_formula() -> None:
    z = cloud(50, 6) * torch.tensor([9.0, 4.0, 2.0, 1.0, 0.5, 0.1])
    sigma = np.linalg.svd(z.numpy(), compute_uv=False)
    p = sigma / np.abs(sigma).sum() + 1e-7
    assert effective_rank(z) == pytest.approx(float(np.exp(-(p * np.log(p)).sum())), rel=1e-4)


@pytest.mark.parametrize("value", [0.0, 1.0, -3e8])
def test_constant_embeddings_give_finite_values(value: float) -> None:
    z = torch.full((40, 6), value)
    labels = labels_of(40, 3)
    figures = {
        "knn": weighted_knn_accuracy(z, labels, z, labels),
        "knn r2": weighted_knn_r2(z, labels, z, labels),
        "knn r2 of a constant": weighted_knn_r2(z, torch.ones(40), z, torch.ones(40)),
        "alignment": alignment(z, z),
        "uniformity": uniformity(z),
        "std": std_of_l2_normalized(z),
        "rank": effective_rank(z),
    }
    assert all(math.isfinite(figure) for figure in figures.values()), figures
    assert figures["uniformity"] == pytest.approx(0, abs=1e-4)
    assert figures["std"] == pytest.approx(0, abs=1e-6)
    assert figures["rank"] == pytest.approx(1, abs=1e-3)


def test_uniformity_of_one_is_not_a_number() -> None:
    assert math.isnan(uniformity(torch.ones(1, 4)))


def test_the_spectrum_is_that_of_the_covariance() -> None:
    z = cloud(40, 6)
    unit = normalize(z, dim=1)
    covariance = np.cov(unit.numpy().T, bias=True)
    expected = np.sqrt(np.maximum(np.linalg.eigvalsh(covariance)[::-1], 0))
    assert spectrum(z).tolist() == pytest.approx(expected.tolist(), abs=1e-5)
    turn = torch.linalg.qr(cloud(6, 6, seed=9)).Q
    assert torch.allclose(spectrum(z @ turn), spectrum(z), atol=1e-5)
    assert spectrum(torch.ones(5, 3)).tolist() == pytest.approx([0.0] * 3, abs=1e-6)
