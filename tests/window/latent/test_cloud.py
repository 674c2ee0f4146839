"""The points of the map: they glide, can be interrupted, and are found again."""

import numpy as np
import pyqtgraph as pg
import pytest
from gliding import FIRST, LABELS, SECOND, THIRD, drawn, glide
from PySide6.QtGui import QColor

from sslviz.window.latent.cloud import DISTINCT_CLASSES, FADED, GLIDE_MS, MAX_GLIDING, MAX_SELECTED_DRAWN, PointCloud
from sslviz.window.plotting.plots import Plot
from sslviz.window.style.palette import PointStyles
from sslviz.window.style.theme import theme


@pytest.fixture
def cloud(qtbot):
    plot = Plot()
    made = PointCloud(plot)
    qtbot.addWidget(plot, before_close_func=lambda _: made.animation.stop())  # closing a plot deletes its points
    made.move_to(FIRST, LABELS)
    return made


def test_the_first_points_are_there_at_once(cloud):
    assert cloud.xy.tolist() == FIRST.tolist()
    assert drawn(cloud).tolist() == FIRST.tolist()


def test_points_of_the_many_small_classes_lie_below_all_others(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    cloud = PointCloud(plot)
    cloud.move_to(np.zeros((6, 2), np.float32), np.array([0, 1, 2, 2, 1, 0], np.int32), PointStyles(others=2))
    items = [each for each in plot.getPlotItem().items if isinstance(each, pg.ScatterPlotItem) and len(each.data)]
    assert QColor(items[0].opts["brush"].color()).name() == theme().palette.unknown.lower()


def test_points_glide_and_arrive(cloud):
    cloud.move_to(SECOND, LABELS)
    assert cloud.xy.tolist() == FIRST.tolist()
    glide(cloud, GLIDE_MS // 2)
    share = (cloud.xy - FIRST) / (SECOND - FIRST)
    assert (share > 0).all()
    assert (share < 1).all()
    assert drawn(cloud).tolist() == cloud.xy.tolist()
    glide(cloud, GLIDE_MS)
    assert drawn(cloud).tolist() == SECOND.tolist()


def test_points_glide_shortly_where_maps_follow_fast(cloud):
    cloud.glide_for(100)
    cloud.move_to(SECOND, LABELS)
    glide(cloud, 100)
    assert drawn(cloud).tolist() == SECOND.tolist()


def test_a_new_map_in_mid_glide_takes_over_from_where_the_points_are(cloud):
    cloud.move_to(SECOND, LABELS)
    glide(cloud, 100)
    between = cloud.xy.copy()
    cloud.move_to(THIRD, LABELS)
    assert cloud.xy.tolist() == between.tolist()
    glide(cloud, 1)
    assert np.abs(cloud.xy - between).max() < 0.05 * np.abs(THIRD - between).max()
    glide(cloud, GLIDE_MS)
    assert cloud.xy == pytest.approx(THIRD, abs=1e-5)


def test_the_same_map_again_does_not_cut_the_movement_short(cloud):
    cloud.move_to(SECOND, LABELS)
    glide(cloud, 100)
    between = cloud.xy.copy()
    cloud.move_to(SECOND.copy(), LABELS)
    assert cloud.xy.tolist() == between.tolist()
    glide(cloud, GLIDE_MS)
    assert cloud.xy.tolist() == SECOND.tolist()


def test_really_gliding_takes_its_time_and_ends_there(cloud, qtbot):
    cloud.move_to(SECOND, LABELS)
    with qtbot.waitSignal(cloud.animation.finished):
        pass
    assert cloud.xy.tolist() == SECOND.tolist()


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_another_number_of_points_is_shown_at_once_also_in_mid_glide(cloud, count):
    cloud.move_to(SECOND, LABELS)
    glide(cloud, 100)
    other = np.ones((count, 2), np.float32)
    cloud.move_to(other, np.zeros(count, np.int32))
    assert drawn(cloud).tolist() == other.tolist()
    glide(cloud, GLIDE_MS // 2)
    assert cloud.xy.shape == (count, 2)


def test_points_of_other_labels_are_recoloured_where_they_are_and_glide(cloud):
    others = LABELS[::-1].copy()
    cloud.move_to(SECOND, others)
    assert cloud.labels.tolist() == others.tolist()
    assert drawn(cloud).tolist() == FIRST.tolist()
    glide(cloud, GLIDE_MS)
    assert drawn(cloud).tolist() == SECOND.tolist()


def test_rows_that_are_not_finite_stay_where_they_were(cloud):
    broken = SECOND.copy()
    broken[1] = np.nan
    cloud.move_to(broken, LABELS)
    glide(cloud, GLIDE_MS)
    assert cloud.xy.tolist() == [*SECOND[:1].tolist(), FIRST[1].tolist(), *SECOND[2:].tolist()]


def test_labels_of_another_number_are_not_believed(cloud):
    cloud.move_to(SECOND, LABELS[:2])
    assert set(cloud.labels.tolist()) == {-1}


@pytest.mark.parametrize(("place", "found"), [((9.5, 0.2), 1), ((0, 10), 2), ((5, 5), None), ((99, 99), None)])
def test_the_nearest_point_within_reach(cloud, place, found):
    assert cloud.nearest(*place, reach=1.0) == found


def test_no_points_have_no_nearest(qtbot):
    plot = Plot()
    qtbot.addWidget(plot)
    assert PointCloud(plot).nearest(0, 0, 1e9) is None


def test_more_points_than_can_glide_are_there_at_once(cloud):
    many = np.random.default_rng(0).normal(size=(MAX_GLIDING + 1, 2)).astype(np.float32)
    labels = np.zeros(len(many), np.int32)
    cloud.move_to(many, labels)
    moved = []
    cloud.moved.connect(lambda: moved.append(drawn(cloud).copy()))
    cloud.move_to(-many, labels)
    assert len(moved) == 1
    assert moved[0].tolist() == (-many).tolist()
    cloud.move_to(many[:MAX_GLIDING], labels[:MAX_GLIDING])
    cloud.move_to(-many[:MAX_GLIDING], labels[:MAX_GLIDING])
    assert cloud.xy.tolist() == many[:MAX_GLIDING].tolist()


def test_a_selection_that_stays_is_not_made_anew_and_other_points_have_none(cloud):
    cloud.select(np.array([0, 2]))
    before = list(cloud.selected_parts)
    cloud.select(np.array([0, 2]))
    assert all(a.item is b.item for a, b in zip(before, cloud.selected_parts, strict=True))
    assert all(part.item.scene() is not None for part in before)
    cloud.move_to(np.zeros((5, 2), np.float32), np.zeros(5, np.int32))
    assert cloud.selected_parts == ()
    cloud.select(np.array([0, 2]))
    assert [part.members.tolist() for part in cloud.selected_parts] == [[0, 2]]


def test_of_very_many_selected_points_some_stand_for_the_rest(cloud):
    count = MAX_GLIDING
    xy = np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)
    cloud.move_to(xy, np.arange(count, dtype=np.int32) % 3)
    cloud.select(np.arange(count - 7))
    drawn = np.concatenate([part.members for part in cloud.selected_parts])
    assert len(drawn) <= MAX_SELECTED_DRAWN
    assert len(set(drawn.tolist())) == len(drawn)
    assert drawn.max() > count - 20


def test_few_selected_points_have_an_outline_in_every_theme(cloud):
    cloud.select(np.array([1]))
    for name in ("dark", "light"):
        theme().apply(name)
        (part,) = cloud.selected_parts
        assert part.item.opts["pen"].color() == QColor(theme().palette.text)
        assert cloud.class_parts[0].item.opts["pen"].color() == QColor(theme().palette.surface)


def test_classes_beyond_those_that_look_different_share_a_part(cloud):
    labels = np.array([0, DISTINCT_CLASSES, 2 * DISTINCT_CLASSES, 3], np.int32)
    cloud.move_to(FIRST, labels)
    assert sorted(part.members.tolist() for part in cloud.class_parts) == [[0, 1, 2], [3]]
    cloud.highlight(DISTINCT_CLASSES)
    assert [part.item.opacity() for part in cloud.class_parts] == [FADED, FADED]
    (pointed,) = cloud.pointed_parts
    assert pointed.members.tolist() == [1]
    assert pointed.item.opts["brush"].color() == cloud.class_parts[0].item.opts["brush"].color()
    cloud.highlight(None)
    assert (cloud.pointed_parts, {part.item.opacity() for part in cloud.class_parts}) == ((), {1.0})
