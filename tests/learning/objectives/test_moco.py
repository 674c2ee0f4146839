"""MoCo: its loss against loops, closed forms and lightly; its queue, its target network and its settings."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize
from toys import build, steps, toy, values_of

from sslviz.core.settings import SettingError, Values
from sslviz.engine.training.catalogue import panel_data_of
from sslviz.learning.objectives.moco import NEWEST, MoCo, contrast, enqueue

DATA = toy("image", 12).data


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None) -> MoCo:
    objective = build("moco", given=given)
    assert isinstance(objective, MoCo)
    return objective


def numbers(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=seeded(seed))


def loss_of(queries: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> Tensor:
    logits = contrast(queries, normalize(keys, dim=1), normalize(queue, dim=1), temperature)
    return cross_entropy(logits, torch.zeros(len(logits), dtype=torch.int64))


def slow_loss(queries: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> float:
    """Equation 1 of the paper in loops over queries and keys, in Python floats."""

    def cosine(a: list[float], b: list[float]) -> float:
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        return dot / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(x * x for x in b))

    total, others = 0.0, queue.double().tolist()
    for query, key in zip(queries.double().tolist(), keys.double().tolist(), strict=True):
        own = math.exp(cosine(query, key) / temperature)
        total -= math.log(own / (own + sum(math.exp(cosine(query, other) / temperature) for other in others)))
    return total / len(queries)


# ----------------------------------------------------------------- the loss

shapes = {"count": st.integers(1, 6), "size": st.integers(1, 8), "dim": st.integers(2, 5), "seed": st.integers(0, 9999)}
temperatures = st.floats(0.05, 2.0)


@given(temperature=temperatures, **shapes)
def test_it_equals_the_slow_loop(count: int, size: int, dim: int, seed: int, temperature: float) -> None:
    queries, keys = numbers(2, count, dim, seed=seed)
    queue = numbers(size, dim, seed=seed + 1)
    found = float(loss_of(queries, keys, queue, temperature))
    assert found == pytest.approx(slow_loss(queries, keys, queue, temperature), rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("temperature", [0.07, 0.2, 1.3])
def test_it_equals_lightlys_with_the_same_memory_bank(temperature: float) -> None:
    lightly = pytest.importorskip("lightly.loss")
    queries, keys = numbers(2, 33, 17, seed=4)
    theirs = lightly.NTXentLoss(temperature=temperature, memory_bank_size=(50, 17))
    expected = theirs(queries, keys)
    torch.testing.assert_close(
        loss_of(queries, keys, theirs.memory_bank.bank, temperature), expected, rtol=1e-5, atol=1e-5
    )


@given(temperature=temperatures, **shapes)
def test_it_does_not_depend_on_the_order_of_the_queue_rotation_or_norm(
    count: int, size: int, dim: int, seed: int, temperature: float
) -> None:
    queries, keys = numbers(2, count, dim, seed=seed)
    queue = numbers(size, dim, seed=seed + 1)
    rotation, _ = torch.linalg.qr(numbers(dim, dim, seed=seed + 2))
    loss = loss_of(queries, keys, queue, temperature)
    for changed in (
        loss_of(queries, keys, queue.flip(0), temperature),
        loss_of(queries @ rotation, keys @ rotation, queue @ rotation, temperature),
        loss_of(7 * queries, keys, queue, temperature),
    ):
        torch.testing.assert_close(changed, loss, rtol=1e-4, atol=1e-4)


def test_equal_similarities_give_chance_and_orthogonal_ones_a_closed_form() -> None:
    same, axes = torch.ones(16, 8), torch.eye(8)
    assert float(loss_of(same, same, same, 0.2)) == pytest.approx(math.log(17), rel=1e-6)
    expected = math.log(1 + 4 * math.exp(-1 / 0.5))
    assert float(loss_of(axes[:4], axes[:4], axes[4:], 0.5)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.02, 2.0])
def test_zero_and_huge_embeddings_give_finite_loss_and_gradient(temperature: float) -> None:
    queries = torch.tensor([[0.0, 0.0], [1e18, 1e18], [1e-18, 0.0]], requires_grad=True)
    loss = loss_of(queries, torch.eye(3, 2), torch.eye(2), temperature)
    loss.backward()
    assert torch.isfinite(loss)
    assert queries.grad is not None
    assert torch.isfinite(queries.grad).all()


def test_it_stays_float32_under_autocast() -> None:
    queries, keys = numbers(2, 32, 16, seed=3).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        logits = contrast(queries, normalize(keys.float(), dim=1), torch.eye(16), 0.1)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits[:, 1:], normalize(queries.float(), dim=1) / 0.1)


# ----------------------------------------------------------------- queue and target


@pytest.mark.parametrize(("size", "count"), [(10, 4), (8, 8), (6, 4), (5, 12)])
def test_the_queue_holds_the_newest_keys(size: int, count: int) -> None:
    queue, seen = torch.full((size, 1), -1.0), [-1.0] * size
    for step in range(1, 8):
        keys = torch.arange((step - 1) * count, step * count).float()[:, None]
        enqueue(queue, keys, step)
        seen = (seen + keys[:, 0].tolist())[-size:]
        assert sorted(queue[:, 0].tolist()) == sorted(seen)


def test_a_step_is_told_from_earlier_keys_and_then_queues_its_own() -> None:
    objective = made({"queue": 64})
    before = objective.queue.clone()
    outputs = steps(objective, "image", 2, batch=12)
    assert torch.equal(objective.queue[48:], before[48:])
    assert torch.equal(objective.queue[:48], torch.cat([output.kept["keys"] for output in outputs]))
    torch.testing.assert_close(objective.queue.norm(dim=1), torch.ones(64))


def test_the_loss_is_that_of_both_views_against_the_keys_of_the_other() -> None:
    objective = made().eval()
    with torch.no_grad():
        output = objective.step(DATA, seeded(5))
        view_a, view_b = output.kept["views"].chunk(2)
        one, other = (
            loss_of(objective.embed(query), objective.target(key), objective.queue, 0.2)
            for query, key in ((view_a, view_b), (view_b, view_a))
        )
    torch.testing.assert_close(output.loss, (one + other) / 2, rtol=1e-5, atol=1e-5)


def test_the_gradient_reaches_encoder_and_head_and_neither_target_nor_queue() -> None:
    objective = made()
    objective.step(DATA, seeded()).loss.backward()
    for name, parameter in objective.named_parameters():
        assert (parameter.grad is None) == (name == "queue" or name.startswith("target.")), name
    assert all(float(p.grad.abs().sum()) > 0 for p in objective.encoder.parameters() if p.grad is not None)


def test_the_target_follows_by_the_momentum_in_force() -> None:
    objective = made({"ema_momentum": 1.0})
    start = [parameter.clone() for parameter in objective.target.parameters()]
    steps(objective, "image", 1)
    assert all(map(torch.equal, start, objective.target.parameters()))
    objective.configure(values_of("moco", {"ema_momentum": 0.0}))
    steps(objective, "image", 1)
    assert all(map(torch.equal, objective.target.parameters(), objective.online.parameters()))


def test_the_matrix_compares_queries_with_their_keys_and_with_those_of_the_step_before() -> None:
    objective = made({"queue": 256})
    before, last = steps(objective, "image", 2, batch=40)
    matrix = objective.matrix(last, DATA, 1)
    view_a, view_b = last.kept["views"].chunk(2)
    assert (matrix.content, matrix.shift, matrix.limit, matrix.cells.shape) == ("queries", 0, 1.0, (40, 40 + NEWEST))
    assert torch.equal(matrix.rows, view_a)
    assert torch.equal(matrix.columns, view_b)
    queries, keys = normalize(last.kept["z"][:40], dim=1), last.kept["keys"][40:]
    torch.testing.assert_close(matrix.cells[:, :40], queries @ keys.T)
    torch.testing.assert_close(matrix.cells[:, 40:], queries @ before.kept["keys"][-NEWEST:].T)


# ----------------------------------------------------------------- settings and lines


def test_the_temperature_acts_on_the_next_step_and_on_the_lines() -> None:
    objective = made()
    lines = {(line.curve, line.role): line.value for line in objective.reference_lines(32, {})}
    assert lines["loss", "chance"] == pytest.approx(math.log(65))
    assert lines["top1", "chance"] == pytest.approx(1 / 65)
    losses = []
    for temperature in (0.2, 1.5):
        objective.configure(values_of("moco", {"temperature": temperature}))
        losses.append(float(objective.step(DATA, seeded()).loss.detach()))
    after = {(line.curve, line.role): line.value for line in objective.reference_lines(32, {})}
    assert losses[0] != losses[1]
    assert after["loss", "aligned_uniform"] > lines["loss", "aligned_uniform"]
    assert objective.temperature == 1.5


def test_the_line_is_the_loss_of_aligned_and_uniform_embeddings() -> None:
    z, queue = numbers(2000, 16, seed=1), numbers(2000, 16, seed=2)
    (line,) = (each for each in made({"queue": 2000}).reference_lines(32, {}) if each.role == "aligned_uniform")
    assert float(loss_of(z, z, queue, 0.2)) == pytest.approx(line.value, abs=0.02)


def test_a_queue_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(SettingError, match="at most 32,768 keys"):
        made({"queue": 65_536, "head_dim": 1024})


def test_it_gives_the_panels_of_two_views_and_of_negatives() -> None:
    assert panel_data_of(MoCo) == ("Views", "Similarity", "Invariance", "Spectrum", "FalseNegatives", "Patches")
