"""Names of classes on maps of many points and of many classes."""

from __future__ import annotations

import numpy as np
import pytest

from sslviz.window.latent.class_names import MAX_NAMES, SAMPLED, ClassNames, compact_classes
from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import Plot


@pytest.fixture
def cloud(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    return PointCloud(plot)


@pytest.mark.parametrize("points", [1_000, 2 * SAMPLED, 10_000, 50_000])
def test_a_small_class_is_named_however_many_points_the_map_has(cloud, points):
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [points - 64, 60, 4])).astype(np.int32)
    spread, middle = np.where(labels == 0, 10, 0.1)[:, None], np.where(labels == 0, 0, 20)[:, None]
    cloud.move_to((middle + spread * rng.normal(size=(points, 2))).astype(np.float32), labels)
    names = ClassNames(cloud.parent(), cloud)
    names.of = ("wide", "small", "too small")
    names.place()
    (item,) = [item for item in names.items if item.isVisible()]
    assert item.toPlainText() == "small"
    assert item.pos().toTuple() == pytest.approx((20, 20), abs=0.2)


def test_of_very_many_classes_the_largest_are_named():
    rng = np.random.default_rng(0)
    sizes = rng.permutation(np.repeat([5, 9], [50, MAX_NAMES]))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    xy = rng.normal(size=(len(sizes), 2))[labels].astype(np.float32)
    assert sorted(compact_classes(xy, labels, len(sizes))) == np.flatnonzero(sizes == 9).tolist()
