"""LeJEPA against a slow loop, closed forms, invariances and lightly's implementation."""

from __future__ import annotations

import cmath
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import build, steps, toy, values_of

from sslviz.core.settings import Value
from sslviz.learning.objectives.lejepa import (
    expected_sigreg,
    random_directions,
    sigreg,
    sigreg_shares,
    squared_distances,
)

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def seeded(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(views: int, count: int, dim: int, seed: int = 3) -> torch.Tensor:
    return torch.randn((views, count, dim), generator=seeded(seed))


def slow_sigreg(z: torch.Tensor, directions: torch.Tensor) -> float:
    """Compute the statistic of every view and direction in loops over samples and knots, in Python floats."""
    total, (views, count, _) = 0.0, z.shape
    for view in z.double().tolist():
        for direction in directions.double().T.tolist():
            projections = [sum(x * a for x, a in zip(sample, direction, strict=True)) for sample in view]
            for k in range(17):
                t = k * 3 / 16
                width = 3 / 16 * (0.5 if k in (0, 16) else 1)
                phi = math.exp(-(t**2) / 2)
                found = sum(cmath.exp(1j * t * x) for x in projections) / count
                total += count * 2 * width * phi * abs(found - phi) ** 2
    return total / views / directions.shape[1]


def slow_distances(z: torch.Tensor) -> float:
    total, (views, count, dim) = 0.0, z.shape
    for n in range(count):
        for d in range(dim):
            values = z[:, n, d].double().tolist()
            total += sum((x - sum(values) / views) ** 2 for x in values)
    return total / views / count / dim


sizes = {
    "views": st.integers(2, 3),
    "count": st.integers(1, 7),
    "dim": st.integers(1, 5),
    "seed": st.integers(0, 10**6),
}


@given(number=st.integers(1, 6), **sizes)
def test_equals_the_slow_loops(views: int, count: int, dim: int, seed: int, number: int) -> None:
    z, directions = normal(views, count, dim, seed), random_directions(dim, number, seeded(seed))
    expected = pytest.approx(slow_sigreg(z, directions), rel=1e-4, abs=1e-5)
    assert float(sigreg(z, directions)) == expected
    assert float(sigreg_shares(z, directions).mean()) == expected
    assert float(squared_distances(z).mean()) == pytest.approx(slow_distances(z), rel=1e-4, abs=1e-6)


def test_equals_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    lightly, z = pytest.importorskip("lightly.loss.lejepa_loss"), normal(2, 40, 9)
    directions = random_directions(9, 20, seeded(1))
    monkeypatch.setattr(lightly.SIGReg, "_generate_unit_vectors", lambda *_, **__: directions)
    torch.testing.assert_close(sigreg(z, directions), lightly.SIGReg()(z), **CLOSE)


@pytest.mark.parametrize(("dim", "number"), [(5, 3), (5, 5), (5, 12), (1, 4)])
def test_directions_are_parts_of_orthonormal_bases_and_new_ones_each_time(dim: int, number: int) -> None:
    generator = seeded()
    directions, others = (random_directions(dim, number, generator) for _ in range(2))
    assert directions.shape == (dim, number)
    for group in directions.split(dim, dim=1):
        torch.testing.assert_close(group.T @ group, torch.eye(group.shape[1]), **CLOSE)
    assert dim == 1 or not torch.equal(directions, others)


def test_closed_forms() -> None:
    z, directions = normal(2, 8, 5), random_directions(5, 7, seeded(1))
    assert float(squared_distances(torch.stack([z[0], -z[0]])).mean()) == pytest.approx(float(z[0].square().mean()))
    assert float(squared_distances(torch.stack([z[0], z[0]])).sum()) == 0
    collapsed = sigreg(torch.zeros(2, 256, 5), directions)
    assert float(collapsed) == pytest.approx(expected_sigreg(256, 5, 0), rel=1e-5)
    assert float(collapsed) == pytest.approx(0.402 * 256, rel=0.005)
    assert expected_sigreg(256, 64, 64) == pytest.approx(1.05, abs=0.005)


def test_turning_embeddings_and_directions_and_the_order_of_samples_do_not_matter() -> None:
    z, directions, turned = normal(2, 30, 6), random_directions(6, 9, seeded(1)), random_directions(6, 6, seeded(2))
    before = sigreg(z, directions)
    torch.testing.assert_close(sigreg(z @ turned, turned.T @ directions), before, **CLOSE)
    torch.testing.assert_close(sigreg(z[:, torch.randperm(30)], directions), before, **CLOSE)
    torch.testing.assert_close(squared_distances(z @ turned), squared_distances(z), **CLOSE)


@pytest.mark.parametrize("size", [0.0, 1e-20, 1e12])
def test_it_is_finite_for_any_size_and_float32_under_autocast(size: float) -> None:
    z = (size * normal(2, 16, 4)).requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = sigreg(z, random_directions(4, 8, seeded())) + squared_distances(z).mean()
    loss.backward()
    assert loss.dtype == torch.float32
    assert bool(loss.isfinite())
    assert bool(z.grad.isfinite().all())


@pytest.mark.parametrize(("rank", "role"), [(16, "isotropic"), (4, "low_rank"), (0, "collapsed")])
def test_the_levels_are_those_of_samples(rank: int, role: str) -> None:
    z = torch.randn((200, 256, 16), generator=seeded(0)) * (torch.arange(16) < rank)
    found = float(sigreg(z, random_directions(16, 64, seeded(1))))
    lines = {(line.curve, line.role): line.value for line in build("lejepa").reference_lines(256, {})}
    assert found == pytest.approx(lines["sigreg", role], rel=0.05)
    distances = float(squared_distances(z.view(100, 2, 256, 16).transpose(0, 1).flatten(1, 2)).mean())
    if rank != 4:
        assert distances == pytest.approx(lines["prediction", "unrelated" if rank else "collapsed"], rel=0.01)


def test_the_number_of_views_is_that_of_the_next_step() -> None:
    objective, data = build("lejepa"), toy("image", 12).data
    for views in (2, 5):
        objective.configure(values_of("lejepa", {"num_views": views}))
        output = objective.step(data, seeded())
        assert output.kept["views"].shape[0] == output.kept["z"].shape[0] == views * 12
        assert len(objective.preview(data, seeded())) == 1 + views
        assert objective.matrix(output, data, 1).cells.shape == (24, 24)
        assert len(objective.pairs(data, seeded()).z_a) == 12
        lines = {(line.curve, line.role): line.value for line in objective.reference_lines(12, {})}
        assert lines["prediction", "unrelated"] == pytest.approx(1 - 1 / views)


def test_more_directions_leave_the_views_as_they_are() -> None:
    objective, data = build("lejepa"), toy("image", 12).data
    before = objective.step(data, seeded())
    objective.configure(values_of("lejepa", {"directions": 200}))
    after = objective.step(data, seeded())
    assert torch.equal(before.kept["views"], after.kept["views"])
    assert not torch.equal(before.loss, after.loss)


def trained(**given: Value) -> float:
    """Return the standard deviation of z after forty steps with views that agree."""
    outputs = steps(build("lejepa", "", {"colour": 0.0, **given}), "image", 40, batch=48)
    return float(outputs[-1].terms["z_std"])


def test_with_a_low_weight_of_sigreg_it_collapses() -> None:
    assert trained(lejepa_lambda=1e-5) < 0.1 < 0.5 < trained(lejepa_lambda=0.02)
