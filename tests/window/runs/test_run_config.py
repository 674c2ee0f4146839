"""What is chosen for a run: always complete and valid, other data bring an objective along, and all can be undone."""

import pytest
from window_fakes import catalogue

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.messages import Start
from sslviz.core.presets import Preset, preset_named
from sslviz.window.runs.run_config import RunConfig


@pytest.fixture
def choice():
    made = RunConfig(preset_named("shapes"), catalogue())
    yield made
    assert made.values == resolve_values(made.catalogue, made.values)
    assert made.settings == settings_for(made.catalogue, made.values)


def chosen(choice):
    return tuple(choice.values.get(key) for key in ("data", "objective", "variant"))


def test_data_of_another_kind_bring_a_fitting_objective_along(choice):
    assert choice.set_value("data", "clips") is None
    assert chosen(choice) == ("clips", "predictive", "frames")
    assert "context" in choice.values
    assert "temperature" not in choice.values
    assert choice.set_value("data", "digits") is None
    assert chosen(choice) == ("digits", "contrastive", None)
    assert choice.values["rotation"] == 15.0


def test_an_objective_that_goes_with_the_other_data_too_stays(choice):
    choice.set_value("objective", "masked")
    choice.set_value("hidden", 0.5)
    assert choice.set_value("data", "digits") is None
    assert chosen(choice) == ("digits", "masked", None)
    assert choice.values["hidden"] == 0.5


def test_an_objective_that_does_not_fit_is_refused_and_the_one_before_stays(choice):
    before = dict(choice.values)
    refusal = choice.set_value("objective", "predictive")
    assert refusal.key == "objective"
    assert str(refusal).endswith("For image data take contrastive or masked.")
    assert choice.values == before


def test_data_that_nothing_learns_from_are_refused_and_those_before_stay(choice):
    choice.set_value("data", "clips")
    choice.set_value("variant", "features")
    before = dict(choice.values)
    refusal = choice.set_value("data", "words")
    assert refusal.key == "objective"
    assert choice.values == before


def test_another_variant_brings_its_settings(choice):
    choice.set_value("data", "clips")
    choice.set_value("seed", 7)
    assert choice.set_value("variant", "features") is None
    assert chosen(choice) == ("clips", "predictive", "features")
    assert "momentum" in choice.values
    assert "context" not in choice.values
    assert choice.values["seed"] == 7
    assert choice.set_value("variant", "frames") is None
    assert "context" in choice.values


def test_what_an_objective_prefers_goes_with_it_but_what_was_chosen_stays(choice):
    choice.set_value("data", "clips")
    assert choice.values["batch_size"] == 64
    choice.set_value("data", "shapes")
    assert choice.values["batch_size"] == 256
    choice.set_value("batch_size", 32)
    choice.set_value("data", "clips")
    assert choice.values["batch_size"] == 32


def test_the_objectives_that_do_not_go_with_the_data_say_why_in_the_form(choice):
    def unavailable():
        (found,) = [setting.unavailable for setting in choice.settings if setting.key == "objective"]
        return set(found)

    assert unavailable() == {"predictive"}
    choice.set_value("data", "clips")
    assert unavailable() == {"contrastive", "masked"}


def test_one_can_go_back_over_a_change_of_kind(choice):
    choice.set_value("temperature", 1.0)
    first = choice.now()
    choice.set_value("data", "clips")
    choice.set_value("variant", "features")
    choice.set_value("momentum", 0.5)
    second = choice.now()
    assert choice.go_back_to(first) is None
    assert chosen(choice) == ("shapes", "contrastive", None)
    assert choice.values["temperature"] == 1.0
    assert choice.go_back_to(second) is None
    assert choice.values["momentum"] == 0.5


def test_a_copy_is_changed_on_its_own(choice):
    other = choice.copy()
    other.set_value("data", "clips")
    assert chosen(choice) == ("shapes", "contrastive", None)
    assert chosen(other) == ("clips", "predictive", "frames")


def test_a_preset_of_data_alone_takes_the_objective_of_their_kind():
    made = RunConfig(Preset(name="mine", title="", help="", settings={"data": "clips"}, order=1), catalogue())
    assert chosen(made) == ("clips", "predictive", "frames")


# ----------------------------------------------------------------- in the window


def test_undo_takes_data_objective_and_their_settings_back_together(stage):
    stage.introduce()
    session = stage.session
    session.set_value("temperature", 1.0)
    session.set_value("data", "clips")
    assert chosen(session.chosen.choice) == ("clips", "predictive", "frames")
    session.undo()
    assert chosen(session.chosen.choice) == ("shapes", "contrastive", None)
    assert session.values["temperature"] == 1.0
    session.redo()
    assert chosen(session.chosen.choice) == ("clips", "predictive", "frames")
    session.undo()
    session.undo()
    assert session.values["temperature"] == 0.2


def test_a_run_starts_with_the_objective_that_came_along(stage):
    stage.introduce()
    stage.session.set_value("data", "clips")
    stage.session.train()
    stage.session.pull()
    (start,) = stage.engine.commands(Start)
    assert start.values == stage.session.values
    assert (start.values["objective"], start.values["variant"]) == ("predictive", "frames")


def test_the_form_shows_what_came_along(window, stage):
    form = window.form
    assert "variant" not in form.fields
    form.fields["data"]._person_sets("clips")
    assert form.fields["objective"].value() == "predictive"
    assert form.fields["variant"].value() == "frames"
    assert set(form.fields) == set(stage.session.values)
    form.fields["variant"]._person_sets("features")
    assert "momentum" in form.fields
    assert "context" not in form.fields
