"""Before Train, the window asks for the data and the untrained network of the present settings."""

import numpy as np
import pytest
from window_fakes import latent_map, prepared, probe, scalars, untrained

from sslviz.core.messages import Open, Rehearse, Start, State
from sslviz.core.panel_data import Health


def rehearsals(stage):
    return stage.engine.commands(Rehearse)


def answer(stage, **values):
    """Answer the newest request."""
    request = rehearsals(stage)[-1]
    stage.tell(untrained(request.generation, **{**request.values, **values}))


def test_data_and_network_are_asked_for_once_the_engine_is_ready_and_after_changes(stage):
    stage.introduce()
    (first,) = rehearsals(stage)
    assert first.values == stage.session.values
    for temperature in (0.3, 0.4):
        stage.session.set_value("temperature", temperature)
        stage.session.pull()
    assert len(rehearsals(stage)) == 1
    answer(stage)
    assert [request.values["temperature"] for request in rehearsals(stage)] == [0.2, 0.4]


def test_nothing_is_asked_for_where_a_training_or_a_recorded_run_comes(stage, tmp_path):
    stage.session.train()
    stage.introduce()
    assert len(stage.engine.commands(Start)) == 1
    assert rehearsals(stage) == []
    stage.session.runs.open(tmp_path)
    stage.introduce()
    assert len(stage.engine.commands(Open)) == 1
    assert rehearsals(stage) == []


def test_before_the_training_there_is_no_folder_and_nothing_to_reset(stage):
    stage.introduce()
    answer(stage)
    run = stage.session.run
    assert run.untrained
    assert (run.folder, run.name, run.active) == (None, "", False)
    stage.session.train()
    stage.session.pull()
    stage.tell(State(state="preparing"), prepared())
    assert not run.untrained
    assert run.folder is not None


@pytest.mark.parametrize(
    ("key", "value", "stays"),
    [("temperature", 1.0, (True, True)), ("objective", "masked", (True, False)), ("data", "digits", (False, False))],
)
def test_results_that_another_choice_makes_void_are_forgotten_at_once(key, value, stays, stage):
    stage.introduce()
    answer(stage)
    raw = latent_map([[0, 0], [1, 1]], step=0, space="raw_input")
    stage.tell(probe([0, 1]), raw, Health(step=0, figures={"knn": 0.4}))
    stage.session.set_value(key, value)
    stage.session.pull()
    run = stage.session.run
    assert (run.latent_map is not None, bool(run.health_curves)) == stays
    assert (run.probe is not None) == stays[0]


def test_a_network_that_is_not_shown_is_not_taken_for_the_one_before(stage):
    stage.introduce()
    answer(stage)
    raw = latent_map([[0, 0], [1, 1]], step=0, space="raw_input")
    stage.tell(probe([0, 1]), raw, Health(step=0, figures={"knn": 0.4}))
    stage.session.set_value("batch_size", 512)
    stage.session.pull()
    answer(stage, note="This network is large.")
    assert not stage.session.run.health_curves
    assert stage.session.run.latent_map is not None


def test_without_its_samples_a_map_is_forgotten_too(stage):
    stage.introduce()
    answer(stage)
    stage.tell(probe([0, 1]), latent_map([[0, 0], [1, 1]], step=0, space="raw_input"))
    stage.tell(probe([0, 1, 2]))
    assert stage.session.run.latent_map is None


def test_the_map_of_the_raw_inputs_stays_until_the_first_of_the_training(stage):
    stage.introduce()
    answer(stage)
    stage.tell(probe([0, 1]), latent_map([[0, 0], [1, 1]], step=0, space="raw_input"), scalars([0], loss=[6.2]))
    stage.session.train()
    stage.session.pull()
    run = stage.session.run
    assert run.curves["loss"].steps.tolist() == [0]
    stage.tell(State(state="preparing"), prepared(**stage.session.values), State(state="training"))
    assert run.latent_map.space == "raw_input"
    assert run.umap_count == 0
    stage.tell(scalars([1, 2], loss=[6.0, 4.0]))
    assert run.curves["loss"].steps.tolist() == [1, 2]
    np.testing.assert_allclose(run.curves["loss"].smoothed[0], 6.0)


def test_results_that_were_on_their_way_are_forgotten_when_the_answer_comes(stage):
    stage.introduce()
    answer(stage)
    stage.session.set_value("data", "digits")
    stage.session.pull()
    late = latent_map([[0, 0], [1, 1]], step=0, space="raw_input")
    stage.tell(probe([0, 1]), late, scalars([0], loss=[6.2]), Health(step=0, figures={"knn": 0.4}))
    answer(stage)
    run = stage.session.run
    assert (run.probe, run.latent_map, run.curves, run.health_curves) == (None, None, {}, {})
    stage.tell(probe([0, 1, 2]))
    answer(stage)
    assert run.probe is not None, "results of this answer stay"
