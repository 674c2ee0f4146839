"""Effective and false negatives against slow loops."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.learning.evaluation.negatives import effective_negatives, false_negatives


def cloud(count: int, dim: int, seed: int = 3) -> Tensor:
    return torch.randn((count, dim), generator=torch.Generator().manual_seed(seed))


@given(st.integers(2, 7), st.floats(0.05, 5))
def test_effective_negatives_equal_a_slow_loop(count: int, temperature: float) -> None:
    z_a, z_b = cloud(count, 5), cloud(count, 5, seed=4)
    unit, perplexities = normalize(torch.cat([z_a, z_b]).double(), dim=1), []
    for i in range(2 * count):
        negatives = [j for j in range(2 * count) if j % count != i % count]
        weights = [math.exp(float(unit[i] @ unit[j]) / temperature) for j in negatives]
        shares = [weight / sum(weights) for weight in weights]
        perplexities.append(math.exp(-sum(share * math.log(share) for share in shares if share)))
    expected = sum(perplexities) / len(perplexities) / (2 * count - 2)
    assert effective_negatives(z_a, z_b, temperature) == pytest.approx(expected, rel=1e-3)


def test_effective_negatives_range_from_all_to_one() -> None:
    z = cloud(64, 8)
    assert effective_negatives(torch.ones(64, 8), torch.ones(64, 8), 0.2) == pytest.approx(1, rel=1e-4)
    assert effective_negatives(z, z, 1e4) == pytest.approx(1, rel=1e-4)
    # the two views of a sample coincide here, so that two negatives of every sample share the weight
    assert effective_negatives(z, z, 1e-4) == pytest.approx(2 / 126, rel=0.05)
    assert math.isnan(effective_negatives(z[:1], z[:1], 0.2))


def pushed_by_hand(h: Tensor, z_a: Tensor, z_b: Tensor, temperature: float, near: int) -> dict[tuple[int, int], float]:
    """Compute the repulsions in loops over views and samples."""
    n, views = len(h), [z_a, z_b]
    cosine = [[float(torch.cosine_similarity(h[i], h[j], dim=0)) for j in range(n)] for i in range(n)]
    nearest = [sorted((j for j in range(n) if j != i), key=lambda j: -cosine[i][j])[:near] for i in range(n)]

    def share(i: int, j: int) -> float:
        total = 0.0
        for v in range(2):
            force = {
                (k, w): math.exp(float(torch.cosine_similarity(views[v][i], views[w][k], dim=0)) / temperature)
                for k in range(n)
                for w in range(2)
                if k != i
            }
            total += (force[j, 0] + force[j, 1]) / sum(force.values()) / 2
        return total * (n - 1)

    return {
        (i, j): (share(i, j) + share(j, i)) / 2
        for i in range(n)
        for j in range(i + 1, n)
        if j in nearest[i] and i in nearest[j]
    }


def test_false_negatives_are_near_pairs_sorted_by_repulsion() -> None:
    generator = torch.Generator().manual_seed(0)
    h, z_a, z_b = (torch.randn(14, 5, generator=generator) for _ in range(3))
    expected = pushed_by_hand(h, z_a, z_b, 0.3, 4)
    pairs, cosines, pushes = false_negatives(h, z_a, z_b, 0.3, 100, near=4)
    found = {(int(i), int(j)): float(push) for (i, j), push in zip(pairs, pushes, strict=True)}
    assert found == pytest.approx(expected, rel=1e-4)
    assert pushes.tolist() == sorted(pushes.tolist(), reverse=True)
    by_hand = torch.cosine_similarity(h[pairs[:, 0]], h[pairs[:, 1]], dim=1)
    torch.testing.assert_close(cosines, by_hand, rtol=1e-5, atol=1e-6)
    few = false_negatives(h, z_a, z_b, 0.3, 3, near=4)[0]
    assert torch.equal(few, pairs[:3])


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_samples_have_no_false_negatives(n: int) -> None:
    pairs, cosines, pushes = false_negatives(torch.ones(n, 3), torch.ones(n, 2), torch.ones(n, 2), 0.2, 5)
    assert (pairs.shape, len(cosines), len(pushes)) == ((0, 2), 0, 0)


def test_equal_negatives_all_have_the_mean_repulsion() -> None:
    h, z = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.ones(6, 3)
    _, _, pushes = false_negatives(h, z, z, 0.2, 10)
    torch.testing.assert_close(pushes, torch.ones(len(pushes)))
