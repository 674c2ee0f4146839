"""The losses of BYOL and SimSiam against loops, closed forms and lightly's implementation."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sslviz.learning.losses.cosine import negative_cosine, regression


def numbers(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def slow_cosines(predictions: Tensor, targets: Tensor) -> list[float]:
    """Loops over samples and coordinates, in Python floats."""
    cosines = []
    for p, t in zip(predictions.double().tolist(), targets.double().tolist(), strict=True):
        norms = [math.sqrt(sum(x * x for x in vector)) for vector in (p, t)]
        cosines.append(sum(x / norms[0] * y / norms[1] for x, y in zip(p, t, strict=True)))
    return cosines


@given(count=st.integers(1, 8), dim=st.integers(2, 5), seed=st.integers(0, 9999))
def test_they_equal_the_slow_loop_and_ignore_rotation_and_norm(count: int, dim: int, seed: int) -> None:
    predictions, targets = numbers(2, count, dim, seed=seed)
    losses, cosines = negative_cosine(predictions, targets), slow_cosines(predictions, targets)
    assert losses.tolist() == pytest.approx([-cosine for cosine in cosines], rel=1e-4, abs=1e-5)
    distances = regression(predictions, targets)
    assert distances.tolist() == pytest.approx([2 - 2 * cosine for cosine in cosines], rel=1e-4, abs=1e-5)
    rotation, _ = torch.linalg.qr(numbers(dim, dim, seed=seed + 1))
    for changed in (
        negative_cosine(predictions @ rotation, targets @ rotation),
        negative_cosine(3 * predictions, targets / 7),
    ):
        torch.testing.assert_close(changed, losses, rtol=1e-4, atol=1e-4)


def test_equal_opposite_and_orthogonal_embeddings() -> None:
    axes = torch.eye(4)
    for targets, cosine in ((axes, 1.0), (-axes, -1.0), (axes.roll(1, 0), 0.0)):
        torch.testing.assert_close(negative_cosine(axes, targets), torch.full((4,), -cosine))
        torch.testing.assert_close(regression(axes, targets), torch.full((4,), 2 - 2 * cosine))


def test_they_equal_lightlys() -> None:
    lightly = pytest.importorskip("lightly.loss")
    predictions, targets = numbers(2, 33, 17, seed=4)
    expected = lightly.NegativeCosineSimilarity()(predictions, targets)
    torch.testing.assert_close(negative_cosine(predictions, targets).mean(), expected, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(regression(predictions, targets).mean(), 2 + 2 * expected, rtol=1e-5, atol=1e-5)


def test_zero_and_huge_embeddings_give_finite_loss_and_gradient() -> None:
    predictions = torch.tensor([[0.0, 0.0], [1e18, 1e18], [1e-18, 0.0]], requires_grad=True)
    losses = regression(predictions, torch.eye(3, 2))
    losses.sum().backward()
    assert torch.isfinite(losses).all()
    assert predictions.grad is not None
    assert torch.isfinite(predictions.grad).all()


def test_they_stay_float32_under_autocast() -> None:
    predictions, targets = numbers(2, 32, 16, seed=3).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        losses = negative_cosine(predictions, targets)
    assert losses.dtype == torch.float32
    torch.testing.assert_close(losses, negative_cosine(predictions.float(), targets.float()))
