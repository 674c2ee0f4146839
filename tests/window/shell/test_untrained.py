"""What the window shows before Train: the data by their raw inputs, and the untrained network."""

import numpy as np
import pytest
from window_fakes import latent_map, prepared, probe, scalars, similarity, untrained, views

from sslviz.core.messages import References, Rehearse, State
from sslviz.core.panel_data import Health
from sslviz.core.reference_lines import ReferenceLine
from sslviz.window.shell.status_bar import facts

NOTE = "CIFAR-10 is downloaded (170 MB) when you press Train; then its pictures are here."
LABELS = [0, 1, 2, 0]
XY = [[0, 0], [1, 0], [0, 1], [1, 1]]


@pytest.fixture
def run(window, stage):
    """The run of a window whose engine has shown the untrained network."""
    request = stage.engine.commands(Rehearse)[-1]
    chance = ReferenceLine(curve="loss", label="chance", value=6.2)
    stage.tell(
        untrained(request.generation, **request.values),
        probe(LABELS),
        References(lines=(chance,)),
        scalars([0], loss=[6.24]),
        Health(step=0, figures={"knn": 0.4}),
        latent_map(XY, step=0, space="raw_input"),
        similarity(np.eye(8), [0, 1, 2, 0]),
        views(1),
    )
    return stage.session.run


def draw(window):
    for panel in window.panels.values():
        panel.draw()


def visible(window):
    return {name: panel for name, panel in window.panels.items() if panel.can_be_seen()}


def test_no_panel_is_empty(window, run):
    draw(window)
    shown = visible(window)
    assert {"latent_map", "loss", "similarity", "health", "views"} <= shown.keys()
    assert {name: panel.hint for name, panel in shown.items() if panel.hint} == {}


def test_it_says_that_nothing_is_trained_yet(window, run):
    draw(window)
    panels = window.panels
    caption = panels["latent_map"].caption.title
    assert caption == "Raw inputs by UMAP, 4 of 5,000 samples   before training: no network yet"
    assert panels["health"].step_label.text() == "untrained"
    assert panels["loss"].readout.text() == "step 0, untrained   loss 6.240"
    assert facts(run) == "Not trained yet  ·  1,000 samples  ·  10 parameters  ·  CPU"
    assert not window.controls.reset.isEnabled()
    assert not panels["latent_map"].options.menu().actions()[0].isEnabled()
    assert panels["latent_map"].variants() == ()


def test_when_training_begins_the_points_glide_from_the_data_to_the_network(window, stage, run):
    draw(window)
    cloud = window.panels["latent_map"].cloud
    cloud.arrive()
    stage.session.train()
    stage.session.pull()
    stage.tell(State(state="preparing"), prepared(**stage.session.values), State(state="training"))
    stage.tell(probe(LABELS), latent_map(np.array(XY) + 1, step=0, method="pca"))
    draw(window)
    assert cloud.xy.tolist() == XY
    cloud.arrive()
    assert cloud.xy.tolist() == (np.array(XY) + 1).tolist()
    assert window.panels["latent_map"].caption.title.startswith("PCA of 4 of 5,000 samples   step 0")


def test_without_the_data_every_panel_says_why(window, stage):
    request = stage.engine.commands(Rehearse)[-1]
    stage.tell(untrained(request.generation, note=NOTE, **request.values))
    draw(window)
    assert {panel.hint for panel in visible(window).values()} == {NOTE}
    assert facts(stage.session.run) == f"Not trained yet  ·  {NOTE}"


def test_until_the_engine_has_answered_the_map_says_what_is_done(window, stage):
    draw(window)
    assert window.panels["latent_map"].hint == "Loading the data …"
