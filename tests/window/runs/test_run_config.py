"""The configuration of a run: always complete and valid, adapted to another data set, and restored by undo."""

import itertools

import msgspec
import pytest
from window_fakes import catalogue, number

from sslviz.core.catalogue import DECISIVE, resolve_values, settings_for
from sslviz.core.messages import Start
from sslviz.core.presets import Preset, preset_named
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.runs.run_config import RunConfig, RunConfigState


@pytest.fixture
def config():
    made = RunConfig(preset_named("shapes"), catalogue())
    yield made
    assert made.values == resolve_values(made.catalogue, made.values)
    assert made.settings == settings_for(made.catalogue, made.values)


def decisive(config):
    return tuple(config.values.get(key) for key in ("data", "objective", "variant"))


def test_data_of_another_kind_bring_a_fitting_objective_along(config):
    assert config.set_value("data", "clips") is None
    assert decisive(config) == ("clips", "predictive", "frames")
    assert "context" in config.values
    assert "temperature" not in config.values
    assert config.set_value("data", "digits") is None
    assert decisive(config) == ("digits", "contrastive", None)
    assert config.values["rotation"] == 15.0


def test_an_objective_that_goes_with_the_other_data_too_stays(config):
    config.set_value("objective", "masked")
    config.set_value("hidden", 0.5)
    assert config.set_value("data", "digits") is None
    assert decisive(config) == ("digits", "masked", None)
    assert config.values["hidden"] == 0.5


def test_an_objective_that_does_not_fit_is_refused_and_the_one_before_stays(config):
    before = dict(config.values)
    refusal = config.set_value("objective", "predictive")
    assert refusal.key == "objective"
    assert str(refusal).endswith("For image data take contrastive or masked.")
    assert config.values == before


def test_data_that_nothing_learns_from_are_refused_and_those_before_stay(config):
    config.set_value("data", "clips")
    config.set_value("variant", "features")
    before = dict(config.values)
    refusal = config.set_value("data", "words")
    assert refusal.key == "objective"
    assert config.values == before


def test_another_variant_brings_its_settings(config):
    config.set_value("data", "clips")
    config.set_value("seed", 7)
    assert config.set_value("variant", "features") is None
    assert decisive(config) == ("clips", "predictive", "features")
    assert "momentum" in config.values
    assert "context" not in config.values
    assert config.values["seed"] == 7
    assert config.set_value("variant", "frames") is None
    assert "context" in config.values


def test_a_method_stands_for_its_family_and_its_variant(config):
    config.set_value("data", "clips")
    assert config.set_value("objective", "features") is None
    assert decisive(config) == ("clips", "predictive", "features")
    assert config.set_value("objective", "simclr").key == "objective"
    assert decisive(config) == ("clips", "predictive", "features")
    assert config.set_value("data", "shapes") is None
    assert config.set_value("objective", "patches") is None
    assert decisive(config) == ("shapes", "masked", None)


INSTALLED = build_catalogue()
CHANGES_OF_METHOD = [
    (dataset.name, before.name, after.name)
    for dataset in {each.modality: each for each in INSTALLED.datasets}.values()
    for before, after in itertools.permutations(INSTALLED.objectives, 2)
    if dataset.modality in before.modalities and dataset.modality in after.modalities
]


@pytest.mark.parametrize(("data", "before", "after"), CHANGES_OF_METHOD)
def test_another_method_keeps_every_setting_that_both_have(data, before, after):
    config = RunConfig(Preset(title="", help="", settings={"data": data, "objective": before}), INSTALLED)
    others = {setting.key: setting for setting in settings_for(INSTALLED, {"data": data, "objective": after})}
    common = [each for each in config.settings if each.key in others and each.key not in DECISIVE]
    changed = {each.key: other_value(each, others[each.key]) for each in common}
    for key, value in changed.items():
        config.set_value(key, value)
    assert config.set_value("objective", after) is None
    assert {key: config.values[key] for key in changed} == changed
    assert {each.key for each in common} >= {"batch_size", "learning_rate", "seed"}
    for key in others.keys() - changed.keys() - {*DECISIVE}:
        assert config.values[key] == others[key].default


def other_value(setting, other):
    """Return a value that is not the default of ``setting``, and that both settings allow."""
    values = {"bool": (not setting.default,), "choice": setting.choices, "path": ("/elsewhere",)}.get(
        setting.value_type, (setting.low, setting.high, other.low, other.high)
    )
    return next(value for value in values if value != setting.default and setting.allows(value) and other.allows(value))


def test_what_the_new_method_does_not_allow_gets_its_default_and_the_rest_is_kept():
    made = catalogue()
    narrow = msgspec.structs.replace(made.objectives[1], settings=(number("temperature", 0.1, 0.05, 0.3),))
    made = msgspec.structs.replace(made, objectives=(made.objectives[0], narrow))
    config = RunConfig(preset_named("shapes"), made)
    config.set_value("temperature", 1.0)
    config.set_value("seed", 7)
    assert config.set_value("objective", "masked") is None
    assert (config.values["temperature"], config.values["seed"]) == (0.1, 7)


def test_what_an_objective_prefers_goes_with_it_but_what_was_chosen_stays(config):
    config.set_value("data", "clips")
    assert config.values["batch_size"] == 64
    config.set_value("data", "shapes")
    assert config.values["batch_size"] == 256
    config.set_value("batch_size", 32)
    config.set_value("data", "clips")
    assert config.values["batch_size"] == 32


def test_the_objectives_that_do_not_go_with_the_data_say_why_in_the_form(config):
    def unavailable():
        (found,) = [setting.unavailable for setting in config.settings if setting.key == "objective"]
        return set(found)

    assert unavailable() == {"predictive"}
    config.set_value("data", "clips")
    assert unavailable() == {"contrastive", "masked"}


def test_one_can_go_back_over_a_change_of_kind(config):
    config.set_value("temperature", 1.0)
    first = config.snapshot()
    config.set_value("data", "clips")
    config.set_value("variant", "features")
    config.set_value("momentum", 0.5)
    second = config.snapshot()
    assert config.restore(first) is None
    assert decisive(config) == ("shapes", "contrastive", None)
    assert config.values["temperature"] == 1.0
    assert config.restore(second) is None
    assert config.values["momentum"] == 0.5


def test_a_copy_is_changed_on_its_own(config):
    other = config.copy()
    other.set_value("data", "clips")
    assert decisive(config) == ("shapes", "contrastive", None)
    assert decisive(other) == ("clips", "predictive", "frames")


def test_a_preset_of_data_alone_takes_the_objective_of_their_kind():
    made = RunConfig(Preset(name="mine", title="", help="", settings={"data": "clips"}, order=1), catalogue())
    assert decisive(made) == ("clips", "predictive", "frames")


# ----------------------------------------------------------------- in the window


def test_data_are_the_same_if_their_seed_is(config):
    seed = config.values["seed"]
    assert config.has_same_data({**config.values, "batch_size": 7})
    assert not config.has_same_data({**config.values, "seed": seed + 1})
    assert config.has_same_data({**config.values, "seed": seed + 1, "data_seed": seed})
    assert not config.has_same_data({**config.values, "data_seed": seed + 1})


def test_undo_takes_data_objective_and_their_settings_back_together(stage):
    stage.introduce()
    session = stage.session
    session.set_value("temperature", 1.0)
    session.set_value("data", "clips")
    assert decisive(session.current.config) == ("clips", "predictive", "frames")
    session.undo()
    assert decisive(session.current.config) == ("shapes", "contrastive", None)
    assert session.values["temperature"] == 1.0
    session.redo()
    assert decisive(session.current.config) == ("clips", "predictive", "frames")
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
    form.fields["data"].enter("clips")
    assert form.fields["objective"].value() == "predictive"
    assert form.fields["variant"].value() == "frames"
    assert set(form.fields) == set(stage.session.values)
    form.fields["variant"].enter("features")
    assert "momentum" in form.fields
    assert "context" not in form.fields


def test_it_knows_how_it_differs_from_its_preset(config):
    assert config.differences() == ()
    config.set_value("temperature", 1.0)
    config.set_value("seed", 3)
    assert [str(change) for change in config.differences()] == ["Temperature 0.2 → 1", "Seed 0 → 3"]
    assert [change.key for change in config.differences(without=frozenset({"seed"}))] == ["temperature"]
    config.set_value("objective", "masked")
    assert config.differences() == (), "nothing to compare with"


def test_what_is_chosen_before_the_catalogue_is_known_holds_once_it_is():
    preset, made = preset_named("shapes"), RunConfig(preset_named("digits"))
    assert made.restore(RunConfigState(preset, {**preset.settings, "temperature": 0.5})) is None
    assert made.values == {}
    for each in (made.copy(), made):
        assert each.take_catalogue(catalogue()) is None
        assert (each.preset, each.values["temperature"]) == (preset, 0.5)


def test_without_a_catalogue_or_with_one_that_is_older_than_the_preset_nothing_differs(config):
    assert RunConfig(preset_named("digits")).differences() == ()
    config.preset = Preset(title="", help="", settings={"new": 1})
    assert config.differences() == ()


def test_panel_data_that_need_a_setting_are_offered_with_its_value():
    known = catalogue()
    simclr = msgspec.structs.replace(known.objectives[0], panel_data_if={"Views": {"rotation": (15.0,)}})
    config = RunConfig(
        preset_named("shapes"), msgspec.structs.replace(known, objectives=(simclr, *known.objectives[1:]))
    )
    assert "Views" not in config.panel_data()
    config.set_value("rotation", 15.0)
    assert config.panel_data() == {*simclr.panel_data}
