"""Trustworthiness and agreement compared with scikit-learn and with slow loops, and where they are undefined."""

from __future__ import annotations

import math

import numpy as np
import pytest
from clouds import clusters, neighbours
from sklearn.manifold import trustworthiness as reference
from sklearn.neighbors import NearestNeighbors

from sslviz.reduction.quality import MAX_ROWS, agreement, quality_of, trustworthiness


@pytest.mark.parametrize("seed", [0, 1])
def test_trustworthiness_is_that_of_scikit_learn(seed):
    h = np.random.default_rng(0).normal(size=(300, 8))
    for xy in (h[:, :2], np.random.default_rng(seed).normal(size=(300, 2))):
        assert trustworthiness(h, xy, np.arange(300)) == pytest.approx(reference(h, xy, n_neighbors=15))


def test_some_rows_give_about_the_same():
    h, _ = clusters(3000)
    xy = h[:, :2]
    whole, some = trustworthiness(h, xy, np.arange(3000)), trustworthiness(h, xy, np.arange(0, 3000, 3000 // MAX_ROWS))
    assert some == pytest.approx(whole, abs=0.01)
    assert MAX_ROWS < 3000


def test_a_map_equal_to_the_latent_space_is_perfect():
    angle = np.random.default_rng(0).uniform(0, 2 * np.pi, 200)
    circle = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
    quality = quality_of(circle * 7, neighbours(circle)[0], circle)
    assert quality == (pytest.approx(1), pytest.approx(1, abs=0.02))


def test_a_random_map_keeps_neighbours_by_chance():
    h, _ = clusters(500)
    quality = quality_of(h, neighbours(h)[0], np.random.default_rng(5).normal(size=(500, 2)))
    assert quality.agreement == pytest.approx(15 / 500, abs=0.02)
    assert 0.4 < quality.trustworthiness < 0.6


def test_agreement_is_that_of_a_slow_loop():
    h, _ = clusters(200)
    indices, xy = neighbours(h)[0], np.random.default_rng(2).normal(size=(200, 2)) + h[:, :2]
    k = indices.shape[1]
    seen = NearestNeighbors(n_neighbors=k).fit(xy).kneighbors(return_distance=False)
    share = np.mean([len(set(own) & set(near)) / k for own, near in zip(indices, seen, strict=True)])
    assert agreement(indices, xy) == pytest.approx(share)


def test_the_point_itself_is_no_neighbour():
    h, _ = clusters(100)
    indices = neighbours(h)[0]
    with_itself = np.hstack([np.arange(100, dtype=np.int32)[:, None], indices])
    xy = h[:, :2]
    assert agreement(with_itself, xy) == agreement(indices, xy)


@pytest.mark.parametrize("count", [0, 1, 5, 30])
def test_few_points_have_no_figures(count):
    h = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    assert math.isnan(trustworthiness(h, h[:, :2], np.arange(count)))
    assert math.isnan(agreement(np.zeros((count, 0), np.int32), h[:, :2]))


def test_nan_rows_and_identical_points_are_handled():
    h, _ = clusters(100)
    indices = neighbours(h)[0]
    holed = h.copy()
    holed[3] = np.nan
    assert 0 < quality_of(holed, indices, h[:, :2]).trustworthiness <= 1
    for value in quality_of(np.ones_like(h), indices, np.zeros((100, 2))):
        assert 0 <= value <= 1
