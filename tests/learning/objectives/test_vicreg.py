"""VICReg against a slow loop, closed forms, invariances and lightly's implementation."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import build, steps, toy

from sslviz.core.settings import Value
from sslviz.learning.objective import objectives
from sslviz.learning.objectives.vicreg import EPSILON, Weights, covariances, shares, unrelated_loss, vicreg, weighted

Pair = tuple[torch.Tensor, torch.Tensor]
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
COLLAPSED = 1 - math.sqrt(EPSILON)


def pair(count: int, dim: int, seed: int = 3) -> Pair:
    z_a, z_b = torch.randn((2, count, dim), generator=torch.Generator().manual_seed(seed)).unbind()
    return z_a, z_b


def slow_covariances(z: torch.Tensor) -> list[list[float]]:
    """Compute equation 3 in loops, in Python floats."""
    columns = [[x - sum(column) / len(column) for x in column] for column in z.double().T.tolist()]
    return [[sum(x * y for x, y in zip(a, b, strict=True)) / (len(a) - 1) for b in columns] for a in columns]


def slow_loss(z_a: torch.Tensor, z_b: torch.Tensor, weights: Weights) -> float:
    """Compute equations 1 and 4 to 6 in loops over samples and dimensions, with v averaged over both views."""
    total, (count, dim) = 0.0, z_a.shape
    for i in range(count):
        for d in range(dim):
            total += weights.invariance_weight * float(z_a[i, d] - z_b[i, d]) ** 2 / count / dim
    for matrix in (slow_covariances(z_a), slow_covariances(z_b)):
        for i in range(dim):
            total += weights.variance_weight * max(0.0, 1 - math.sqrt(matrix[i][i] + EPSILON)) / dim / 2
            total += weights.covariance_weight * sum(matrix[i][j] ** 2 for j in range(dim) if j != i) / dim
    return total


weights_drawn = st.builds(Weights, st.floats(0, 30), st.floats(0, 30), st.floats(0, 30))


@given(count=st.integers(2, 8), dim=st.integers(1, 5), seed=st.integers(0, 10**6), weights=weights_drawn)
def test_equals_the_slow_loop(count: int, dim: int, seed: int, weights: Weights) -> None:
    z_a, z_b = pair(count, dim, seed)
    expected = pytest.approx(slow_loss(z_a, z_b, weights), rel=1e-4, abs=1e-5)
    assert float(weighted(vicreg(z_a, z_b), weights)) == expected
    assert float(shares(z_a, z_b, weights).mean()) == expected


def test_equals_lightly() -> None:
    lightly, (z_a, z_b) = pytest.importorskip("lightly.loss"), pair(40, 9)
    found = weighted(vicreg(z_a / 2, z_b / 2), Weights(3.0, 5.0, 2.0))
    torch.testing.assert_close(found, lightly.VICRegLoss(3.0, 5.0, 2.0)(z_a / 2, z_b / 2), **CLOSE)


def test_closed_forms() -> None:
    independent = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]).T[:, 1:]
    assert [float(term) for term in vicreg(independent, independent)] == [0, 0, 0]
    assert [float(term) for term in vicreg(independent, -independent)] == [4, 0, 0]
    constant = torch.full((8, 5), 3.0)
    assert [float(term) for term in vicreg(constant, constant)] == pytest.approx([0, COLLAPSED, 0])
    repeated = torch.tensor([1.0, -1.0]).repeat(50)[:, None].expand(100, 5)
    assert [float(term) for term in vicreg(repeated, repeated)] == pytest.approx([0, 0, 2 * 4 * (100 / 99) ** 2])


def test_neither_offsets_nor_the_order_of_samples_matter_and_turning_only_for_the_variance() -> None:
    z_a, z_b = pair(30, 6)
    before, order = vicreg(z_a, z_b), torch.randperm(30)
    torch.testing.assert_close(vicreg(z_a[order], z_b[order]), before, **CLOSE)
    offset = torch.arange(6.0)
    torch.testing.assert_close(vicreg(z_a + offset, z_b + offset), before, **CLOSE)
    turned = torch.linalg.qr(torch.randn((6, 6), generator=torch.Generator().manual_seed(1))).Q
    torch.testing.assert_close(vicreg(z_a @ turned, z_b @ turned).invariance, before.invariance, **CLOSE)


@pytest.mark.parametrize("size", [0.0, 1e-20, 1e8])
def test_it_is_finite_for_any_size_and_float32_under_autocast(size: float) -> None:
    z_a, z_b = (size * z for z in pair(16, 4))
    z_a.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = weighted(vicreg(z_a, z_b), Weights())
    loss.backward()
    assert loss.dtype == torch.float32
    assert bool(loss.isfinite())
    assert bool(z_a.grad.isfinite().all())


@pytest.mark.parametrize(("rank", "role"), [(16, "isotropic"), (2, "low_rank"), (0, "collapsed")])
def test_the_levels_are_those_of_samples(rank: int, role: str) -> None:
    generator, objective = torch.Generator().manual_seed(0), build("vicreg")
    terms = []
    for _ in range(200):
        z = torch.randn((2, 64, rank), generator=generator).repeat(1, 1, 16 // rank) if rank else torch.ones(2, 64, 16)
        terms.append(torch.stack(vicreg(*z)))
    invariance, variance, covariance = torch.stack(terms).mean(0).tolist()
    lines = {(line.curve, line.role): line.value for line in objective.reference_lines(64, {})}
    assert covariance == pytest.approx(lines["covariance", role], rel=0.04)
    assert invariance == pytest.approx(lines["invariance", "unrelated" if rank else "collapsed"], rel=0.03)
    if role != "low_rank":  # a sample of independent dimensions varies by a little less than 1 in some of them
        assert variance == pytest.approx(lines["variance", role], abs=0.06)


def test_the_level_of_unrelated_views_is_the_lowest_over_the_sizes_of_embeddings() -> None:
    z_a, z_b = pair(20_000, 3)
    for weights in (Weights(), Weights(1.0, 25.0, 0.0), Weights(25.0, 0.0, 1.0), Weights(0.0, 25.0, 1.0)):
        losses = [float(weighted(vicreg(s * z_a, s * z_b), weights)) for s in torch.linspace(0, 1.05, 106)]
        assert unrelated_loss(weights) == pytest.approx(min(losses), rel=0.02, abs=0.15)
    assert unrelated_loss(Weights()) == 21.875


def test_it_is_the_default_of_its_family() -> None:
    assert min((o for o in objectives if o.family == "regularised"), key=lambda o: (o.order, o.name)).name == "vicreg"


def test_its_matrix_holds_the_covariances_of_both_views() -> None:
    objective, data = build("vicreg"), toy("image", 12).data
    output = objective.step(data, torch.Generator().manual_seed(1))
    matrix = objective.matrix(output, data, 1)
    assert (matrix.content, matrix.shift, matrix.limit, matrix.of) == ("dimensions", 0, 0, "z")
    torch.testing.assert_close(matrix.cells, covariances(output.kept["z"]))


def trained(**weights: Value) -> dict[str, float]:
    """Return the terms after forty steps with views that agree."""
    outputs = steps(build("vicreg", "", {"colour": 0.0, **weights}), "image", 40, batch=48)
    return {key: float(term) for key, term in outputs[-1].terms.items()}


def test_without_variance_it_collapses_and_with_it_it_does_not() -> None:
    collapsed, spread = trained(variance_weight=0.0), trained()
    assert collapsed["z_std"] < 0.1 < 0.4 < spread["z_std"]
    assert collapsed["variance"] > 0.9


def test_without_covariance_dimensions_repeat_each_other() -> None:
    assert trained(covariance_weight=0.0)["covariance"] > 2 * trained()["covariance"]
