"""Very many points as one image: each where it belongs, in its colour, and faded ones below the others."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QSize
from PySide6.QtGui import QColor, QTransform
from PySide6.QtWidgets import QVBoxLayout, QWidget

from sslviz.window.latent.cloud import FADED, MAX_GLIDING, PointCloud
from sslviz.window.latent.raster import ROUND, SIDE, Raster, bounds, packed
from sslviz.window.plotting.plots import Plot
from sslviz.window.plotting.rendering import picture, svg
from sslviz.window.style.theme import theme

RED, GREEN = (200, 0, 0), (0, 160, 0)
HERE = QTransform(10, 0, 0, -10, 50, 50)
"""One unit of the map is ten pixels; y points upwards."""
AREA = QRect(0, 0, 100, 100)


def raster(xy, colours):
    made = Raster()
    made.show_points(np.array(xy, np.float32), np.array(colours, np.uint8))
    return made


def lit(image):
    """Return the colours of the pixels that are not transparent, by position."""
    return {
        (x, y): QColor(image.pixel(x, y)).getRgb()[:3]
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha()
    }


def test_each_point_is_a_square_about_its_place():
    found = lit(raster([[0, 0], [2, 3]], [RED, GREEN]).image(HERE, AREA, 3))
    squares = {(50, 50): RED, (70, 20): GREEN}
    assert set(found.values()) == {RED, GREEN}
    for (x, y), colour in squares.items():
        mine = [place for place, seen in found.items() if seen == colour]
        assert len(mine) == 9
        assert np.abs(np.mean(mine, 0) - (x, y)).max() <= 1


def test_on_a_fine_screen_they_are_round():
    assert len(lit(raster([[0, 0]], [RED]).image(HERE, AREA, ROUND + 1))) == (ROUND + 1) ** 2 - 4


def test_those_that_step_back_lie_below_and_are_seen_through():
    made = raster([[0, 0], [0, 0]], [RED, GREEN])
    for index, colour in ((0, RED), (1, GREEN)):
        made.fade(np.arange(2) != index, 0.25)
        assert set(lit(made.image(HERE, AREA, 3)).values()) == {colour}
    made.fade(np.array([True, True]), 0.25)
    assert made.image(HERE, AREA, 3).pixelColor(50, 50).alpha() == 64


@pytest.mark.parametrize("place", [[6, 0], [-6, 0], [0, 6], [0, -6], [1e9, 1e9], [-1e9, 0]])
def test_what_lies_outside_is_not_drawn(place):
    assert lit(raster([place, place], [RED, GREEN]).image(HERE, AREA, 3)) == {}


def test_colours_are_premultiplied():
    assert packed(np.array([[255, 128, 0]], np.uint8), np.array([0.5]))[0] == 0x80804000
    assert packed(np.array([[1, 2, 3]], np.uint8), np.array([1.0]))[0] == 0xFF010203


def test_its_bounds_hold_all_points():
    xy = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    found = bounds(xy)
    assert all(found.contains(x, y) for x, y in xy.tolist())
    assert bounds(xy[:0]).isEmpty()


# --------------------------------------------------------------------------- in the cloud


@pytest.fixture
def cloud(qtbot):
    plot = Plot("Map")
    qtbot.addWidget(plot)
    plot.resize(300, 300)
    plot.getViewBox().setRange(xRange=(-1, 1), yRange=(-1, 1), padding=0)
    plot.show()
    qtbot.waitExposed(plot)
    made = PointCloud(plot)
    xy = np.random.default_rng(0).uniform(-0.2, 0.2, (MAX_GLIDING + 1, 2)).astype(np.float32)
    made.move_to(xy, (xy[:, 0] > 0).astype(np.int32))
    return made


def seen(cloud, x, y):
    """Return the colour at a position of the map."""
    plot = cloud.parent()
    scene = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(x, y)))
    return plot.grab().toImage().pixelColor(scene)


def test_many_points_are_one_image_and_fewer_are_not(cloud):
    assert cloud.class_parts == ()
    assert cloud.raster.on
    few = np.zeros((3, 2), np.float32)
    cloud.move_to(few, np.zeros(3, np.int32))
    assert len(cloud.class_parts) == 1
    assert not cloud.raster.on


def test_they_are_seen_in_the_colours_of_their_classes(cloud):
    left, right = seen(cloud, -0.1, 0.0), seen(cloud, 0.1, 0.0)
    assert left != right
    assert seen(cloud, 0.5, 0.5) == QColor(theme().palette.surface)


def test_a_class_pointed_at_stands_out(cloud):
    before = seen(cloud, -0.1, 0.0)
    cloud.highlight(1)
    assert cloud.raster.faded_opacity == FADED
    assert seen(cloud, -0.1, 0.0) != before
    cloud.highlight(None)
    assert seen(cloud, -0.1, 0.0) == before


def test_a_selection_lets_the_rest_step_back(cloud):
    cloud.select(np.flatnonzero(cloud.labels == 1))
    assert cloud.raster.faded.tolist() == (cloud.labels != 1).tolist()
    assert cloud.selected_parts == ()
    cloud.highlight(0)
    assert cloud.raster.faded.tolist() == (cloud.labels != 0).tolist()
    cloud.highlight(None)
    cloud.select(np.array([3, 7, MAX_GLIDING + 100]))
    assert np.flatnonzero(~cloud.raster.faded).tolist() == [3, 7]
    assert sum(len(part.members) for part in cloud.selected_parts) == 2
    cloud.select(np.empty(0, np.intp))
    assert not cloud.raster.faded.any()


def test_they_move_at_once(cloud):
    cloud.move_to(cloud.xy + np.float32(0.6), cloud.labels)
    assert seen(cloud, -0.1, 0.0) == QColor(theme().palette.surface)
    assert seen(cloud, 0.6, 0.6) != QColor(theme().palette.surface)


def test_they_are_in_saved_pictures_too(cloud, qtbot):
    plot, host = cloud.parent(), QWidget()
    qtbot.addWidget(host)
    QVBoxLayout(host).addWidget(plot)
    host.resize(320, 320)
    host.show()
    plot.getViewBox().setRange(xRange=(-0.5, 0.5), yRange=(-0.5, 0.5), padding=0)
    middle = plot.mapTo(host, plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(0.1, 0))))
    assert picture(host).pixelColor(middle * 2) != QColor(theme().palette.surface)
    cloud.move_to(np.concatenate([cloud.xy[1:], np.float32([[0.4, 0.4]])]), cloud.labels)
    alone = plot.mapTo(host, plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(0.4, 0.4))))
    around = picture(host).copy(QRect(alone * 2 - QPoint(10, 10), QSize(20, 20)))
    surface = QColor(theme().palette.surface)
    coloured = sum(around.pixelColor(x, y) != surface for x in range(20) for y in range(20))
    assert coloured == (2 * SIDE) ** 2 - 4  # as large as on the screen, in an image of twice as many pixels
    assert svg(host).count(b"<image") == 1
    plot.setParent(None)


def test_another_theme_recolours_them(cloud):
    theme().apply("dark")
    assert seen(cloud, 0.5, 0.5) == QColor(theme().palette.surface)
    assert seen(cloud, 0.1, 0.0) != QColor(theme().palette.surface)
    theme().apply("light")
