"""The presets that come along name data, objectives and settings that there are."""

from __future__ import annotations

import pytest

from sslviz.core.presets import Preset, all_presets
from sslviz.learning.dataset import datasets
from sslviz.learning.objective import objectives


@pytest.mark.parametrize("preset", all_presets(), ids=lambda preset: preset.name)
def test_preset_can_be_taken(preset: Preset) -> None:
    dataset = datasets[str(preset.settings["data"])]
    fitting = [o for o in objectives if o.family == preset.settings["objective"] and o.kind == dataset.kind]
    assert len(fitting) == 1
    groups = (*fitting[0].groups, *dataset.groups)
    declared = {setting.key: setting for group in groups for setting in group.settings()}
    for key, value in preset.settings.items():
        if key in declared:
            assert declared[key].check(value) == value
    assert preset.help.endswith(".")


def test_the_four_presets_are_there() -> None:
    assert [preset.name for preset in all_presets()][:4] == ["shapes", "shapes-colour-shortcut", "digits", "cifar10"]
