"""The visible range of the map: fitted for another run or method, kept where the user has zoomed."""

import numpy as np
import pytest
from gliding import FIRST, LABELS, SECOND, glide
from PySide6.QtCore import Qt
from window_fakes import latent_map, probe, turn_wheel

from sslviz.window.latent.cloud import GLIDE_MS
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.runs.run_model import RunModel


def run_with(xy, method="umap"):
    run = RunModel()
    run.take(probe(LABELS))
    run.take(latent_map(xy, method=method))
    return run


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.show_run(run_with(FIRST))
    on_screen(made, 600, 400)
    made.draw()
    return made


def view(panel):
    return np.array(panel.plot.getViewBox().viewRange())


def show(panel, run):
    panel.show_run(run)
    panel.draw()


def fits(panel, xy):
    """Return whether all of these points are in view, and fill it along one axis at least."""
    (left, right), (bottom, top) = view(panel)
    inside = (xy >= (left, bottom)).all() and (xy <= (right, top)).all()
    share = np.ptp(xy, axis=0) / (right - left, top - bottom)
    return bool(inside) and share.max() > 0.8


def test_another_run_is_seen_whole_and_the_zoomed_one_as_it_was_left(panel):
    first, other = panel.run, run_with(100 + 3 * FIRST)
    turn_wheel(panel.plot.viewport(), 480)
    zoomed = view(panel)
    assert not fits(panel, FIRST)
    show(panel, other)
    assert fits(panel, 100 + 3 * FIRST)
    assert panel.plot.follows
    show(panel, first)
    assert view(panel) == pytest.approx(zoomed)
    show(panel, first)  # as when another run is named, or can be compared now
    assert view(panel) == pytest.approx(zoomed)
    show(panel, other)
    assert fits(panel, 100 + 3 * FIRST)


def test_a_map_by_another_method_is_seen_whole_and_the_zoomed_one_as_it_was_left(panel):
    turn_wheel(panel.plot.viewport(), 480)
    zoomed = view(panel)
    for xy, method in ((FIRST + 1, "umap"), (50 * FIRST, "pca"), (FIRST, "umap")):
        panel.run.take(latent_map(xy, 2, method))
        panel.draw()
        assert fits(panel, xy) if method == "pca" else view(panel) == pytest.approx(zoomed)


def test_shown_whole_again_it_forgets_the_zoom(panel, qtbot):
    first = panel.run
    turn_wheel(panel.plot.viewport(), 480)
    qtbot.mouseDClick(panel.plot.viewport(), Qt.MouseButton.LeftButton)
    panel.draw()
    assert fits(panel, FIRST)
    show(panel, run_with(SECOND))
    show(panel, first)
    assert fits(panel, FIRST)


def test_a_map_that_has_shrunk_does_not_leave_the_view_empty(panel):
    for step, size in enumerate((1, 0.9, 0.8, 0.7, 0.6, 0.5), 2):
        panel.run.take(latent_map(size * FIRST, step))
        panel.draw()
        glide(panel.cloud, GLIDE_MS)
        assert fits(panel, size * FIRST)


def test_points_on_their_way_stay_in_view(panel):
    for step, xy in enumerate((FIRST / 2, 3 * FIRST, -FIRST), 2):
        before = panel.cloud.xy
        panel.run.take(latent_map(xy, step))
        panel.draw()
        assert fits(panel, np.concatenate([before, xy]))
        glide(panel.cloud, GLIDE_MS)
        assert fits(panel, xy)
