"""Alignment of successive maps, and principal components of any embeddings."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from sslviz.reduction.alignment import EXTENT, movement, neighbour_overlap, pca_2d, procrustes, rigid, to_extent

ANGLES = st.floats(-np.pi, np.pi)
SHIFTS = st.tuples(st.floats(-50, 50), st.floats(-50, 50))
CLOUDS = st.integers(0, 1000).map(lambda seed: np.random.default_rng(seed).normal(size=(30, 2)).astype(np.float32))
ANYTHING = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12))


def turned(xy, angle, flip):
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return xy @ rotation * (np.array([-1, 1]) if flip else 1)


@given(CLOUDS, ANGLES, st.booleans(), st.floats(0.05, 20), SHIFTS)
def test_procrustes_undoes_rotation_reflection_scaling_and_translation(cloud, angle, flip, scale, shift):
    moved = (turned(cloud, angle, flip) * scale + shift).astype(np.float32)
    np.testing.assert_allclose(procrustes(moved, cloud), cloud, atol=2e-3 / min(scale, 1))


@given(CLOUDS, ANGLES, st.booleans(), SHIFTS)
def test_rigid_undoes_rotation_reflection_and_translation(cloud, angle, flip, shift):
    moved = (turned(cloud, angle, flip) + shift).astype(np.float32)
    np.testing.assert_allclose(rigid(moved, cloud), cloud, atol=1e-3)


@given(CLOUDS, st.integers(0, 1000))
def test_rigid_finds_the_best_rotation(cloud, seed):
    other = np.random.default_rng(seed).normal(size=cloud.shape).astype(np.float32)
    centred = other - other.mean(axis=0) + cloud.mean(axis=0)
    best = np.linalg.norm(rigid(other, cloud) - cloud)
    for angle in np.linspace(0, 2 * np.pi, 24):
        for flip in (False, True):
            guess = turned(centred - cloud.mean(axis=0), angle, flip) + cloud.mean(axis=0)
            assert best <= np.linalg.norm(guess - cloud) + 1e-3


def test_unrelated_maps_do_not_shrink():
    rng = np.random.default_rng(0)
    shown = first = rng.normal(size=(100, 2)).astype(np.float32)
    for _ in range(50):
        shown = procrustes(rng.normal(size=(100, 2)).astype(np.float32), shown)
    assert np.linalg.norm(shown - shown.mean(axis=0)) == pytest.approx(
        np.linalg.norm(first - first.mean(axis=0)), rel=1e-3
    )


@pytest.mark.parametrize("points", [np.zeros((8, 2)), np.full((8, 2), np.nan), np.zeros((1, 2)), np.zeros((0, 2))])
def test_procrustes_survives_degenerate_maps(points):
    points = points.astype(np.float32)
    good = np.random.default_rng(0).normal(size=points.shape).astype(np.float32)
    assert np.isfinite(procrustes(good, points)).all()
    assert procrustes(points, good).shape == points.shape


def test_procrustes_ignores_points_that_are_not_finite():
    cloud = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    holed = turned(cloud, 1.0, True).astype(np.float32)
    holed[3] = np.nan
    aligned = procrustes(holed, cloud)
    assert np.isnan(aligned[3]).all()
    np.testing.assert_allclose(np.delete(aligned, 3, 0), np.delete(cloud, 3, 0), atol=1e-3)


@given(ANYTHING)
def test_pca_is_always_a_finite_map(h):
    xy = pca_2d(h)
    assert xy.shape == (len(h), 2)
    assert xy.dtype == np.float32
    assert np.isfinite(xy).all()


def test_pca_shows_the_two_widest_directions():
    rng = np.random.default_rng(0)
    plane, _ = np.linalg.qr(rng.normal(size=(10, 2)))
    flat = rng.normal(size=(200, 2)) * [3, 1]
    h = (flat @ plane.T + 1e-3 * rng.normal(size=(200, 10)) + 5).astype(np.float32)
    np.testing.assert_allclose(procrustes(pca_2d(h), flat.astype(np.float32)), flat, atol=0.05)


def test_the_extent_ignores_the_outermost_points():
    xy = np.random.default_rng(0).uniform(size=(1000, 2)).astype(np.float32)
    xy[0] = 1e4
    assert np.ptp(to_extent(xy)[1:], axis=0).max() == pytest.approx(EXTENT, rel=0.05)


def test_overlap():
    before = np.array([[1, 2], [0, 2], [0, 1]], dtype=np.int32)
    assert neighbour_overlap(before[:, ::-1], before) == 1
    assert neighbour_overlap(before + 10, before) == 0
    assert neighbour_overlap(np.array([[1, 9], [0, 9], [0, 9]], dtype=np.int32), before) == 0.5


def test_movement_is_the_median_as_a_fraction_of_the_extent():
    before = np.stack([np.linspace(0, 10, 1001), np.linspace(0, 5, 1001)], 1).astype(np.float32)
    moved = before.copy()
    moved[:501] += np.float32([0.3, 0.4])  # just more than half of them
    assert movement(moved, before) == pytest.approx(0.5 / 9.8, rel=1e-3)
    moved[400:501] = before[400:501]
    assert movement(moved, before) == 0
    assert math.isnan(movement(before * 0, before * 0))
    assert math.isnan(movement(before[:0], before[:0]))
