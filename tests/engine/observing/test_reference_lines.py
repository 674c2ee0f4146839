"""What the health figures are compared with."""

from __future__ import annotations

import pytest
import torch

from sslviz.engine.observing.reference_lines import health_lines, uniform_uniformity
from sslviz.learning.evaluation.geometry import uniformity


@pytest.mark.parametrize("dim", [2, 8, 64, 512])
def test_uniformity_of_a_uniform_cloud(dim: int) -> None:
    z = torch.randn((3000, dim), generator=torch.Generator().manual_seed(dim))
    assert uniform_uniformity(dim) == pytest.approx(uniformity(z), abs=0.03)


def test_lines_of_raw_inputs_and_of_the_untrained_network() -> None:
    lines = health_lines(64, {"raw input": {"knn": 0.5}}, {"knn": 0.4, "effective_rank": 3.0})
    found = {(line.curve, line.label): line.value for line in lines}
    assert found["knn", "raw input"] == 0.5
    assert found["knn", "untrained"] == 0.4
    assert found["std_of_l2_normalized", "isotropic"] == 0.125
    assert found["uniformity", "uniform"] == pytest.approx(-3.88, abs=0.01)
