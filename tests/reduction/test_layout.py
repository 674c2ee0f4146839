"""The layout compared with umap-learn, and its forces with numerical gradients."""

from __future__ import annotations

import numpy as np
import pytest
from clouds import clusters, neighbours

from sslviz.reduction.graph import Graph, fuzzy_graph
from sslviz.reduction.layout import curve, descend, forces, table_index

TINY = 1e-6
LOOKED_UP = 4e-3
"""Relative error of a force from the table: squared distances are rounded by one part in 500, and distant forces fall
with the 1.8th power of them."""


def one_edge(weight=1.0):
    return Graph(np.array([0], np.int32), np.array([1], np.int32), np.array([weight], np.float32))


def gradient(of, place, other):
    """Return the gradient of a function of the squared distance, by central differences, float64[2]."""
    found = []
    for axis in range(2):
        step = np.eye(2)[axis] * TINY
        ends = [float(((place + sign * step - other) ** 2).sum()) for sign in (1, -1)]
        found.append((of(ends[0]) - of(ends[1])) / (2 * TINY))
    return np.array(found)


@pytest.mark.parametrize("min_dist", [0.0, 0.1, 0.8])
def test_the_curve_is_the_one_of_umap(min_dist):
    from umap.umap_ import find_ab_params

    np.testing.assert_allclose(curve(min_dist), find_ab_params(1.0, min_dist), rtol=1e-6)


def test_the_table_of_forces_covers_every_distance():
    """Also for a distance of zero, for NaN, and for a squared distance that overflows."""
    pulls, pushes = forces(0.1)
    a, b = curve(0.1)
    squares = np.exp2(np.random.default_rng(0).uniform(-30, 30, 1000))
    rows = [table_index(np.float32(square), len(pulls) - 1) for square in squares]
    np.testing.assert_allclose(pulls[rows], -2 * a * b * squares ** (b - 1) / (a * squares**b + 1), rtol=LOOKED_UP)
    np.testing.assert_allclose(pushes[rows], 2 * b / ((0.001 + squares) * (a * squares**b + 1)), rtol=LOOKED_UP)
    assert np.isfinite(pulls).all()
    assert np.isfinite(pushes).all()
    with np.errstate(over="ignore"):
        odd = [table_index(np.float32(square), len(pulls) - 1) for square in (0, 1e-45, -0.0, 1e39, np.nan, -np.nan)]
    assert set(odd) == {0, len(pulls) - 1}


@pytest.mark.parametrize("seed", range(8))
def test_an_edge_moves_both_ends_along_the_gradient_of_log_similarity(seed):
    xy = np.random.default_rng(seed).normal(scale=2, size=(2, 2)).astype(np.float32)
    a, b = curve(0.1)
    before = xy.astype(np.float64)
    pull = gradient(lambda square: -np.log(1 + a * square**b), before[0], before[1])
    descend(xy, one_edge(), epochs=2, learning_rate=0.01, negatives=0)  # the edge is used once, in the second epoch
    np.testing.assert_allclose(xy[0] - before[0], 0.01 * np.clip(pull, -4, 4), rtol=LOOKED_UP, atol=1e-6)
    np.testing.assert_allclose(xy[1] - before[1], before[0] - xy[0], atol=1e-6)


def test_negative_samples_repel_along_the_gradient_and_every_point_is_drawn():
    """The gradient is that of log(1 - similarity), to whose denominator umap-learn adds .001."""
    start = np.array([[0, 0], [1, 0.5], [-2, 1], [0.5, -3]], np.float32)
    a, b = curve(0.1)
    drawn = set()
    for seed in range(1, 40):
        pulled, pushed = start.copy(), start.copy()
        descend(pulled, one_edge(), epochs=2, learning_rate=0.01, negatives=0)
        descend(pushed, one_edge(), epochs=2, learning_rate=0.01, negatives=1, seed=seed)
        np.testing.assert_array_equal(pushed[1:], pulled[1:])  # the repelling point does not move
        place = pulled[0].astype(np.float64)
        forces = [np.zeros(2)] + [
            gradient(lambda square: np.log(1 - 1 / (1 + a * square**b)), place, other.astype(np.float64))
            for other in pulled[1:]
        ]
        moved = 0.01 * np.clip(forces, -4, 4)
        off = np.abs(pushed[0] - place - moved).max(axis=1)
        drawn.add(int(off.argmin()))
        assert off.min() < 2e-4
    assert drawn == {0, 1, 2, 3}  # 0 is the point itself, which does not repel


def test_the_steps_of_a_force_are_bounded():
    start = np.array([[0, 0], [1e-3, 0], [300, 0]], np.float32)
    for negatives in (0, 1):
        xy = start.copy()
        descend(xy, one_edge(), epochs=2, learning_rate=1.0, negatives=negatives)
        assert np.abs(xy - start).max() <= 4 * (1 + negatives)


def test_without_negatives_it_is_the_layout_of_umap():
    from umap.layouts import optimize_layout_euclidean

    indices, distances = neighbours(clusters(300)[0])
    graph = fuzzy_graph(indices, distances)
    start = np.random.default_rng(0).uniform(0, 10, (300, 2)).astype(np.float32)
    ours, theirs = start.copy(), start.copy()
    descend(ours, graph, epochs=5, learning_rate=0.1, negatives=0)
    used = graph.weights >= graph.weights.max() / 5
    options = dict(zip("ab", curve(0.1), strict=True))
    optimize_layout_euclidean(
        theirs,
        theirs,
        graph.heads[used],
        graph.tails[used],
        5,
        300,
        (graph.weights.max() / graph.weights[used]).astype(np.float64),
        rng_state=np.array([1, 2, 3], np.int64),
        initial_alpha=0.1,
        negative_sample_rate=1e-6,
        move_other=True,
        **options,
    )
    assert np.abs(theirs - start).max() > 1
    np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_negative_samples_are_drawn_uniformly():
    """The repulsions on a point in the middle of a ring cancel on average."""
    angles = np.arange(10) * 2 * np.pi / 10
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    start = np.vstack([[[0, 0], [1000, 0]], 2 * ring]).astype(np.float32)
    pushes = []
    for seed in range(1, 400):
        xy = start.copy()
        descend(xy, one_edge(), epochs=2, learning_rate=0.001, negatives=5, seed=seed)
        pushes.append(xy[0])
    assert np.linalg.norm(np.mean(pushes, axis=0)) < 0.1 * np.linalg.norm(pushes, axis=1).mean()
