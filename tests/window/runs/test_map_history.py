"""Which maps of a run are kept."""

import pytest
from window_fakes import latent_map

from sslviz.window.runs import map_history
from sslviz.window.runs.map_history import MapHistory

XY = [[0, 0], [1, 1]]


@pytest.fixture
def history():
    made = MapHistory()
    for step in (0, 10, 20):
        made.add(latent_map(XY, step))
    return made


def test_it_gives_the_last_map_up_to_a_step(history):
    assert [history.at(step, "umap") and history.at(step, "umap").step for step in (-1, 9, 10, 99)] == [None, 0, 10, 20]
    assert [each.step for each in history.before(20, "umap", 1)] == [10]
    assert MapHistory().at(10, "umap") is None


def test_of_two_maps_of_one_step_it_gives_the_one_by_the_method(history):
    for step in (10, 15):
        history.add(latent_map(XY, step, "pca"))
    assert [history.at(10, method).method for method in ("umap", "pca")] == ["umap", "pca"]
    assert history.at(15, "umap").method == "pca"
    assert history.at(None, "pca").step == 20


def test_a_map_of_the_same_step_replaces_the_one_before(history):
    history.add(latent_map([[5, 5], [6, 6]], 10))
    assert history.steps("umap") == (0, 10, 20)
    assert history.at(10, "umap").xy.numpy()[0, 0] == 5


def test_maps_of_raw_inputs_and_other_methods_are_not_among_them(history):
    history.add(latent_map(XY, 30, space="raw_input"))
    history.add(latent_map(XY, 30, "pca"))
    history.add(latent_map(XY, 30, "umap-learn"))
    assert history.at(30, "umap-learn").method == "pca"
    assert history.steps("umap") == (0, 10, 20)


def test_where_they_are_densest_maps_are_left_out(history, monkeypatch):
    monkeypatch.setattr(map_history, "MAX_HISTORY_BYTES", 4 * 16)
    for step in (22, 40, 41):
        history.add(latent_map(XY, step))
    assert history.steps("umap") == (0, 10, 22, 41)
