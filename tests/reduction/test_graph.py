"""The neighbour graph against the formulas of the paper, written as loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from clouds import clusters, neighbours
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sslviz.reduction.graph import fuzzy_graph, memberships


def dense(graph, n):
    matrix = np.zeros((n, n))
    matrix[graph.heads, graph.tails] = graph.weights
    return matrix


def test_memberships_sum_to_log2_of_the_neighbours_and_the_point():
    _, distances = neighbours(clusters(200)[0])
    found = memberships(distances)
    np.testing.assert_allclose(found.sum(axis=1), math.log2(16), rtol=1e-3)
    np.testing.assert_allclose(found[:, 0], 1)


def test_the_graph_is_the_fuzzy_union_of_both_directions():
    indices, distances = neighbours(clusters(60)[0], k=5)
    one_way = memberships(distances)
    expected = np.zeros((60, 60))
    for i in range(60):
        for j, weight in zip(indices[i], one_way[i], strict=True):
            expected[i, j] = weight
    for i in range(60):
        for j in range(i):
            expected[i, j] = expected[j, i] = expected[i, j] + expected[j, i] - expected[i, j] * expected[j, i]
    np.testing.assert_allclose(dense(fuzzy_graph(indices, distances), 60), expected, atol=1e-6)


def test_it_is_the_graph_of_umap():
    from umap.umap_ import fuzzy_simplicial_set

    h, _ = clusters(300)
    indices, distances = neighbours(h)
    itself = np.arange(300, dtype=np.int32)[:, None], np.zeros((300, 1), np.float32)
    with_itself = np.hstack([itself[0], indices]), np.hstack([itself[1], distances])
    theirs = fuzzy_simplicial_set(h, 16, None, "euclidean", knn_indices=with_itself[0], knn_dists=with_itself[1])[0]
    np.testing.assert_allclose(dense(fuzzy_graph(indices, distances), 300), theirs.toarray(), atol=2e-3)


def test_the_point_itself_changes_nothing():
    indices, distances = neighbours(clusters(100)[0], k=6)
    itself = np.hstack([np.arange(100, dtype=np.int32)[:, None], indices])
    at_once = np.hstack([np.zeros((100, 1), np.float32), distances])
    with_it, without = fuzzy_graph(itself, at_once), fuzzy_graph(indices, distances)
    np.testing.assert_allclose(dense(with_it, 100), dense(without, 100), atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_neighbours_at_infinity_are_left_out(bad):
    indices, distances = neighbours(clusters(50)[0], k=4)
    distances[7] = bad
    indices[8, 1] = 50
    indices[9, 1] = -1
    graph = fuzzy_graph(indices, distances)
    assert np.isfinite(graph.weights).all()
    assert not ({(8, 50), (9, -1)} & set(zip(graph.heads.tolist(), graph.tails.tolist(), strict=True)))


@given(
    hnp.arrays(np.int32, (7, 3), elements=st.integers(-2, 8)),
    hnp.arrays(np.float32, (7, 3), elements=st.floats(width=32)),
)
def test_weights_lie_between_zero_and_one(indices, distances):
    graph = fuzzy_graph(indices, distances)
    assert ((graph.weights >= 0) & (graph.weights <= 1)).all()
    assert (graph.heads != graph.tails).all()
