"""Contrastive Predictive Coding: what its parts compute, what each may know of, and that it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import SettingError
from sslviz.learning.dataset import Samples
from sslviz.learning.datasets.vowels import speak
from sslviz.learning.encoder import FrameEncoder
from sslviz.learning.evaluation.retrieval import first_ranked, possible_negatives
from sslviz.learning.io.mel import HOP, WINDOW
from sslviz.learning.losses.info_nce import RULES, allowed_frames
from sslviz.learning.objectives.cpc import CANDIDATES, CPC

WAYS = [("sound", {}), ("sound", {"hears": "waveform"}), ("video", {})]
every_way = pytest.mark.parametrize(("kind", "given"), WAYS, ids=["log-mel", "waveform", "video"])


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(kind: str, given: dict | None = None) -> CPC:
    objective = build("cpc", kind, given)
    assert isinstance(objective, CPC)
    return objective


def random_like(data: Tensor, seed: int = 5) -> Tensor:
    high = 256 if data.dtype == torch.uint8 else 9000
    return torch.randint(high, data.shape, generator=seeded(seed)).to(data.dtype)


# ----------------------------------------------------------------- what the parts know of


@every_way
def test_the_future_does_not_change_what_is_known(kind: str, given: dict) -> None:
    objective, data = made(kind, given).eval(), toy(kind, 3).data
    frame = objective.possible_anchors[3]
    end = int(objective.encoder.end_of(torch.tensor(frame))) + 1
    changed = data.clone()
    changed[:, end:] = random_like(data)[:, end:]
    with torch.no_grad():
        (z, c), (z_changed, c_changed) = objective.contexts(data), objective.contexts(changed)
    torch.testing.assert_close(z[:, : frame + 1], z_changed[:, : frame + 1])
    torch.testing.assert_close(c[:, : frame + 1], c_changed[:, : frame + 1])
    assert not torch.allclose(c[:, frame + 1 :], c_changed[:, frame + 1 :])


@every_way
def test_the_past_is_known(kind: str, given: dict) -> None:
    objective, data = made(kind, given).eval(), toy(kind, 3).data
    changed = data.clone()
    changed[:, 0] = random_like(data)[:, 0]
    if kind == "sound":
        changed[:, : WINDOW // 2] = random_like(data)[:, : WINDOW // 2]
    with torch.no_grad():
        (_, c), (_, c_changed) = objective.contexts(data), objective.contexts(changed)
    assert not torch.allclose(c[:, 4], c_changed[:, 4])


@every_way
def test_no_sequence_knows_of_another(kind: str, given: dict) -> None:
    """In training mode, in which batch norm would look at all of them."""
    objective, data = made(kind, given), toy(kind, 4).data
    changed = data.clone()
    changed[1:] = random_like(data)[1:]
    (z, c), (z_changed, c_changed) = objective.contexts(data), objective.contexts(changed)
    torch.testing.assert_close(z[0], z_changed[0])
    torch.testing.assert_close(c[0], c_changed[0])


@every_way
def test_what_is_predicted_shares_nothing_with_the_context(kind: str, given: dict) -> None:
    """All that the context has heard or seen is another; the z to predict are the same."""
    objective, data = made(kind, given).eval(), toy(kind, 2).data
    anchor = objective.possible_anchors[0]
    heard = int(objective.encoder.end_of(torch.tensor(anchor))) + 1
    changed = data.clone()
    changed[:, :heard] = random_like(data)[:, :heard]
    targets = objective.targets(torch.tensor([anchor]))[0]
    with torch.no_grad():
        (z, _), (z_changed, _) = objective.contexts(data), objective.contexts(changed)
    torch.testing.assert_close(z[:, targets], z_changed[:, targets])


def test_of_sound_the_first_step_is_three_frames_beyond_the_windows_overlap() -> None:
    objective = made("sound")
    last_overlapping = max(k for k in range(20) if k * HOP < WINDOW)
    assert objective.targets(torch.tensor([40]))[0].tolist() == [40 + last_overlapping + 3 + k for k in range(1, 9)]
    assert made("video").targets(torch.tensor([5, 6]))[:, 0].tolist() == [6, 7]


@every_way
def test_every_anchor_has_a_past_and_all_its_futures(kind: str, given: dict) -> None:
    objective, data = made(kind, given), toy(kind, 2).data
    z, _ = objective.contexts(data)
    anchors = objective.possible_anchors
    assert z.shape[1] == objective.encoder.num_frames(data.shape[1])
    assert anchors[0] >= z.shape[1] // 6
    assert int(objective.targets(torch.tensor([anchors[-1]])).max()) == z.shape[1] - 1


@every_way
def test_frames_and_moments_agree(kind: str, given: dict) -> None:
    encoder: FrameEncoder = made(kind, given).encoder
    frames = torch.arange(10)
    ends = encoder.end_of(frames)
    assert torch.equal(encoder.frame_at(ends), frames)
    assert torch.equal(encoder.frame_at(ends[1:] - 1), frames[:-1])
    assert encoder.frame_at(torch.tensor([0])).tolist() == [0]


def test_h_is_the_context_at_the_last_frame_before_the_moment() -> None:
    objective, data = made("sound").eval(), toy("sound", 2).data
    timesteps = torch.tensor([[WINDOW - 1, 5000], [WINDOW + HOP - 2, 7199]])
    with torch.no_grad():
        h = objective.encode(data, timesteps)
        _, c = objective.contexts(data)
    assert torch.equal(h, torch.stack([c[0, 0], c[0, (5000 - WINDOW + 1) // HOP], c[1, 0], c[1, 86]]))


def test_a_prediction_is_one_matrix_per_step_times_the_context() -> None:
    objective = made("video")
    _, c = objective.contexts(toy("video", 3).data)
    anchors = torch.tensor([4, 7])
    predicted = objective.predictions(c, anchors)
    z_dim = predicted.shape[3]
    for k in range(objective.num_prediction_steps):
        W_k = objective.step_predictors.weight[k * z_dim : (k + 1) * z_dim]
        torch.testing.assert_close(predicted[:, :, k], c[:, anchors] @ W_k.T)


def test_too_short_samples_are_refused_in_words() -> None:
    with pytest.raises(SettingError, match="20 frames of a sample are too few to predict 20 steps ahead"):
        made("video", {"prediction_steps": 20})


def test_there_is_no_batch_norm() -> None:
    for kind, given in WAYS:
        assert not any(isinstance(m, torch.nn.modules.batchnorm._BatchNorm) for m in made(kind, given).modules())


# ----------------------------------------------------------------- how it is judged


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", ["sound", "video"])
def test_a_network_that_says_nothing_is_at_chance(kind: str, rule: str) -> None:
    """All predictions are zero, so every candidate has the same score. Clips have few frames to tell apart."""
    objective = made(kind, {"negatives": rule})
    torch.nn.init.zeros_(objective.step_predictors.weight)
    output = objective.step(toy(kind, 32).data, seeded())
    lines = {line.curve: line.value for line in objective.reference_lines(32, {})}
    assert float(output.loss.detach()) == pytest.approx(lines["loss"])
    assert lines["top1"] == pytest.approx(math.exp(-lines["loss"]))
    for count in (2, 24, 300):
        with torch.no_grad():
            found = objective.steps_ahead(toy(kind, count), seeded())
        assert found is not None
        assert found.losses.tolist() == pytest.approx([found.chance_loss] * 8)


@pytest.mark.parametrize(
    ("rule", "kind", "few", "many"),
    [("other", "video", 24, 64), ("same", "video", 10, 10), ("both", "video", 33, 42), ("same", "sound", 64, 64)],
)
def test_candidates_are_64_or_all_distinct_ones(rule: str, kind: str, few: int, many: int) -> None:
    """Of 20 frames, 9 are further than 5 frames from a target in the middle."""
    objective = made(kind, {"negatives": rule})
    with torch.no_grad():
        candidates = [objective.steps_ahead(toy(kind, count), seeded()).candidates for count in (24, 100)]
        scores = objective.scores(toy(kind, 24), seeded())
    assert candidates == [few, many]
    assert scores["step_chance"] == 1 / few


@pytest.mark.parametrize("rule", RULES)
def test_random_contexts_and_frames_are_at_chance_on_short_clips(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The positive scores highest as often as the reference line says, though a clip has few distinct negatives."""
    objective, generator = made("video", {"negatives": rule}), seeded()

    def random_contexts(data: Tensor) -> tuple[Tensor, Tensor]:
        sizes = objective.context_network.input_size, objective.context_network.hidden_size
        z, c = (torch.randn((len(data), data.shape[1], size), generator=generator) for size in sizes)
        return z, c

    monkeypatch.setattr(objective, "contexts", random_contexts)
    data = toy("video", 64).data
    top1 = torch.stack([objective.step(data, generator).terms["top1"] for _ in range(5)]).mean()
    chance = next(line.value for line in objective.reference_lines(64, {}) if line.curve == "top1")
    assert float(top1) == pytest.approx(chance, rel=0.1)


@pytest.mark.parametrize("count", [257, 300])
def test_a_few_samples_more_than_a_chunk_are_scored(count: int) -> None:
    """The chunks have equal sizes, so that none has too few other samples."""
    objective = made("video")
    with torch.no_grad():
        found = objective.steps_ahead(toy("video", count), seeded())
    assert found is not None
    assert found.candidates == CANDIDATES


def test_one_sample_cannot_be_scored() -> None:
    objective = made("video")
    assert objective.scores(toy("video", 1), seeded()) == {}
    assert objective.steps_ahead(toy("video", 1), seeded()) is None


def test_scores_are_those_of_the_panel() -> None:
    objective = made("video").eval()
    steps(objective, "video", 3)
    with torch.no_grad():
        scores, shown = (
            objective.scores(toy("video", 24), seeded(4)),
            objective.steps_ahead(toy("video", 24), seeded(4)),
        )
    assert shown is not None
    assert scores["step_accuracy"] == pytest.approx(shown.accuracy.tolist())
    assert scores["step_chance"] == shown.chance


def test_it_says_which_changes_spoil_comparison() -> None:
    objective = made("sound")
    assert objective.loss_depends_on["negatives"].endswith(".")
    (left_out,) = (setting for setting in settings_of("cpc") if setting.key == "left_out")
    assert objective.loss_depends_on["left_out"].endswith(".")
    assert not left_out.has_effect({"negatives": "other"}), "other sequences have no window"
    assert all(left_out.has_effect({"negatives": rule}) for rule in ("same", "both"))
    assert "learning_rate" not in objective.loss_depends_on


# ----------------------------------------------------------------- what is shown


def slow_first_ranked(scores: Tensor, targets: Tensor, rule: str, left_out: int) -> list[list[tuple[int, int, float]]]:
    """Sample, frame and share above of each prediction, candidate by candidate."""
    count, steps_, _, frames = scores.shape
    found = []
    for i in range(count):
        found.append([])
        for k in range(steps_):
            positive = float(scores[i, k, i, targets[k]])
            best, above, negatives = (positive, i, int(targets[k])), 0, 0
            for j in range(count):
                for t in range(frames):
                    is_other, is_away = j != i, abs(t - int(targets[k])) > left_out
                    is_other_now = is_other and t == int(targets[k])
                    if not ((is_other_now and rule != "same") or (not is_other and is_away and rule != "other")):
                        continue
                    score = float(scores[i, k, j, t])
                    negatives += 1
                    above += score > positive
                    best = max(best, (score, j, t))
            found[-1].append((best[1], best[2], above / negatives))
    return found


@pytest.mark.parametrize("rule", RULES)
def test_what_ranks_first_is_as_the_slow_reference(rule: str) -> None:
    scores, targets = torch.randn((3, 2, 3, 12), generator=seeded()), torch.tensor([7, 8])
    scores[1, 0, 1, 7] = 9
    found = first_ranked(scores, targets, rule, left_out=2)
    for i, row in enumerate(slow_first_ranked(scores, targets, rule, 2)):
        for k, (sample, frame, above) in enumerate(row):
            assert (int(found.samples[i, k]), int(found.frames[i, k])) == (sample, frame)
            assert float(found.above[i, k]) == pytest.approx(above)
    assert (int(found.samples[1, 0]), int(found.frames[1, 0])) == (1, 7), "the positive is a candidate"


def test_what_differs_by_rounding_does_not_rank_first() -> None:
    scores = 4 + 1e-7 * torch.rand((3, 2, 3, 12), generator=seeded())
    targets = torch.tensor([7, 8])
    scores[torch.arange(3), :, torch.arange(3), targets[0]] += 1e-6
    found = first_ranked(scores, targets, "other", left_out=2)
    assert not (found.samples == torch.arange(3)[:, None]).any()
    torch.testing.assert_close(found.above, torch.full((3, 2), 0.5))


def test_possible_negatives_follow_the_rule() -> None:
    targets = torch.tensor([3])
    other, same, both = (possible_negatives(rule, 2, 9, targets, 1)[0, 0] for rule in ("other", "same", "both"))
    assert other.tolist() == [[False] * 9, [t == 3 for t in range(9)]]
    assert same.tolist() == [allowed_frames(targets, 9, 1)[0].tolist(), [False] * 9]
    assert torch.equal(both, other | same)


@pytest.mark.parametrize("kind", ["sound", "video"])
def test_strips_show_the_context_then_what_came_and_below_it_what_ranks_first(kind: str) -> None:
    objective, samples = made(kind).eval(), toy(kind, 12)
    with torch.no_grad():
        shown = objective.image_prediction(samples, 1)
    images, filled = shown.images, shown.filled
    before = objective.encoder.shown_context
    assert filled.tolist() == [[1] * before + [0] * 8, [0] * before + [1] * 8, [0] * before + [1] * 8]
    anchor = objective.possible_anchors[len(objective.possible_anchors) // 2]
    assert (
        shown.columns
        == {
            "sound": ("now", *(f"+{10 * k} ms" for k in range(7, 15))),
            "video": ("t−3", "t−2", "t−1", "t", *(f"t+{k}" for k in range(1, 9))),
        }[kind]
    )
    actual = objective.encoder.frame_images(samples.data, objective.targets(torch.tensor([anchor])).expand(12, -1))[:8]
    assert images.shape[0] == 8, "the others are only compared with"
    assert np.array_equal(images[:, 1, before:], actual)
    assert (images[:, 1:, :before] == 0).all()
    right = shown.errors[:, before:] == 0
    assert all(
        np.array_equal(images[i, 2, before + k], images[i, 1, before + k])
        for i, k in zip(*right.nonzero(), strict=True)
    )
    assert np.isnan(shown.errors[:, :before]).all()
    assert (shown.reference_errors[:, before:] == 0.5).all()


@pytest.mark.parametrize("kind", ["sound", "video"])
def test_the_matrix_is_of_the_step_asked_for_with_the_positives_on_its_diagonal(kind: str) -> None:
    objective, data = made(kind), toy(kind, 6).data
    output = objective.step(data, seeded())
    anchor = int(output.kept["anchor"])
    with torch.no_grad():
        z, c = objective.contexts(data)
        for k in (1, 8):
            matrix = objective.matrix(output, data, k)
            predicted = objective.predictions(c, torch.tensor([anchor]))[:, 0, k - 1]
            torch.testing.assert_close(matrix.cells, predicted @ z[:, anchor + objective.encoder.gap + k].T)
            assert (matrix.content, matrix.limit, matrix.shift) == ("scores", 0.0, 0)
            assert (matrix.step_ahead, matrix.steps_ahead) == (k, (1, 8))
            assert matrix.rows is not None
            assert matrix.columns is not None
            assert matrix.rows.shape == matrix.columns.shape
            assert not torch.equal(matrix.rows, matrix.columns)


# ----------------------------------------------------------------- that it learns


def test_live_settings_act_on_the_next_step() -> None:
    objective, data = made("sound"), toy("sound", 16).data
    losses = set()
    for given in (
        {},
        {"negatives": "same"},
        {"negatives": "same", "left_out": 30},
        {"negatives": "both"},
        {"anchors": 2},
    ):
        values = {setting.key: setting.default for setting in settings_of("cpc")}
        objective.configure(values | given)
        losses.add(float(objective.step(data, seeded()).loss.detach()))
    assert len(losses) == 5


def data_to_learn(kind: str) -> Tensor:
    """Speech of two and a half vowels, or clips."""
    return speak(160, seeded()).data[:, :4000] if kind == "sound" else toy(kind, 160).data


@pytest.mark.parametrize(("kind", "rule"), [("sound", "other"), ("sound", "same"), ("video", "other")])
def test_it_learns_to_tell_the_future_of_unseen_samples(kind: str, rule: str) -> None:
    data, small = data_to_learn(kind), {"width": 24, "z_dim": 16, "context_dim": 32}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        objective = CPC(tuple(data.shape[1:]), values_of("cpc", small | {"negatives": rule}))
    optimiser = torch.optim.AdamW(objective.parameters(), lr=3e-3)
    held_out = Samples(data[:64], {}, torch.zeros((64, 1), dtype=torch.int64))
    for step in range(45):
        chosen = 64 + torch.randperm(96, generator=seeded(step))[:32]
        optimiser.zero_grad()
        objective.step(data[chosen], seeded(step)).loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = objective.eval().steps_ahead(held_out, seeded())
    assert found is not None
    assert float(found.losses[0]) < math.log(CANDIDATES) - 0.1
    assert float(found.accuracy[0]) > 3 / CANDIDATES
