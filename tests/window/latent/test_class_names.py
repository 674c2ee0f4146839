"""Names of classes on maps of many points and of many classes."""

from __future__ import annotations

import numpy as np
import pytest
from gliding import glide

from sslviz.window.latent.class_names import MAX_NAMES, SAMPLED, ClassNames, compact_classes
from sslviz.window.latent.cloud import GLIDE_MS, PointCloud
from sslviz.window.plotting.plots import Plot


@pytest.fixture
def cloud(qtbot):
    plot = Plot()
    made = PointCloud(plot)
    qtbot.addWidget(plot, before_close_func=lambda _: made.animation.stop())
    plot.resize(600, 600)
    plot.show()
    qtbot.waitExposed(plot)
    plot.getViewBox().setRange(xRange=(-30, 30), yRange=(-30, 30), padding=0)
    return made


def named(cloud, *of):
    """Return the names of these classes, which follow the points."""
    names = ClassNames(cloud.parent(), cloud)
    names.of = of
    names.place()
    cloud.moved.connect(names.follow)
    return names


@pytest.mark.parametrize("points", [1_000, 2 * SAMPLED, 10_000, 50_000])
def test_a_small_class_is_named_however_many_points_the_map_has(cloud, points):
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat([0, 1, 2], [points - 64, 60, 4])).astype(np.int32)
    spread, middle = np.where(labels == 0, 8, 0.1)[:, None], np.where(labels == 0, 0, 20)[:, None]
    cloud.move_to((middle + spread * rng.normal(size=(points, 2))).astype(np.float32), labels)
    (text,) = named(cloud, "wide", "small", "too small").item.texts
    assert text.text == "small"
    assert text.at.toTuple() == pytest.approx((20, 20), abs=0.5)


def two_classes(x):
    """Return positions of 60 points, half of them around (0, 0) and half around (x, 0), and their labels."""
    around = np.random.default_rng(0).normal(size=(60, 2)) * 0.5
    return (around + np.repeat([(0, 0), (x, 0)], 30, axis=0)).astype(np.float32), np.repeat([0, 1], 30).astype(np.int32)


def test_names_move_with_their_classes_and_change_sides_only_on_arrival(cloud):
    xy, labels = two_classes(20)
    cloud.move_to(xy, labels)
    names = named(cloud, "still", "moving")
    still, moving = names.item.texts
    assert still.offset.x() > 0  # on the right
    cloud.move_to(two_classes(4)[0], labels)
    glide(cloud, GLIDE_MS // 2)
    between = names.item.texts
    assert [each.offset for each in between] == [still.offset, moving.offset]
    assert between[0].at == still.at
    assert 4 < between[1].at.x() < moving.at.x()
    glide(cloud, GLIDE_MS)
    arrived = {each.text: each for each in names.item.texts}
    assert arrived["still"].offset.x() <= 0  # the points of the other class are on the right now


def test_of_very_many_classes_the_largest_are_named():
    rng = np.random.default_rng(0)
    sizes = rng.permutation(np.repeat([5, 9], [50, MAX_NAMES]))
    labels = np.repeat(np.arange(len(sizes)), sizes)
    xy = rng.normal(size=(len(sizes), 2))[labels].astype(np.float32)
    assert sorted(compact_classes(xy, labels, len(sizes))) == np.flatnonzero(sizes == 9).tolist()
