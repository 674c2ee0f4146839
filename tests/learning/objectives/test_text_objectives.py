"""Next byte and masked bytes: who may see what, what is asked, and what counting makes of the same."""

from __future__ import annotations

import math

import pytest
import torch
from toys import build, steps, toy

from sslviz.learning.dataset import Samples, Split
from sslviz.learning.io.text import bigram, unigram
from sslviz.learning.objectives.masked_tokens import MASK, MaskedTokens, mask_bytes
from sslviz.learning.objectives.next_token import NextToken
from sslviz.learning.text_objective import TextObjective

BOTH = pytest.mark.parametrize("name", ["next_token", "masked_tokens"])


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def objective(name: str, **given: float) -> TextObjective:
    built = build(name, given=given).eval()
    assert isinstance(built, TextObjective)
    return built


@pytest.fixture
def texts(generator: torch.Generator) -> torch.Tensor:
    """int64[6, 64] of letters."""
    return torch.randint(97, 123, (6, 64), generator=generator)


# ----------------------------------------------------------------- next byte


@torch.no_grad()
def test_what_comes_later_changes_nothing_before(texts: torch.Tensor) -> None:
    network = objective("next_token")
    changed = texts.clone()
    changed[:, 40:] = 33
    before, after = network.hidden_states(texts), network.hidden_states(changed)
    torch.testing.assert_close(before[:, :40], after[:, :40], rtol=1e-5, atol=1e-6)
    assert not torch.allclose(before[:, 40:], after[:, 40:], atol=1e-3)


@torch.no_grad()
def test_everything_before_may_be_seen(texts: torch.Tensor) -> None:
    network = objective("next_token")
    changed = texts.clone()
    changed[:, 0] = 33
    assert bool((network.hidden_states(texts) != network.hidden_states(changed)).any(-1).all())


@pytest.mark.parametrize(("span", "reach"), [(1, 1), (2, 3), (5, 9)])
@torch.no_grad()
def test_the_span_bounds_what_two_layers_see(texts: torch.Tensor, span: int, reach: int) -> None:
    """Each layer looks span - 1 bytes further back."""
    network = objective("next_token", attention_span=span)
    changed = texts.clone()
    changed[:, 20] = 33
    same = (network.hidden_states(texts) - network.hidden_states(changed)).abs().amax((0, 2)) < 1e-6
    assert same.tolist() == [not 20 <= place < 20 + reach for place in range(64)]


def test_each_byte_but_the_first_is_asked_of_the_state_before_it(texts: torch.Tensor) -> None:
    network = objective("next_token")
    corrupted = network.corrupt(texts, seeded(0))
    assert torch.equal(corrupted.inputs, texts)
    assert corrupted.positions.tolist() == [list(range(1, 64))] * 6
    hidden = torch.arange(64.0)[None, :, None].expand(6, -1, 2)
    assert network.predictive_states(hidden, corrupted.positions)[0, :, 0].tolist() == list(range(63))


def test_the_loss_of_next_bytes_is_that_of_a_loop(texts: torch.Tensor) -> None:
    network = objective("next_token")
    with torch.no_grad():
        loss = float(network.step(texts.byte(), seeded(0)).loss)
        logits = network.head(network.hidden_states(texts)).double()
    nats = [
        -float(logits[row, place - 1].log_softmax(0)[byte])
        for row, text in enumerate(texts.tolist())
        for place, byte in enumerate(text)
        if place
    ]
    assert loss == pytest.approx(sum(nats) / len(nats), rel=1e-5)


# ----------------------------------------------------------------- masked bytes


def test_of_fifteen_per_cent_eighty_are_hidden_ten_replaced_ten_left() -> None:
    texts = torch.randint(97, 123, (4000, 64), generator=seeded(0))
    corrupted = mask_bytes(texts, 0.15, seeded(1))
    assert corrupted.positions.shape == (4000, 10)
    asked = torch.zeros_like(texts).scatter_(1, corrupted.positions, 1).bool()
    assert asked.sum(1).tolist() == [10] * 4000, "each place once"
    assert torch.equal(corrupted.inputs[~asked], texts[~asked])
    seen, there = corrupted.inputs[asked], texts[asked]
    hidden, same = float((seen == MASK).float().mean()), float((seen == there).float().mean())
    assert hidden == pytest.approx(0.8, abs=0.01)
    assert same == pytest.approx(0.1 + 0.1 / 26, abs=0.01)
    assert set(seen.unique().tolist()) == {*range(97, 123), MASK}


def test_every_place_is_asked_as_often() -> None:
    texts = torch.zeros((6000, 32), dtype=torch.int64)
    counts = torch.bincount(mask_bytes(texts, 0.25, seeded(3)).positions.flatten(), minlength=32) / 6000
    assert counts.tolist() == pytest.approx([0.25] * 32, abs=0.03)


@pytest.mark.parametrize(("ratio", "count"), [(0.001, 1), (0.15, 5), (0.5, 16), (0.999, 31)])
def test_some_are_asked_and_never_all(ratio: float, count: int) -> None:
    texts = torch.zeros((3, 32), dtype=torch.int64)
    assert mask_bytes(texts, ratio, seeded(0)).positions.shape == (3, count)


def test_masks_follow_from_the_generator(texts: torch.Tensor) -> None:
    one, same, other = (mask_bytes(texts, 0.15, seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(one.inputs, same.inputs)
    assert not torch.equal(one.positions, other.positions)


@torch.no_grad()
def test_both_sides_are_seen(texts: torch.Tensor) -> None:
    network = objective("masked_tokens")
    for place in (0, 63):
        changed = texts.clone()
        changed[:, place] = 33
        assert bool((network.hidden_states(texts) != network.hidden_states(changed)).any(-1).all())


def test_the_loss_is_over_the_chosen_places_alone(texts: torch.Tensor) -> None:
    network = objective("masked_tokens")
    with torch.no_grad():
        loss = float(network.step(texts.byte(), seeded(5)).loss)
        corrupted = mask_bytes(texts, 0.15, seeded(5))
        logits = network.head(network.hidden_states(corrupted.inputs)).double()
    nats = [
        -float(logits[row, place].log_softmax(0)[texts[row, place]])
        for row, places in enumerate(corrupted.positions.tolist())
        for place in places
    ]
    assert loss == pytest.approx(sum(nats) / len(nats), rel=1e-5)


def test_the_ratio_acts_on_the_next_step_and_not_on_the_scores(texts: torch.Tensor) -> None:
    network = objective("masked_tokens")
    samples = toy("text", 24)
    with torch.no_grad():
        before, scored = network.corrupt(texts, seeded(0)), network.scores(samples, seeded(0))
        network.configure({"mask_ratio": 0.5})
        after, again = network.corrupt(texts, seeded(0)), network.scores(samples, seeded(0))
    assert (before.positions.shape[1], after.positions.shape[1]) == (10, 32)
    assert scored == again
    assert network.loss_depends_on["mask_ratio"].endswith(".")
    assert "dropout" not in network.loss_depends_on


# ----------------------------------------------------------------- both


def slow_baselines(split: Split, places: list[list[int]]) -> tuple[float, float]:
    texts = split.held_out.data.tolist()
    single, pair = unigram(split.train.data).tolist(), bigram(split.train.data).tolist()
    one, two = [], []
    for text, asked in zip(texts, places, strict=True):
        for place in asked:
            one.append(-math.log(single[text[place]]))
            two.append(-math.log(pair[text[place - 1]][text[place]]) if place else one[-1])
    return sum(one) / len(one), sum(two) / len(two)


@BOTH
@torch.no_grad()
def test_counts_are_asked_what_the_network_is_asked(name: str) -> None:
    network, split = objective(name), Split(toy("text", 60), toy("text", 30), ())
    baselines = network.baselines(split)
    shown = network.token_prediction(split.held_out)
    places = [[place for place, asked in enumerate(row) if asked] for row in shown.is_target.tolist()]
    one, two = slow_baselines(split, places)
    assert baselines["unigram_nats"] == pytest.approx(one)
    assert baselines["bigram_nats"] == pytest.approx(two)


@BOTH
@torch.no_grad()
def test_scores_do_not_depend_on_how_many_are_read_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network, samples = objective(name), toy("text", 24)
    whole = network.scores(samples, seeded(0))["nats_per_token"]
    monkeypatch.setattr("sslviz.learning.text_objective.CHUNK", 5)
    assert network.scores(samples, seeded(1))["nats_per_token"] == pytest.approx(whole, rel=1e-5)


@BOTH
@torch.no_grad()
def test_predictions_are_the_likeliest_five_where_asked(name: str) -> None:
    network, samples = objective(name), toy("text", 4)
    shown = network.token_prediction(samples)
    asked, top, probabilities = (each.numpy() for each in (shown.is_target, shown.top, shown.probabilities))
    assert shown.tokens.tolist() == samples.data.tolist()
    assert shown.byte_tokens
    assert probabilities[asked == 0].max() == 0
    told = probabilities[asked == 1]
    assert (told[:, :-1] >= told[:, 1:]).all()
    assert (told.sum(1) <= 1 + 1e-5).all()
    assert len({tuple(guesses) for guesses in top[asked == 1].tolist()}) > 1
    again = network.token_prediction(samples)
    assert torch.equal(again.is_target, shown.is_target)


@torch.no_grad()
def test_the_next_byte_network_writes_what_it_thinks_likely(texts: torch.Tensor) -> None:
    network, text = objective("next_token"), texts[0]
    network.head.weight.zero_()
    network.head.bias.fill_(-100.0)
    network.head.bias[[97, 98]] = torch.tensor([0.8 * math.log(3), 0.0])  # the odds are 3 : 1 at a temperature of 0.8
    written = network.write(text, 400, seeded(1))
    assert written is not None
    assert set(written.tolist()) == {97, 98}
    assert 0.68 < float((written == 97).float().mean()) < 0.82
    again, other = (network.write(text, 400, seeded(seed)) for seed in (1, 2))
    assert again is not None
    assert other is not None
    assert torch.equal(written, again)
    assert not torch.equal(written, other)


@torch.no_grad()
def test_the_next_byte_network_goes_on_from_the_newest_bytes(texts: torch.Tensor) -> None:
    network = objective("next_token")
    network.head.weight.mul_(50.0)
    one, same, other = (
        network.write(text, 8, seeded(1)) for text in (texts[0], torch.cat([texts[1], texts[0]]), texts[1])
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@torch.no_grad()
def test_a_network_that_has_diverged_still_writes_bytes(texts: torch.Tensor) -> None:
    network = objective("next_token")
    network.head.weight.fill_(math.nan)
    written = network.write(texts[0], 5, seeded(1))
    assert written is not None
    assert written.shape == (5,)
    assert objective("masked_tokens").write(texts[0], 5, seeded(1)) is None


@BOTH
@torch.no_grad()
def test_h_is_the_mean_of_what_the_whole_text_gives(name: str, texts: torch.Tensor) -> None:
    network = objective(name)
    h = network.encode(texts.byte(), torch.zeros((6, 1), dtype=torch.int64))
    torch.testing.assert_close(h, network.hidden_states(texts).mean(1))


@BOTH
def test_lines_stand_on_the_loss_and_on_the_score(name: str) -> None:
    network = objective(name)
    lines = network.reference_lines(32, {"unigram_nats": 3.3, "bigram_nats": 2.6})
    found = {(line.curve, line.label, line.value) for line in lines}
    values = (("unigram", 3.3), ("bigram", 2.6))
    assert found == {(curve, *value) for curve in ("loss", "nats_per_token") for value in values}


@pytest.mark.parametrize("kind", [NextToken, MaskedTokens])
def test_what_is_live_is_taken_at_once(kind: type[TextObjective]) -> None:
    network = build(kind.name)
    network.configure({"dropout": 0.5})
    shares = {module.p for module in network.modules() if isinstance(module, torch.nn.Dropout)}
    assert shares == {0.5}


def after(name: str, count: int, **given: float) -> tuple[float, dict[str, float]]:
    """Score and baselines after a short training on the toy texts."""
    network = build(name, given=given)
    steps(network, "text", count)
    held_out: Samples = toy("text", 400).select(slice(320, 400))
    with torch.no_grad():
        baselines = network.baselines(Split(toy("text", 320), held_out, ()))
        score = network.eval().scores(held_out, seeded(0))["nats_per_token"]
    assert isinstance(score, float)
    return score, {name: value for name, value in baselines.items() if isinstance(value, float)}


def test_next_bytes_are_learned_beyond_pairs() -> None:
    """Within its words the toy text is certain; only a word's beginning is not."""
    score, counted = after("next_token", 80)
    assert score < 0.6 * counted["bigram_nats"]


def test_with_a_span_of_one_pairs_are_all_there_is() -> None:
    score, counted = after("next_token", 100, attention_span=1)
    assert score == pytest.approx(counted["bigram_nats"], rel=0.1)


def test_masked_bytes_are_learned_beyond_pairs() -> None:
    """Which counts know of one neighbour, and the network of both sides."""
    score, counted = after("masked_tokens", 110)
    assert score < 0.7 * counted["bigram_nats"]
