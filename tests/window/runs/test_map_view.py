"""Which map is in view: live maps follow the run, a map on request stays as long as one expects."""

import pytest
from window_fakes import exact_map, latent_map, probe

from sslviz.core.exact_map import MapProgress
from sslviz.window.runs.map_view import EXACT_SHOWN_S, MapView
from sslviz.window.runs.run_model import RunModel

POINTS = [[0, 0], [1, 1]]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def view(clock):
    """A view of the live map of step 10, and from a second later on of the exact map of this step."""
    made = MapView(clock)
    made.take_live(latent_map(POINTS, step=10))
    clock.now += 1
    made.show_exact(exact_map(POINTS, step=10).latent_map)
    return made


def in_view(view):
    return view.shown.step, view.shown.method


def test_an_exact_map_stays_as_long_as_its_snapshot_is_the_newest(view, clock):
    clock.now += 10 * EXACT_SHOWN_S
    view.take_live(latent_map(POINTS, step=10))  # UMAP, after PCA has stood in
    assert in_view(view) == (10, "umap-learn")
    assert view.exact is view.shown


def test_in_a_training_it_gives_way_after_having_been_seen(view, clock):
    clock.now += EXACT_SHOWN_S - 1
    view.take_live(latent_map(POINTS, step=20))
    assert in_view(view) == (10, "umap-learn")
    clock.now += 1
    view.take_live(latent_map(POINTS, step=30))
    assert in_view(view) == (30, "umap")
    assert view.exact is None


def test_the_live_map_is_the_newest_when_the_user_returns_to_it(view, clock):
    arrived = clock.now
    view.take_live(latent_map(POINTS, step=20))
    clock.now += 5
    view.show_live()
    assert in_view(view) == (20, "umap")
    assert view.arrived == arrived
    view.take_live(latent_map(POINTS, step=30))
    assert in_view(view) == (30, "umap")


def test_without_a_map_there_is_none_to_return_to():
    view = MapView()
    view.show_live()
    assert view.shown is view.exact is None


def test_progress_ends_with_an_empty_text(view):
    view.take_progress(MapProgress(text="epoch 1 of 2", fraction=0.5))
    assert view.progress.fraction == 0.5
    view.take_progress(MapProgress(text=""))
    assert view.progress is None


def test_a_map_that_was_finished_when_it_was_cancelled_is_not_shown(view):
    view.take_live(latent_map(POINTS, step=20))
    view.show_live()
    view.cancelled = True
    view.take_exact(exact_map(POINTS, step=10).latent_map)
    assert in_view(view) == (20, "umap")
    view.cancelled = False
    view.take_exact(exact_map(POINTS, step=20).latent_map)
    assert in_view(view) == (20, "umap-learn")


def test_a_map_of_other_samples_is_not_kept():
    run = RunModel()
    for message in (probe([0, 1]), latent_map(POINTS, step=10), exact_map(POINTS, step=10)):
        run.take(message)
    run.take(probe([0, 1, 1]))
    assert run.map_view.exact is None


def test_without_kept_maps_the_newest_one_is_shown(view):
    view.history.keep_only(())
    view.show_live()
    assert in_view(view) == (10, "umap")


def test_umap_learn_lays_out_no_map_of_an_earlier_step(view):
    assert view.allows_exact
    view.take_live(latent_map(POINTS, step=20))
    view.move_cursor(10)
    assert in_view(view) == (10, "umap")
    assert not view.allows_exact
