"""What a sweep of the present settings has to set."""

from __future__ import annotations

import pytest

from sslviz.core.presets import preset_named, values_beside
from sslviz.engine.training.catalogue import build_catalogue
from sslviz.window.runs.run_config import RunConfigState
from sslviz.window.sweep.choice import settings_beside


@pytest.fixture(scope="module")
def catalogue():
    return build_catalogue()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, {}),
        ({"variant": "moco"}, {"variant": "moco"}),
        ({"objective": "masked"}, {"objective": "masked"}),
        ({"batch_size": 64, "seed": 7}, {"batch_size": 64}),
    ],
)
def test_only_what_differs_from_the_preset_is_set(catalogue, changed, told):
    preset = preset_named("digits")
    state = RunConfigState(preset, values_beside(preset.settings, changed, catalogue))
    found = settings_beside(state, catalogue, varied="width")
    assert found == {**told, "data_seed": state.values["seed"]}
    again = values_beside(preset.settings, {**found, "seed": state.values["seed"]}, catalogue)
    assert again == {**state.values, "data_seed": state.values["seed"]}
