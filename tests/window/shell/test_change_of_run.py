"""When another run is chosen, the window changes to it as a whole."""

import pytest
from window_fakes import latent_map, probe, scalars, texts, turn_wheel, views

from sslviz.window.shell.status_bar import facts

XY = [[0, 0], [1, 0], [0, 1], [1, 1]]


@pytest.fixture
def other(window, stage):
    """A run that trains in the background of ``window``; the run in view is another one, which has not started."""
    stage.begin()
    stage.tell(probe([0, 1, 2, 0]), scalars([1, 2], loss=[5.0, 4.0]), latent_map(XY, step=2), views(1))
    first = stage.session.current
    stage.session.runs.new()
    stage.introduce()
    return first


def test_all_panels_show_the_chosen_run_before_the_next_frame(window, stage, other, qtbot):
    window.form.fields["objective"].enter("masked")  # other panels are in view now
    qtbot.waitUntil(lambda: not any(panel.wants_drawing() for panel in window.panels.values()))
    stage.session.runs.choose(other)
    visible = [panel for panel in window.panels.values() if panel.can_be_seen()]
    assert {panel.name for panel in visible} >= {"latent_map", "loss", "views", "similarity", "health"}
    assert {panel.run for panel in visible} == {other.model}
    assert [panel.name for panel in visible if panel.wants_drawing()] == []
    assert facts(other.model) in texts(window.status)


def test_points_do_not_glide_from_one_run_to_another(window, stage, other):
    stage.begin()
    stage.tell(probe([0, 1, 2, 0]), latent_map([[5, 5], [6, 5], [5, 6], [6, 6]], step=2))
    window.panels["latent_map"].draw()
    stage.session.runs.choose(other)
    assert window.panels["latent_map"].cloud.xy.tolist() == XY


def test_the_wheel_over_the_tabs_leaves_the_run_in_view(window, stage, other, qtbot):
    chosen = stage.session.current
    qtbot.waitUntil(lambda: window.runs.tabs.count() == 2)
    for delta in (240, -240):
        turn_wheel(window.runs.tabs, delta)
        assert stage.session.current is chosen
