"""The presets of sslviz name data, objectives and settings that exist."""

from __future__ import annotations

import pytest

from sslviz.core.catalogue import resolve_values, settings_for
from sslviz.core.presets import Preset, all_presets
from sslviz.engine.training.catalogue import build_catalogue, objective_class
from sslviz.learning.dataset import datasets


@pytest.mark.parametrize("preset", all_presets(), ids=lambda preset: preset.name)
def test_preset_can_be_taken(preset: Preset) -> None:
    catalogue, dataset = build_catalogue(), datasets[str(preset.settings["data"])]
    objective = objective_class(catalogue, preset.settings)
    assert objective.family == preset.settings["objective"]
    assert dataset.modality in objective.modalities
    assert objective.name == preset.settings.get("variant", objective.name)
    declared = {setting.key: setting for setting in settings_for(catalogue, preset.settings)}
    for key, value in preset.settings.items():
        assert declared[key].check(value) == value
    assert resolve_values(catalogue, preset.settings).items() >= preset.settings.items()
    assert preset.help.endswith(".")


def test_presets_begin_with_the_shapes_and_end_with_what_needs_a_gpu() -> None:
    names = [preset.name for preset in all_presets()]
    assert names[:3] == ["shapes", "shapes-colour-shortcut", "digits"]
    assert names[-1] == "cifar10"
