"""The replay: maps of earlier steps are shown and played again, and only the user leaves them."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from window_fakes import earlier_maps, exact_map, latent_map, prepared, probe

from sslviz.core.exact_map import MapProgress
from sslviz.core.messages import Pulse, State
from sslviz.window.latent.cloud import GLIDE_MS
from sslviz.window.latent.map_options import EXACT
from sslviz.window.latent.replay import INTERVALS_MS
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.runs.choices import TimeCursor
from sslviz.window.runs.run_model import RunModel

XY = [[0, 0], [1, 1], [2, 0]]
LAYING_OUT = Pulse(step=500, epoch=1, wall_time_s=9, samples_per_second=9, skipped=0, map_status="laying out")


def training(steps):
    """Return a run that has sent a map of each step."""
    run = RunModel()
    run.take(probe([0, 1, 2]))
    for step in steps:
        run.take(latent_map(XY, step))
    return run


def recorded(steps):
    """Return a recorded run with snapshots of these steps, whose map by umap-learn is in view."""
    run = RunModel()
    for message in (State(state="recorded"), described(steps), probe([0, 1, 2]), latent_map(XY, steps[-1])):
        run.take(message)
    run.take(exact_map(XY, steps[-1]))
    return run


def described(steps):
    return msgspec.structs.replace(prepared(), snapshot_steps=tuple(steps))


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.cursor_moved.connect(lambda step: made.run.take(TimeCursor(step=step)))
    made.show_run(training(range(100, 600, 100)))
    on_screen(made, 600, 400)
    made.draw()
    return made


def in_view(panel):
    return panel.run.latent_map.step, panel.replay.where.text()


def show(panel, run):
    panel.show_run(run)
    panel.draw()


def test_an_earlier_map_stays_when_a_new_one_comes_until_the_user_follows_again(panel, qtbot):
    assert in_view(panel) == (500, "live, step 500")
    panel.run.take(LAYING_OUT)
    qtbot.keyClick(panel.replay.slider, Qt.Key.Key_Left)
    assert in_view(panel) == (400, "step 400 of 500")
    panel.run.take(latent_map(XY, 600))
    panel.draw()
    assert in_view(panel) == (400, "step 400 of 600")
    assert panel.caption.title.endswith("step 400")  # without age, and nothing that is done about the newest map
    qtbot.mouseClick(panel.replay.live, Qt.MouseButton.LeftButton)
    assert in_view(panel) == (600, "live, step 600")
    assert panel.caption.title.endswith("ago   laying out")
    assert not panel.replay.live.isEnabled()


def test_it_plays_from_the_first_map_to_the_newest_and_stops(panel, qtbot):
    seen = []
    panel.cursor_moved.connect(seen.append)
    qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)
    panel.replay.timer.setInterval(1)
    qtbot.waitUntil(lambda: not panel.replay.timer.isActive())
    assert seen == [100, 200, 300, 400, None]
    assert in_view(panel) == (500, "live, step 500")


def test_it_stops_for_the_slider_and_for_another_run(panel, qtbot):
    first = panel.run
    for leave in (lambda: panel.replay.slider.setValue(3), lambda: show(panel, training([10, 20]))):
        qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)
        leave()
        assert not panel.replay.timer.isActive()
    assert panel.replay.slider.value() == 1
    show(panel, first)
    assert in_view(panel) == (400, "step 400 of 500")


def test_there_is_nothing_to_replay_with_one_map(panel):
    show(panel, training([1]))
    assert panel.replay.isHidden()


def test_umap_learn_lays_out_the_newest_map_only(panel):
    (exact,) = [action for action in panel.options.menu().actions() if action.text() == EXACT]
    assert exact.isEnabled()
    panel.replay.slider.setValue(0)
    assert not exact.isEnabled()


def test_a_recorded_run_that_gets_more_snapshots_keeps_its_map_by_umap_learn(panel, qtbot):
    show(panel, recorded([10, 20, 30]))
    panel.run.take(MapProgress(text="epoch 1 of 2", fraction=0.5))
    panel.run.take(described([10, 20, 30, 40]))
    with qtbot.assertNotEmitted(panel.cursor_moved), qtbot.assertNotEmitted(panel.map_requested):
        panel.draw()
    assert (panel.replay.slider.value(), panel.run.snapshot) == (3, 0)
    assert None not in (panel.run.map_view.exact, panel.run.map_view.progress)


def test_the_users_choice_leaves_the_map_by_umap_learn(panel, qtbot):
    show(panel, recorded([10, 20, 30]))
    qtbot.keyClick(panel.replay.slider, Qt.Key.Key_Left)
    assert (panel.run.cursor_step, panel.run.snapshot) == (20, 2)
    assert panel.run.map_view.exact is None


def test_a_recorded_run_shows_a_map_at_once_and_the_one_of_the_engine_moves_nothing(panel, qtbot):
    show(panel, recorded([10, 20, 30]))
    panel.run.map_view.show_live()
    panel.run.take(earlier_maps([XY[::-1], XY[1:] + XY[:1]], [10, 20]))
    qtbot.keyClick(panel.replay.slider, Qt.Key.Key_Home)
    assert in_view(panel) == (10, "step 10 of 30")
    shown = panel.cloud.target.tolist()
    assert shown == XY[::-1]
    panel.run.take(latent_map(XY[::-1], 10))
    panel.draw()
    assert panel.cloud.target.tolist() == shown
    qtbot.mouseClick(panel.replay.live, Qt.MouseButton.LeftButton)
    assert in_view(panel) == (30, "newest, step 30")


def test_maps_of_other_samples_are_left_out(panel):
    show(panel, recorded([10, 20, 30]))
    panel.run.take(earlier_maps([XY[:2]], [20]))
    panel.replay.slider.setValue(1)
    assert panel.run.map_view.kept_steps == (30,)


def test_where_maps_follow_fast_the_points_glide_shortly(panel, qtbot):
    show(panel, training(range(100)))
    qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)
    assert panel.replay.timer.interval() == panel.cloud.animation.duration() == INTERVALS_MS[0]
    panel.replay.slider.setValue(3)
    assert panel.cloud.animation.duration() == GLIDE_MS


def test_it_plays_slowly_while_most_maps_are_still_to_be_made(panel, qtbot):
    show(panel, recorded(list(range(100))))
    for steps, interval in ((range(10), INTERVALS_MS[1]), (range(60), INTERVALS_MS[0])):
        panel.run.take(earlier_maps([XY] * len(steps), steps))
        qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)
        assert panel.replay.timer.interval() == interval
        qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)


def test_it_stops_where_nobody_sees_it_and_moves_no_other_run(panel, qtbot):
    for leave in (panel.hide, lambda: panel.show_run(training([10, 20, 30]))):
        panel.show()
        qtbot.mouseClick(panel.replay.play, Qt.MouseButton.LeftButton)
        assert panel.replay.timer.isActive()
        leave()
        assert not panel.replay.timer.isActive()
