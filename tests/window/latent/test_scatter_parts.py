"""Points of the map are outlined only where they stand apart."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.theme import theme


@pytest.fixture
def cloud(qtbot):
    plot = Plot()
    plot.resize(400, 400)
    made = PointCloud(plot)
    qtbot.addWidget(plot, before_close_func=lambda _: made.animation.stop())
    plot.show()
    qtbot.waitExposed(plot)
    plot.getViewBox().setRange(xRange=(-10, 10), yRange=(-10, 10), padding=0)
    tight, loose = np.random.default_rng(0).normal(size=(2, 300, 2)) * np.array([0.2, 8])[:, None, None]
    made.move_to(np.concatenate([tight, loose]).astype(np.float32), np.repeat([0, 1], 300).astype(np.int32))
    return made


def outlined(cloud):
    return [part.item.opts["pen"].style() != Qt.PenStyle.NoPen for part in cloud.class_parts]


def test_only_points_that_stand_apart_have_outlines(cloud):
    cloud.adapt_outlines()
    assert outlined(cloud) == [False, True]


def test_zoomed_in_they_stand_apart(cloud):
    cloud.adapt_outlines()
    cloud.parent().getViewBox().setRange(xRange=(-0.5, 0.5), yRange=(-0.5, 0.5))
    cloud.adapt_outlines()
    assert outlined(cloud) == [True, True]


def test_another_theme_brings_none_back(cloud):
    cloud.adapt_outlines()
    theme().apply("dark")
    assert outlined(cloud) == [False, True]
