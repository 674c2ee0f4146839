"""Which panel data an objective is listed with: those whose methods it overrides."""

from __future__ import annotations

import pytest

from sslviz.core.catalogue import chosen_objective
from sslviz.core.panel_data import PANEL_DATA
from sslviz.engine.training.catalogue import REQUIRED_METHODS, build_catalogue, panel_data_of
from sslviz.learning.objective import Objective, objectives

EXPECTED = {
    "simclr": {"Views", "Similarity", "Invariance", "Spectrum", "FalseNegatives", "Patches"},
    "cpc": {"Similarity", "Strips", "StepsAhead"},
    "feature_prediction": {"Strips", "Similarity", "Spectrum"},
    "next_frame": {"Views", "Strips", "Similarity"},
    "masked_patches": {"Views", "Strips", "Similarity", "Patches"},
    "masked_tokens": {"TokenPredictions", "Similarity"},
    "next_token": {"TokenPredictions", "WrittenText", "Similarity"},
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_an_objective_gives_the_panel_data_whose_methods_it_overrides(name: str, expected: set[str]) -> None:
    listed = {entry.name: set(entry.panel_data) for entry in build_catalogue().objectives}
    assert set(panel_data_of(objectives[name])) == listed[name] == expected


@pytest.mark.parametrize(
    ("family", "method"), [("contrastive", "simclr"), ("distillation", "byol"), ("masked", "masked_patches")]
)
def test_a_family_stands_for_its_first_method_as_it_did_before_it_had_others(family: str, method: str) -> None:
    assert chosen_objective(build_catalogue(), {"data": "shapes", "objective": family}).name == method


def test_the_base_class_gives_none_and_every_required_method_is_its_own() -> None:
    assert panel_data_of(Objective) == ()
    assert {message_type for message_type, _ in REQUIRED_METHODS} <= set(PANEL_DATA)
    assert all(method in vars(Objective) for _, methods in REQUIRED_METHODS for method in methods)


def test_panel_data_of_patches_are_given_with_encoders_that_read_patches() -> None:
    entries = {entry.name: entry for entry in build_catalogue().objectives}
    simclr, masked = entries["simclr"], entries["masked_patches"]
    assert set(simclr.panel_data_with({"encoder": "vit"})) == set(simclr.panel_data)
    for encoder in ("small", "resnet18"):
        assert set(simclr.panel_data_with({"encoder": encoder})) == set(simclr.panel_data) - {"Patches"}
    assert masked.panel_data_with({}) == masked.panel_data


def test_conditions_of_panel_data_are_on_settings_and_panel_data_of_the_objective() -> None:
    for entry in build_catalogue().objectives:
        known = {setting.key: setting for setting in entry.settings}
        assert set(entry.panel_data_if) <= set(entry.panel_data)
        for condition in entry.panel_data_if.values():
            assert all(known[key].check(value) == value for key, allowed in condition.items() for value in allowed)


def test_what_a_loss_depends_on_are_settings_and_the_live_ones_have_reasons() -> None:
    catalogue = build_catalogue()
    for entry in catalogue.objectives:
        known = {setting.key: setting for setting in (*entry.settings, *catalogue.common)}
        reasons = objectives[entry.name].loss_depends_on
        assert set(entry.loss_depends_on) == set(reasons) <= set(known)
        assert all(text.endswith(".") if known[key].live else text == "" for key, text in reasons.items())
        for setting in entry.settings:
            for key, allowed in setting.only_if.items():
                assert tuple(map(known[key].check, allowed)) == allowed
    assert any(entry.loss_depends_on for entry in catalogue.objectives)
