"""Barlow Twins against a slow loop, closed forms, invariances and lightly's implementation."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toys import build, steps, toy

from sslviz.learning.objectives.barlow_twins import EPSILON, barlow_twins, cross_correlation, shares

Pair = tuple[torch.Tensor, torch.Tensor]
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


def pair(count: int, dim: int, seed: int = 3) -> Pair:
    z_a, z_b = torch.randn((2, count, dim), generator=torch.Generator().manual_seed(seed)).unbind()
    return z_a, z_b


def slow_loss(z_a: torch.Tensor, z_b: torch.Tensor, weight: float) -> float:
    """Compute equations 1 and 2 in loops over samples and dimensions, in Python floats."""

    def standardised(z: torch.Tensor) -> list[list[float]]:
        columns = []
        for column in z.double().T.tolist():
            mean = sum(column) / len(column)
            std = math.sqrt(sum((x - mean) ** 2 for x in column) / len(column) + EPSILON)
            columns.append([(x - mean) / std for x in column])
        return columns

    total = 0.0
    for i, a in enumerate(standardised(z_a)):
        for j, b in enumerate(standardised(z_b)):
            c = sum(x * y for x, y in zip(a, b, strict=True)) / len(a)
            total += (1 - c) ** 2 if i == j else weight * c**2
    return total


def loss_of(z_a: torch.Tensor, z_b: torch.Tensor, weight: float) -> torch.Tensor:
    terms = barlow_twins(z_a, z_b)
    return terms.invariance + weight * terms.redundancy


@given(count=st.integers(2, 8), dim=st.integers(1, 5), seed=st.integers(0, 10**6), weight=st.floats(0, 1))
def test_equals_the_slow_loop(count: int, dim: int, seed: int, weight: float) -> None:
    z_a, z_b = pair(count, dim, seed)
    assert float(loss_of(z_a, z_b, weight)) == pytest.approx(slow_loss(z_a, z_b, weight), rel=1e-4, abs=1e-5)
    assert float(shares(z_a, z_b, weight).mean()) == pytest.approx(slow_loss(z_a, z_b, weight), rel=1e-4, abs=1e-5)


def test_equals_lightly() -> None:
    lightly, (z_a, z_b) = pytest.importorskip("lightly.loss"), pair(40, 9)
    torch.testing.assert_close(loss_of(z_a, z_b, 0.02), lightly.BarlowTwinsLoss(0.02)(z_a, z_b), **CLOSE)


def test_closed_forms() -> None:
    independent = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]).T[:, 1:]
    invariance, redundancy = barlow_twins(100 * independent, independent)
    assert (float(invariance), float(redundancy)) == pytest.approx((0, 0), abs=1e-6)
    constant = torch.full((8, 5), 3.0)
    assert [float(term) for term in barlow_twins(constant, constant)] == [5, 0]
    repeated = pair(8, 1)[0].expand(8, 5) * 100
    invariance, redundancy = barlow_twins(repeated, repeated)
    assert (float(invariance), float(redundancy)) == pytest.approx((0, 5 * 4), abs=1e-3)


def test_neither_scales_nor_offsets_nor_the_order_of_samples_matter() -> None:
    z_a, z_b = pair(30, 6)
    before, order = barlow_twins(100 * z_a, 100 * z_b), torch.randperm(30)
    scale, offset = 50 + 100 * torch.rand(2, 6)
    torch.testing.assert_close(barlow_twins(z_a * scale + offset, 100 * z_b), before, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(barlow_twins(100 * z_a[order], 100 * z_b[order]), before, **CLOSE)
    torch.testing.assert_close(barlow_twins(100 * z_a.flip(1), 100 * z_b.flip(1)), before, **CLOSE)


@pytest.mark.parametrize("size", [0.0, 1e-20, 1e12])
def test_it_is_finite_for_any_size_and_float32_under_autocast(size: float) -> None:
    z_a, z_b = (size * z for z in pair(16, 4))
    z_a.requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = loss_of(z_a, z_b, 0.01)
    loss.backward()
    assert loss.dtype == torch.float32
    assert bool(loss.isfinite())
    assert bool(z_a.grad.isfinite().all())


@pytest.mark.parametrize(("aligned", "rank"), [(False, 16), (True, 16), (True, 2)])
def test_the_levels_are_those_of_samples(aligned: bool, rank: int) -> None:
    """Of embeddings whose views are equal or independent, and of which some dimensions repeat others."""
    generator, objective = torch.Generator().manual_seed(0), build("barlow_twins")
    terms = []
    for _ in range(200):
        z_a, z_b = torch.randn((2, 64, rank), generator=generator).repeat(1, 1, 16 // rank)
        terms.append(torch.stack(barlow_twins(z_a, z_a if aligned else z_b)))
    invariance, redundancy = torch.stack(terms).mean(0).tolist()
    lines = {(line.curve, line.role): line.value for line in objective.reference_lines(64, {})}
    assert redundancy == pytest.approx(lines["barlow_redundancy", "isotropic" if rank == 16 else "low_rank"], rel=0.03)
    role = "aligned_uniform" if aligned else "unrelated"
    assert invariance == pytest.approx(lines["barlow_invariance", role], rel=0.03, abs=1e-3)
    if rank == 16:
        assert invariance + 0.01 * redundancy == pytest.approx(lines["loss", role], rel=0.03, abs=1e-3)


def test_its_matrix_is_the_one_that_the_loss_compares_with_the_identity() -> None:
    objective, data = build("barlow_twins"), toy("image", 12).data
    output = objective.step(data, torch.Generator().manual_seed(1))
    matrix = objective.matrix(output, data, 1)
    assert (matrix.content, matrix.shift, matrix.limit, matrix.of) == ("dimensions", 0, 1.0, "z")
    torch.testing.assert_close(matrix.cells, cross_correlation(*output.kept["z"].chunk(2)))
    terms = float((1 - matrix.cells.diag()).square().sum())
    assert terms == pytest.approx(float(output.terms["barlow_invariance"]), rel=1e-5)


def test_without_its_weight_the_dimensions_repeat_each_other() -> None:
    redundancy = {}
    for weight in (0.0, 0.01):
        objective = build("barlow_twins", "", {"colour": 0.0, "barlow_lambda": weight})
        redundancy[weight] = float(steps(objective, "image", 40, batch=48)[-1].terms["barlow_redundancy"])
    assert redundancy[0.0] > 1.5 * redundancy[0.01]
