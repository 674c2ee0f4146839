"""Trails: where selected points were on the maps before."""

import msgspec
import numpy as np
import pytest
from gliding import FIRST, LABELS, SECOND, THIRD, glide
from window_fakes import latent_map, probe

from sslviz.core.wire import Array
from sslviz.window.latent.cloud import GLIDE_MS
from sslviz.window.latent.trails import MAX_MAPS, MAX_TRAILS, Trails
from sslviz.window.runs.choices import Pin, Selected, TimeCursor
from sslviz.window.style.theme import theme


def move(panel, xy, step=None, method="umap"):
    panel.run.take(latent_map(xy, step or panel.run.latent_map.step + 1, method))
    panel.draw()
    glide(panel.cloud, GLIDE_MS)


def look_back(panel, step):
    panel.run.take(TimeCursor(step=step))
    panel.draw()
    glide(panel.cloud, GLIDE_MS)


def paths(panel):
    """Return the positions on each trail, the oldest first."""
    parts = [np.stack(curve.getData(), axis=1) for curve in panel.trails.curves if curve.xData is not None]
    corners = [parts[0][::2], *(part[1::2] for part in parts)] if parts else []
    return [[corner[trail].tolist() for corner in corners[::-1]] for trail in range(len(corners[0]))] if parts else []


def zoom(panel, side):
    """Show an area of this side around the points on the first map."""
    panel.plot.getViewBox().setRange(xRange=(5 - side / 2, 5 + side / 2), yRange=(5 - side / 2, 5 + side / 2))


def test_selected_points_have_been_where_the_maps_had_them(panel):
    panel.run.take(Selected(indices=(1, 3)))
    for xy in (SECOND, THIRD):
        move(panel, xy)
    zoom(panel, 500)
    for path, index in zip(paths(panel), (1, 3), strict=True):
        assert path == [pytest.approx(xy[index].tolist()) for xy in (FIRST, SECOND, THIRD)]


def test_zoomed_in_they_are_cut_near_the_point(panel):
    panel.run.take(Selected(indices=(1, 3)))
    for xy in (SECOND, THIRD, FIRST):
        move(panel, xy)
    zoom(panel, 20)
    view = panel.plot.getViewBox().viewRect()
    for path in paths(panel):
        lengths = np.hypot(*np.diff(path, axis=0).T)
        assert lengths.sum() == pytest.approx(min(view.width(), view.height()) / 4)
    assert paths(panel)[0][-1] == FIRST[1].tolist()


def test_older_parts_are_fainter(panel):
    for apply in ("dark", "light"):
        theme().apply(apply)
        alphas = [curve.opts["pen"].color().alpha() for curve in panel.trails.curves]
        assert alphas == sorted(set(alphas), reverse=True)
        assert len(alphas) == MAX_MAPS - 1


def test_at_an_earlier_step_there_is_only_what_was_before(panel):
    panel.run.take(Selected(indices=(1,)))
    move(panel, THIRD, step=5)
    move(panel, SECOND, step=7)
    look_back(panel, 5)
    zoom(panel, 500)
    assert paths(panel) == [[FIRST[1].tolist(), THIRD[1].tolist()]]
    look_back(panel, 1)
    assert paths(panel) == []


def test_maps_of_another_method_are_no_places_before(panel):
    panel.run.take(Selected(indices=(1,)))
    move(panel, SECOND, method="pca")
    assert paths(panel) == []
    move(panel, THIRD)
    zoom(panel, 500)
    assert paths(panel) == [[FIRST[1].tolist(), THIRD[1].tolist()]]


def test_the_pinned_sample_has_one_and_nobody_else(panel):
    move(panel, SECOND)
    assert paths(panel) == []
    panel.run.take(Pin(index=2))
    panel.draw()
    zoom(panel, 500)
    assert paths(panel) == [[FIRST[2].tolist(), SECOND[2].tolist()]]


def test_their_end_glides_with_the_point(panel):
    panel.run.take(Selected(indices=(0,)))
    panel.run.take(latent_map(SECOND, step=2))
    panel.draw()
    zoom(panel, 500)
    glide(panel.cloud, GLIDE_MS // 3)
    ((first, last),) = paths(panel)
    assert first == FIRST[0].tolist()
    assert last == panel.cloud.xy[0].tolist()


def test_they_reach_back_some_maps_only(panel):
    panel.run.take(Selected(indices=(0,)))
    for step in range(MAX_MAPS + 4):
        move(panel, SECOND + step)
    assert len(paths(panel)[0]) == MAX_MAPS


def test_other_samples_have_none_of_the_trails_before(panel):
    move(panel, SECOND)
    ids = Array.of(np.arange(len(LABELS)) + 500)
    panel.run.take(msgspec.structs.replace(probe(LABELS), ids=ids))
    panel.run.take(Selected(indices=(0,)))
    move(panel, FIRST, step=3)
    assert paths(panel) == []
    move(panel, THIRD)
    assert len(paths(panel)[0]) == 2


def test_they_can_be_switched_off_in_the_menu(panel):
    panel.run.take(Selected(indices=(0,)))
    move(panel, SECOND)
    (action,) = [each for each in panel.options.menu().actions() if each.text() == "trails"]
    assert action.isChecked()
    action.trigger()
    assert paths(panel) == []
    action.trigger()
    assert len(paths(panel)) == 1


def test_of_many_points_some_stand_for_the_rest(panel):
    trails = Trails(panel.plot, panel.cloud)
    trails.show(np.arange(10 * MAX_TRAILS + 1))
    assert len(trails.indices) <= MAX_TRAILS
