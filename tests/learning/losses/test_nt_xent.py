"""NT-Xent against a slow loop, closed forms, invariances and lightly's implementation."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from sslviz.learning.losses.nt_xent import (
    cosine_similarity_matrix,
    log_hyp0f1,
    nt_xent,
    nt_xent_chance,
    nt_xent_uniform,
)


def slow_nt_xent(z_a: torch.Tensor, z_b: torch.Tensor, temperature: float) -> float:
    """Compute equation 1 of the paper (see also algorithm 1) in loops over views, in Python floats."""
    z = [row.tolist() for row in torch.cat([z_a, z_b]).double()]
    count = len(z_a)

    def s(i: int, k: int) -> float:
        dot = sum(x * y for x, y in zip(z[i], z[k], strict=True))
        return dot / math.sqrt(sum(x * x for x in z[i])) / math.sqrt(sum(x * x for x in z[k]))

    total = 0.0
    for i in range(2 * count):
        partner = (i + count) % (2 * count)
        others = [math.exp(s(i, k) / temperature) for k in range(2 * count) if k != i]
        total -= math.log(math.exp(s(i, partner) / temperature) / sum(others))
    return total / (2 * count)


def pair(count: int, dim: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((count, dim), generator=generator), torch.randn((count, dim), generator=generator)


shapes = {"count": st.integers(1, 7), "dim": st.integers(2, 9), "seed": st.integers(0, 10**6)}
temperatures = st.floats(0.05, 2.0)


@given(temperature=temperatures, **shapes)
def test_equals_the_slow_loop(count: int, dim: int, seed: int, temperature: float) -> None:
    z_a, z_b = pair(count, dim, seed)
    assert float(nt_xent(z_a, z_b, temperature).loss) == pytest.approx(
        slow_nt_xent(z_a, z_b, temperature), rel=1e-4, abs=1e-5
    )


@pytest.mark.parametrize("temperature", [0.07, 0.5, 1.3])
def test_equals_lightly(temperature: float) -> None:
    lightly = pytest.importorskip("lightly.loss")
    z_a, z_b = pair(33, 17, 4)
    expected = lightly.NTXentLoss(temperature=temperature)(z_a, z_b)
    torch.testing.assert_close(nt_xent(z_a, z_b, temperature).loss, expected, rtol=1e-5, atol=1e-5)


@given(temperature=temperatures, **shapes)
def test_does_not_depend_on_order_rotation_or_norm(count: int, dim: int, seed: int, temperature: float) -> None:
    z_a, z_b = pair(count, dim, seed)
    generator = torch.Generator().manual_seed(seed + 1)
    order = torch.randperm(count, generator=generator)
    rotation, _ = torch.linalg.qr(torch.randn((dim, dim), generator=generator))
    lengths = 0.1 + 10 * torch.rand((count, 1), generator=generator)
    loss = nt_xent(z_a, z_b, temperature).loss
    for changed in (
        nt_xent(z_a[order], z_b[order], temperature),
        nt_xent(z_b, z_a, temperature),
        nt_xent(z_a @ rotation, z_b @ rotation, temperature),
        nt_xent(z_a * lengths, z_b, temperature),
    ):
        torch.testing.assert_close(changed.loss, loss, rtol=1e-4, atol=1e-5)


def test_gradient_agrees_with_finite_differences() -> None:
    z_a, z_b = (z.double().requires_grad_() for z in pair(4, 5, 9))
    # the loss itself is float32: compared with differences of the slow one
    nt_xent(z_a, z_b, 0.5).loss.backward()
    assert z_a.grad is not None
    step = 1e-5
    for i, j in ((0, 0), (2, 3), (3, 4)):
        moved = torch.zeros_like(z_a)
        moved[i, j] = step
        up, down = (slow_nt_xent(z_a.detach() + sign * moved, z_b.detach(), 0.5) for sign in (1, -1))
        assert float(z_a.grad[i, j]) == pytest.approx((up - down) / (2 * step), rel=1e-3, abs=1e-5)


def test_equal_similarities_give_the_chance_line() -> None:
    same = torch.ones(16, 8)
    assert float(nt_xent(same, same, 0.2).loss) == pytest.approx(nt_xent_chance(16), rel=1e-6)
    assert nt_xent_chance(256) == pytest.approx(math.log(511))


def test_orthogonal_samples_have_a_closed_form() -> None:
    z = torch.eye(8)
    expected = math.log(1 + 14 * math.exp(-1 / 0.5))
    result = nt_xent(z, z, 0.5)
    assert float(result.loss) == pytest.approx(expected, rel=1e-5)
    assert float(result.top1) == 1


def test_the_loss_of_a_single_sample_is_zero() -> None:
    z_a, z_b = pair(1, 4, 0)
    result = nt_xent(z_a, z_b, 0.2)
    assert float(result.loss) == 0
    assert float(result.top1) == 1


def test_top1_counts_views_that_find_their_partner() -> None:
    z_a = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    z_b = torch.tensor([[1.0, 0.05], [1.0, 0.2]])
    # only the first pair are each other's nearest; the second view_a is nearest to its partner, which is not
    assert float(nt_xent(z_a, z_b, 0.2).top1) == pytest.approx(3 / 4)


@pytest.mark.parametrize("temperature", [0.02, 2.0])
def test_zero_and_huge_embeddings_give_finite_loss_and_gradient(temperature: float) -> None:
    z_a = torch.tensor([[0.0, 0.0], [1e18, 1e18], [1e-18, 0.0]], requires_grad=True)
    result = nt_xent(z_a, z_a.detach().roll(1, 0), temperature)
    result.loss.backward()
    assert torch.isfinite(result.loss)
    assert z_a.grad is not None
    assert torch.isfinite(z_a.grad).all()


def test_loss_stays_float32_under_autocast() -> None:
    z_a, z_b = pair(32, 16, 3)
    with torch.autocast("cpu", torch.bfloat16):
        result = nt_xent(z_a.bfloat16(), z_b.bfloat16(), 0.1)
    assert result.loss.dtype == torch.float32
    torch.testing.assert_close(result.loss, nt_xent(z_a.bfloat16().float(), z_b.bfloat16().float(), 0.1).loss)


@pytest.mark.parametrize(("temperature", "expected"), [(0.2, 1.64), (0.5, 4.28), (1.0, 5.25)])
def test_uniform_line_has_known_values(temperature: float, expected: float) -> None:
    assert nt_xent_uniform(256, 64, temperature) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("a", "x"), [(1.0, 0.3), (32.0, 6.25), (64.0, 100.0), (1.5, 625.0), (1024.0, 0.0625)])
def test_hypergeometric_series_equals_scipy(a: float, x: float) -> None:
    from scipy.special import hyp0f1

    assert log_hyp0f1(a, x) == pytest.approx(math.log(hyp0f1(a, x)), rel=1e-9, abs=1e-9)  # scipy keeps nine digits


@given(count=st.integers(2, 4096), dim=st.integers(2, 2048), temperature=st.floats(0.01, 2.0))
def test_uniform_line_lies_between_zero_and_chance(count: int, dim: int, temperature: float) -> None:
    line = nt_xent_uniform(count, dim, temperature)
    assert 0 <= line < nt_xent_chance(count)


def test_uniform_line_falls_with_the_temperature() -> None:
    lines = [nt_xent_uniform(256, 64, 0.01 * 1.2**k) for k in range(29)]
    assert lines == sorted(lines)
    assert len(set(lines)) == len(lines)


def test_uniform_line_is_the_loss_of_aligned_uniform_samples(generator: torch.Generator) -> None:
    z = torch.randn((3000, 16), generator=generator)
    assert float(nt_xent(z, z, 0.3).loss) == pytest.approx(nt_xent_uniform(3000, 16, 0.3), abs=0.01)


def test_the_uniform_line_is_no_lower_bound() -> None:
    """Samples at the corners of a simplex are farther apart than random points."""
    corners = torch.eye(8) - 1 / 8
    assert float(nt_xent(corners, corners, 0.2).loss) < nt_xent_uniform(8, 8, 0.2) - 0.1


def test_a_single_sample_has_no_uniform_line() -> None:
    assert nt_xent_uniform(1, 64, 0.2) == 0


def test_cosine_similarity_needs_no_unit_vectors() -> None:
    z = torch.tensor([[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])
    expected = torch.tensor([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 1.0]])
    torch.testing.assert_close(cosine_similarity_matrix(z), expected)
    torch.testing.assert_close(cosine_similarity_matrix(normalize(z)), expected)
