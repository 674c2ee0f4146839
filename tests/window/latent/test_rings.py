"""Rings around the neighbours of a sample do not add up to a dark patch."""

import numpy as np

from sslviz.window.latent.cloud import PointCloud
from sslviz.window.latent.rings import Rings
from sslviz.window.plotting.plots import Plot


def test_neighbours_that_lie_close_share_a_ring_until_one_zooms_in(qtbot):
    plot = Plot()
    plot.resize(400, 400)
    qtbot.addWidget(plot)
    plot.show()
    qtbot.waitExposed(plot)
    plot.getViewBox().setRange(xRange=(-10, 10), yRange=(-10, 10), padding=0)
    cloud = PointCloud(plot)
    cloud.move_to(np.array([[0, 0], [5, 5], [5, 5.1], [5.1, 5], [-5, 5]], np.float32), np.zeros(5, np.int32))
    rings = Rings(plot, cloud)
    rings.show(0, np.arange(1, 5))
    assert sorted(rings.neighbour_item.data["x"]) == [-5, 5]
    plot.getViewBox().setRange(xRange=(4.5, 5.5), yRange=(4.5, 5.5), padding=0)
    assert len(rings.neighbour_item.data) == 4
