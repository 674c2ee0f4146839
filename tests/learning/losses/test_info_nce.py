"""InfoNCE and its negatives against slow references, closed forms and invariances."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor

from sslviz.learning.losses.info_nce import (
    RULES,
    Negatives,
    allowed_frames,
    candidate_scores,
    draw,
    draw_negatives,
    info_nce,
    num_negatives,
)

B, F, Z = 6, 24, 5
TARGETS = torch.tensor([[4, 5, 6], [9, 10, 11]])  # A = 2 anchors, K = 3 steps


def drawn(rule: str, generator: torch.Generator, count: int = 5, left_out: int = 2) -> Negatives:
    counts = num_negatives(rule, B, F, TARGETS, left_out, count)
    return draw_negatives(counts, B, F, TARGETS, left_out, generator)


def random(generator: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator)


def slow_losses(predicted: Tensor, z: Tensor, negatives: Negatives) -> tuple[list[float], list[float]]:
    """Compute the loss by step ahead, in loops over predictions and candidates."""
    steps = TARGETS.shape[1]
    losses, right = [0.0] * steps, [0.0] * steps
    for i in range(B):
        for a in range(len(TARGETS)):
            for k in range(steps):
                target = int(TARGETS[a, k])
                vectors = [z[i, target]]
                vectors += [z[int(j), target] for j in negatives.sequences[i]]
                vectors += [z[i, int(t)] for t in negatives.frames[a, k]]
                scores = [float(vector @ predicted[i, a, k]) for vector in vectors]
                losses[k] -= math.log(math.exp(scores[0]) / sum(math.exp(score) for score in scores))
                right[k] += scores[0] > max(scores[1:])
    return [loss / B / len(TARGETS) for loss in losses], [each / B / len(TARGETS) for each in right]


@pytest.mark.parametrize("rule", RULES)
def test_equals_the_slow_reference(rule: str, generator: torch.Generator) -> None:
    predicted, z = random(generator, B, *TARGETS.shape, Z), random(generator, B, F, Z)
    negatives = drawn(rule, generator)
    result = info_nce(candidate_scores(predicted, z, TARGETS, negatives))
    losses, accuracy = slow_losses(predicted, z, negatives)
    assert result.losses.tolist() == pytest.approx(losses, rel=1e-5)
    assert result.accuracy.tolist() == pytest.approx(accuracy)


@pytest.mark.parametrize("rule", RULES)
def test_the_number_of_negatives_is_right_and_none_is_the_positive(rule: str, generator: torch.Generator) -> None:
    for left_out in (1, 3, 6):
        negatives = drawn(rule, generator, left_out=left_out)
        assert negatives.sequences.shape[1] + negatives.frames.shape[2] == 5
        assert (negatives.sequences != torch.arange(B)[:, None]).all()
        assert ((negatives.frames - TARGETS[:, :, None]).abs() > left_out).all()


def test_negatives_come_from_where_the_rule_says(generator: torch.Generator) -> None:
    other, same, both = (drawn(rule, generator) for rule in ("other", "same", "both"))
    assert (other.sequences.shape, other.frames.shape) == ((B, 5), (2, 3, 0))
    assert (same.sequences.shape, same.frames.shape) == ((B, 0), (2, 3, 5))
    assert (both.sequences.shape, both.frames.shape) == ((B, 3), (2, 3, 2))


def test_all_other_samples_are_drawn_once_each(generator: torch.Generator) -> None:
    negatives = drawn("other", generator, count=B - 1)
    for i, row in enumerate(negatives.sequences.tolist()):
        assert sorted(row) == [j for j in range(B) if j != i]


def test_draws_are_allowed_and_distinct(generator: torch.Generator) -> None:
    allowed = torch.rand((40, 30), generator=generator) < 0.6
    found = draw(allowed, 8, generator)
    assert allowed.gather(1, found).all()
    assert all(len(set(row)) == 8 for row in found.tolist())


@pytest.mark.parametrize(("rule", "expected"), [("other", (5, 0)), ("same", (0, 9)), ("both", (5, 9))])
def test_negatives_are_limited_to_the_distinct_ones(
    rule: str, expected: tuple[int, int], generator: torch.Generator
) -> None:
    """63 negatives are wanted of 6 sequences of 20 frames, of which 9 at least are far enough from any target."""
    targets = torch.arange(4, 20).view(4, 4)
    counts = num_negatives(rule, 6, 20, targets, left_out=5, count=63)
    negatives = draw_negatives(counts, 6, 20, targets, 5, generator)
    assert counts == expected
    assert (negatives.sequences.shape[1], negatives.frames.shape[2]) == expected
    for row in (*negatives.sequences.tolist(), *negatives.frames.flatten(0, 1).tolist()):
        assert len(set(row)) == len(row)


@pytest.mark.parametrize("rule", RULES)
def test_chance_is_that_of_every_order_of_the_candidates(rule: str, generator: torch.Generator) -> None:
    """The scores of a random network are in any order with equal probability: all orders are enumerated.

    A frame that is a candidate twice has the same score twice.
    """
    frames, targets = 6, torch.tensor([[3]])
    counts = num_negatives(rule, 3, frames, targets, left_out=1, count=5)
    drawn_negatives = draw_negatives(counts, 3, frames, targets, 1, generator)
    places = [(0, 3), *((int(j), 3) for j in drawn_negatives.sequences[0])]
    places += [(0, int(t)) for t in drawn_negatives.frames[0, 0]]
    names = sorted(set(places))
    orders = torch.tensor(list(itertools.permutations(range(len(names))))).float()
    scores = torch.stack([orders[:, names.index(place)] for place in places], 1)
    accuracy = info_nce(scores[:, None, None]).accuracy
    assert float(accuracy) == pytest.approx(1 / (1 + sum(counts)), abs=1e-6)


def test_all_allowed_indices_are_drawn_equally_often(generator: torch.Generator) -> None:
    allowed = torch.ones((6000, 10), dtype=torch.bool)
    allowed[:, 3] = False
    counts = draw(allowed, 3, generator).flatten().bincount(minlength=10).tolist()
    assert counts[3] == 0
    assert all(abs(count - 2000) < 200 for i, count in enumerate(counts) if i != 3)


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (drawn("both", torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.sequences, again.sequences)
    assert torch.equal(first.frames, again.frames)
    assert not torch.equal(first.frames, other.frames)


@pytest.mark.parametrize("frames", [2, 3, 4, 7, 20])
def test_some_frames_are_allowed_however_wide_the_window(frames: int) -> None:
    allowed = allowed_frames(torch.arange(frames), frames, left_out=1000)
    assert allowed.any(1).all()
    assert not allowed.diagonal().any()


def test_equal_scores_give_chance() -> None:
    result = info_nce(torch.full((4, 2, 3, 64), 1.7))
    torch.testing.assert_close(result.losses, torch.full((3,), math.log(64)))
    assert result.accuracy.tolist() == [0, 0, 0], "a tie is no answer"


def test_a_collapsed_network_has_no_accuracy(generator: torch.Generator) -> None:
    """All scores are equal except for rounding, which differs between positives and negatives."""
    sequences, frames, dim = 16, 12, 64
    predicted = (3 * torch.randn(dim, generator=generator)).expand(sequences, 3, 2, dim).contiguous()
    z = torch.randn(dim, generator=generator).expand(sequences, frames, dim).contiguous()
    targets = torch.arange(6).view(3, 2)
    for rule in RULES:
        counts = num_negatives(rule, sequences, frames, targets, 1, 12)
        negatives = draw_negatives(counts, sequences, frames, targets, 1, generator)
        scores = candidate_scores(predicted, z, targets, negatives)
        assert info_nce(scores).accuracy.tolist() == [0, 0]


def test_a_positive_far_above_all_negatives_has_no_gradient() -> None:
    scores = torch.zeros(4, 2, 3, 64)
    scores[..., 0] = 50
    result = info_nce(scores)
    assert result.losses.tolist() == pytest.approx([0, 0, 0], abs=1e-6)
    assert result.accuracy.tolist() == [1, 1, 1]


def test_order_of_negatives_and_a_common_offset_do_not_matter(generator: torch.Generator) -> None:
    scores = random(generator, 4, 2, 3, 10)
    shuffled = torch.cat([scores[..., :1], scores[..., 1:].flip(3)], 3) + random(generator, 4, 2, 3, 1)
    torch.testing.assert_close(info_nce(scores).losses, info_nce(shuffled).losses)
    assert torch.equal(info_nce(scores).accuracy, info_nce(shuffled).accuracy)


def test_gradient_is_probability_minus_target(generator: torch.Generator) -> None:
    scores = random(generator, 1, 1, 1, 10).requires_grad_()
    info_nce(scores).losses.sum().backward()
    truth = torch.zeros(10)
    truth[0] = 1
    torch.testing.assert_close(scores.grad.flatten(), scores.detach().flatten().softmax(0) - truth)


def test_large_scores_stay_finite() -> None:
    scores = torch.zeros(1, 1, 1, 4)
    scores[..., 1] = 3e4
    assert float(info_nce(scores).losses) == pytest.approx(3e4)
