"""Outliers in a latent space."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.learning.evaluation.outliers import LEAST, outliers


def clouds(count: int = 400) -> Tensor:
    """Return samples in four clusters of different widths, float32[n, 16]."""
    generator = torch.Generator().manual_seed(0)
    cluster = torch.arange(count) % 4
    return 8 * torch.eye(16)[cluster] + torch.randn(count, 16, generator=generator) * (0.5 + 0.2 * cluster[:, None])


def test_samples_away_from_all_others_are_found_the_farthest_first() -> None:
    h = clouds()
    h[7], h[90] = 8 * torch.eye(16)[9], 8 * torch.eye(16)[12] + 2 * torch.eye(16)[0]
    result = outliers(h)
    assert result.samples.tolist() == [7, 90]
    assert result.distances[0] > result.distances[1] > 5 * result.typical


def test_clusters_alone_have_none() -> None:
    assert not len(outliers(clouds()).samples)


@pytest.mark.parametrize("h", [torch.zeros(LEAST - 1, 3), torch.full((99, 3), math.nan)])
def test_too_few_samples_and_those_that_are_not_finite_have_none(h: Tensor) -> None:
    result = outliers(h)
    assert not len(result.samples)
    assert math.isnan(result.typical)


def test_equal_samples_have_none() -> None:
    assert not len(outliers(torch.ones(99, 3)).samples)
