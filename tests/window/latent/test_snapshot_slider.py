"""The slider of snapshots: only the user's choice leaves a map by umap-learn, or cancels umap-learn."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from window_fakes import exact_map, latent_map, prepared, probe

from sslviz.core.messages import MapProgress
from sslviz.window.panels.latent_map import LatentMapPanel
from sslviz.window.runs.run_model import RunModel

XY = [[0, 0], [1, 1], [2, 0]]


def described(snapshots):
    """Return the description of a recorded run with so many snapshots."""
    return msgspec.structs.replace(prepared(), snapshots=snapshots)


def recorded(snapshots):
    """Return a recorded run whose map by umap-learn is in view."""
    run = RunModel()
    for message in (described(snapshots), probe([0, 1, 2]), latent_map(XY), exact_map(XY)):
        run.take(message)
    return run


@pytest.fixture
def panel(on_screen):
    made = LatentMapPanel()
    made.show_run(recorded(3))
    on_screen(made, 600, 400)
    made.draw()
    return made


def test_a_run_that_gets_more_snapshots_keeps_its_map_by_umap_learn(panel, qtbot):
    panel.run.take(described(4))
    with qtbot.assertNotEmitted(panel.snapshot.chosen):
        panel.draw()
    assert (panel.snapshot.value(), panel.run.snapshot) == (4, 0)
    assert panel.run.map_view.exact is not None


def test_a_run_that_gets_more_snapshots_does_not_cancel_umap_learn(panel, qtbot):
    panel.run.take(MapProgress(text="epoch 1 of 2", fraction=0.5))
    panel.run.take(described(4))
    with qtbot.assertNotEmitted(panel.map_requested):
        panel.draw()
    assert panel.run.map_view.progress is not None


def test_runs_with_other_numbers_of_snapshots_keep_their_maps_and_their_choice(panel):
    first, other = panel.run, recorded(9)
    first.snapshot = 2
    for run, shown in ((other, 9), (first, 2), (other, 9)):
        panel.show_run(run)
        panel.draw()
        assert panel.snapshot.value() == shown
    assert None not in (first.map_view.exact, other.map_view.exact)
    assert (first.snapshot, other.snapshot) == (2, 0)


def test_the_users_choice_leaves_the_map_by_umap_learn(panel, qtbot):
    with qtbot.waitSignal(panel.snapshot.chosen):
        qtbot.keyClick(panel.snapshot.slider, Qt.Key.Key_Left)
    assert panel.run.snapshot == 2
    assert panel.run.map_view.exact is None
