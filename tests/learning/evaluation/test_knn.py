"""Exact neighbours and k-NN scores against scikit-learn, full sorts and slow loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import normalize

from sslviz.learning.evaluation import knn
from sslviz.learning.evaluation.geometry import common_direction
from sslviz.learning.evaluation.knn import exact_neighbours, largest, r2, weighted_knn_accuracy, weighted_knn_r2


def cloud(count: int, dim: int, seed: int = 3) -> Tensor:
    return torch.randn((count, dim), generator=torch.Generator().manual_seed(seed))


def labels_of(count: int, classes: int, seed: int = 5) -> Tensor:
    return torch.randint(0, classes, (count,), generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small chunks, so that several are needed."""
    monkeypatch.setattr(knn, "CHUNK", 7)


def test_knn_equals_scikit_learn() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    bank, queries, bank_labels, query_labels = cloud(150, 6), cloud(90, 6, 4), labels_of(150, 4), labels_of(90, 4, 6)
    vote = KNeighborsClassifier(
        20, metric="cosine", algorithm="brute", weights=lambda distance: np.exp((1 - distance) / 0.1)
    )
    vote.fit(bank.numpy(), bank_labels.numpy())
    expected = vote.score(queries.numpy(), query_labels.numpy())
    found = weighted_knn_accuracy(bank, bank_labels, queries, query_labels, k=20)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found < 0.5


def test_knn_of_separate_clusters_is_perfect_and_k_may_exceed_the_bank() -> None:
    labels = torch.arange(5)
    assert weighted_knn_accuracy(torch.eye(5), labels, 3 * torch.eye(5), labels, k=20) == 1


def test_knn_counts_a_label_that_the_bank_lacks_as_wrong() -> None:
    bank, zeros = torch.eye(3), torch.zeros(3, dtype=torch.int64)
    assert weighted_knn_accuracy(bank, zeros, bank, torch.tensor([0, 7, 0])) == pytest.approx(2 / 3)


def test_samples_of_unknown_label_are_neither_neighbours_nor_queries() -> None:
    """Among them are the nearest neighbours of all queries, and queries that would be wrong."""
    bank, queries = (torch.randn((count, 5), generator=torch.Generator().manual_seed(count)) for count in (60, 40))
    classes, expected = torch.arange(60) % 3, torch.arange(40) % 3
    more, unknown = torch.cat([bank, queries]), torch.full((40,), -1)
    asked = torch.cat([queries, bank[:7]])
    alone = weighted_knn_accuracy(bank, classes, queries, expected)
    found = weighted_knn_accuracy(more, torch.cat([classes, unknown]), asked, torch.cat([expected, unknown[:7]]))
    assert found == alone
    assert math.isnan(weighted_knn_accuracy(bank, torch.full((60,), -1), queries, expected))
    assert math.isnan(weighted_knn_accuracy(bank, classes, queries, unknown))
    numbers, wanted = bank[:, 0], queries[:, 0]
    no = torch.full((40,), math.nan)
    r2_found = weighted_knn_r2(more, torch.cat([numbers, no]), asked, torch.cat([wanted, no[:7]]))
    assert r2_found == weighted_knn_r2(bank, numbers, queries, wanted)
    assert math.isnan(weighted_knn_r2(bank, numbers, queries, no))


def test_knn_of_nothing_is_not_a_number() -> None:
    none = torch.empty((0, 3))
    labels = torch.empty(0, dtype=torch.int64)
    assert math.isnan(weighted_knn_accuracy(none, labels, none, labels))


# ----------------------------------------------------------------- numbers read off neighbours


def slow_knn_r2(bank: Tensor, values: Tensor, queries: Tensor, wanted: Tensor, k: int) -> float:
    """Compute R² in a loop over queries, in double precision."""
    unit = [row / row.norm() for row in bank.double()]
    squares = 0.0
    for query, value in zip(queries.double(), wanted.tolist(), strict=True):
        cosines = [float(query / query.norm() @ row) for row in unit]
        nearest = sorted(range(len(unit)), key=lambda index: -cosines[index])[:k]
        weights = [math.exp(cosines[index] / 0.1) for index in nearest]
        guess = sum(weight * float(values[index]) for weight, index in zip(weights, nearest, strict=True))
        squares += (guess / sum(weights) - value) ** 2
    mean = sum(wanted.tolist()) / len(wanted)
    return 1 - squares / sum((value - mean) ** 2 for value in wanted.tolist())


@pytest.mark.parametrize("k", [1, 5, 20, 200])
def test_knn_r2_equals_a_slow_loop(k: int) -> None:
    bank, queries = cloud(60, 4), cloud(31, 4, 9)
    values, wanted = bank[:, 0] * 3 + 7, queries[:, 0] * 3 + 7
    found = weighted_knn_r2(bank, values, queries, wanted, k)
    assert found == pytest.approx(slow_knn_r2(bank, values, queries, wanted, k), abs=1e-4)


def test_knn_r2_equals_scikit_learn() -> None:
    from sklearn.metrics import r2_score
    from sklearn.neighbors import KNeighborsRegressor

    bank, queries = cloud(150, 6), cloud(90, 6, 4)
    values, wanted = bank[:, :2].sum(1), queries[:, :2].sum(1)
    mean = KNeighborsRegressor(
        20, metric="cosine", algorithm="brute", weights=lambda distance: np.exp((1 - distance) / 0.1)
    ).fit(bank.numpy(), values.numpy())
    expected = r2_score(wanted.numpy(), mean.predict(queries.numpy()))
    assert weighted_knn_r2(bank, values, queries, wanted) == pytest.approx(expected, abs=1e-4)


def test_knn_r2_has_closed_forms() -> None:
    bank, values = torch.eye(4), torch.tensor([1.0, 2.0, 3.0, 6.0])
    assert weighted_knn_r2(bank, values, 5 * bank, values, k=1) == 1
    constant = torch.full((4,), 3.0)  # predicts the mean of the queries' values
    assert weighted_knn_r2(bank, constant, bank, values, k=3) == pytest.approx(0, abs=1e-6)
    assert weighted_knn_r2(bank, constant + 1, bank, values, k=3) == pytest.approx(-4 / 14, abs=1e-6)


def test_knn_r2_takes_integers_and_ignores_the_scale_of_h() -> None:
    bank, queries = cloud(40, 5), cloud(20, 5, 8)
    values, wanted = (bank[:, 0] > 0).long(), (queries[:, 0] > 0).long()
    found = weighted_knn_r2(bank, values, queries, wanted, 5)
    assert found == pytest.approx(weighted_knn_r2(bank, values.float(), queries, wanted.float(), 5), abs=1e-6)
    assert found == pytest.approx(weighted_knn_r2(1000 * bank, values, 0.01 * queries, wanted, 5), abs=1e-4)


def test_knn_r2_of_nothing_is_not_a_number() -> None:
    none, some = torch.empty((0, 3)), cloud(4, 3)
    assert math.isnan(weighted_knn_r2(none, torch.empty(0), some, torch.ones(4)))
    assert math.isnan(weighted_knn_r2(some, torch.ones(4), none, torch.empty(0)))


def test_r2_has_closed_forms() -> None:
    values = cloud(50, 3)
    assert r2(values, values) == 1
    assert r2(values.mean(0).expand(50, 3), values) == pytest.approx(0, abs=1e-5)
    assert r2(2 * values.mean(0) - values, values) == pytest.approx(-3, abs=1e-4)  # every error doubled
    assert r2(torch.ones(5), torch.ones(5)) == 1


def test_r2_is_about_the_mean_of_each_dimension() -> None:
    values = torch.tensor([[0.0, 100.0], [2.0, 102.0]])
    guesses = torch.tensor([[0.0, 101.0], [2.0, 101.0]])
    assert r2(guesses, values) == pytest.approx(1 - 2 / 4)


# ----------------------------------------------------------------- neighbours


@given(
    rows=st.integers(1, 3),
    n=st.integers(1, 40) | st.integers(1, 90).map(lambda groups: 8 * groups),
    k=st.integers(1, 12),
    seed=st.integers(0, 10**6),
)
def test_the_largest_values_equal_those_of_a_full_sort(rows: int, n: int, k: int, seed: int) -> None:
    """The values are integers, many of them equal; the columns must hold the values that are returned."""
    values = torch.randint(0, 50, (rows, n), generator=torch.Generator().manual_seed(seed)).float()
    found, where = largest(values, min(k, n))
    assert torch.equal(found, values.sort(1, descending=True).values[:, : min(k, n)])
    assert torch.equal(values.gather(1, where), found)
    assert all(len(row.unique()) == len(row) for row in where)


@given(count=st.integers(2, 40), dim=st.integers(1, 6), k=st.integers(1, 20), seed=st.integers(0, 10**6))
def test_neighbours_equal_a_full_sort(count: int, dim: int, k: int, seed: int) -> None:
    h = cloud(count, dim, seed)
    indices, distances = exact_neighbours(h, k)
    k = min(k, count)
    assert indices.dtype == torch.int32
    assert distances.dtype == torch.float32
    assert indices.shape == distances.shape == (count, k)
    unit = normalize(h, dim=1)
    full = (1 - unit @ unit.T).clamp(min=0).fill_diagonal_(0)
    torch.testing.assert_close(distances, full.sort(1).values[:, :k], rtol=0, atol=1e-5)
    torch.testing.assert_close(full.gather(1, indices.long()), distances, rtol=0, atol=1e-5)
    assert torch.equal(indices[:, 0], torch.arange(count, dtype=torch.int32))
    assert not distances[:, 0].any()


def test_neighbours_equal_scikit_learn() -> None:
    from sklearn.neighbors import NearestNeighbors

    h = cloud(80, 5)
    expected_distances, expected = NearestNeighbors(n_neighbors=15, metric="cosine").fit(h.numpy()).kneighbors()
    indices, distances = exact_neighbours(h, 16)
    assert np.array_equal(indices[:, 1:].numpy(), expected)
    np.testing.assert_allclose(distances[:, 1:].numpy(), expected_distances, atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1.0, -1e10])
def test_duplicates_are_their_own_first_neighbours(value: float) -> None:
    indices, distances = exact_neighbours(torch.full((9, 4), value), 5)
    assert torch.equal(indices[:, 0], torch.arange(9, dtype=torch.int32))
    assert bool(torch.isfinite(distances).all())
    assert all(len(set(row.tolist())) == 5 for row in indices)


def test_no_rows_have_no_neighbours() -> None:
    indices, distances = exact_neighbours(torch.empty((0, 4)), 5)
    assert indices.shape[0] == distances.shape[0] == 0


@given(st.integers(2, 9))
def test_mean_cosine_equals_a_slow_loop(count: int) -> None:
    h = cloud(count, 5)
    unit = normalize(h.double(), dim=1)
    cosines = [float(unit[i] @ unit[j]) for i in range(count) for j in range(count) if i != j]
    mean, order, typicality = common_direction(h)
    assert mean == pytest.approx(sum(cosines) / len(cosines), abs=1e-5)
    to_middle = (unit @ unit.mean(0))[order]
    assert bool((to_middle[:-1] >= to_middle[1:] - 1e-6).all())
    assert typicality.tolist() == pytest.approx((to_middle / unit.mean(0).norm()).tolist(), abs=1e-5)
    assert sorted(order.tolist()) == list(range(count))


def test_a_single_row_has_no_mean_cosine_and_is_typical_of_itself() -> None:
    mean, order, _ = common_direction(torch.ones(1, 3))
    assert math.isnan(mean)
    assert order.tolist() == [0]
    assert common_direction(torch.ones(4, 3))[0] == pytest.approx(1)
