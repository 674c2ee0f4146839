"""Features of the next frame: the regression, its target with and without stop-gradient, and the collapse."""

from __future__ import annotations

import math
from functools import lru_cache

import pytest
import torch
from torch import Tensor
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.datasets.moving_digits import draw_clips
from sslviz.learning.io.handwritten import digit_images
from sslviz.learning.losses.cosine import regression
from sslviz.learning.objectives.feature_prediction import CANDIDATES, FeaturePrediction
from sslviz.learning.outputs import StepOutput

CLIPS = toy("video", 12)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None, seed: int = 0) -> FeaturePrediction:
    objective = build("feature_prediction", "video", given, seed)
    assert isinstance(objective, FeaturePrediction)
    return objective


def on_sphere(*shape: int) -> Tensor:
    return torch.nn.functional.normalize(torch.randn(shape, generator=seeded()), dim=-1)


# ----------------------------------------------------------------- the loss


def test_the_regression_is_the_squared_distance_on_the_sphere() -> None:
    a, b = on_sphere(2, 20, 6)
    expected = sum(
        sum((float(x) - float(y)) ** 2 for x, y in zip(p, t, strict=True)) for p, t in zip(a, b, strict=True)
    )
    assert float(regression(a, b).mean()) == pytest.approx(expected / 20, rel=1e-5)


def test_the_regression_of_equal_opposite_and_unrelated_features() -> None:
    a = on_sphere(50, 8)
    across = torch.stack([-a[:, 1], a[:, 0], -a[:, 3], a[:, 2], -a[:, 5], a[:, 4], -a[:, 7], a[:, 6]], 1)
    found = [float(regression(a, other).mean()) for other in (a, -a, across)]
    assert found == pytest.approx([0, 4, 2], abs=1e-5)


def test_the_loss_begins_near_that_of_unrelated_features() -> None:
    loss = float(steps(made({"head_dim": 64}), "video", 1)[0].loss.detach())
    (line,) = made().reference_lines(64, {})
    assert (line.curve, line.value) == ("loss", 2.0)
    assert loss == pytest.approx(line.value, abs=0.7)


def test_the_step_predicts_the_slower_encoders_feature_of_the_next_frame() -> None:
    """Each part by hand, frame by frame."""
    objective = made({"context_frames": 3}).eval()
    frames = CLIPS.data[:, 4:8].float() / 255
    with torch.no_grad():
        seen, target = objective.features(frames)
        for clip in range(3):
            for time in range(3):
                h = objective.encoder(frames[clip, time][None])
                z = objective.online.projection_head(h)[0]
                torch.testing.assert_close(seen[clip, time], z / z.norm(), rtol=1e-4, atol=1e-5)
            z = objective.momentum_target.projection_head(objective.momentum_target.encoder(frames[clip, 3][None]))[0]
            torch.testing.assert_close(target[clip], z / z.norm(), rtol=1e-4, atol=1e-5)
            predicted = objective.predictor(torch.cat([*seen[clip]])[None])[0]
            torch.testing.assert_close(
                objective.predict(seen)[clip], predicted / predicted.norm(), rtol=1e-4, atol=1e-5
            )


# ----------------------------------------------------------------- the target


def gradient_of_target(objective: FeaturePrediction) -> bool:
    """Whether what is to be predicted would be moved."""
    _, target = objective.features(CLIPS.data[:, :5].float() / 255)
    return target.requires_grad


def test_the_gradient_reaches_the_target_only_without_stop_gradient() -> None:
    objective = made()
    assert not gradient_of_target(objective)
    assert objective.target_network is objective.momentum_target
    objective.configure(values_of("feature_prediction", {"stop_gradient": False}))
    assert gradient_of_target(objective)
    assert objective.target_network is objective.online
    assert not any(parameter.requires_grad for parameter in objective.momentum_target.parameters())


def test_without_stop_gradient_the_target_is_the_encoder_itself() -> None:
    objective = made({"stop_gradient": False, "context_frames": 2}).eval()
    frames = CLIPS.data[:, :3].float() / 255
    _, target = objective.features(frames)
    torch.testing.assert_close(target, objective.online(frames[:, 2]), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("momentum", [0.0, 0.9, 1.0])
def test_the_slower_encoder_is_the_moving_average(momentum: float) -> None:
    objective = made({"ema_momentum": momentum})
    expected = [parameter.clone() for parameter in objective.momentum_target.parameters()]
    for step in range(3):
        with torch.no_grad():
            for parameter in objective.online.parameters():
                parameter += 0.1 * (step + 1)
        objective.after_optimizer_step(StepOutput(torch.zeros(())))
        now = list(objective.online.parameters())
        expected = [momentum * old + (1 - momentum) * new for old, new in zip(expected, now, strict=True)]
    for found, wanted in zip(objective.momentum_target.parameters(), expected, strict=True):
        torch.testing.assert_close(found.detach(), wanted.detach(), rtol=1e-4, atol=1e-5)


def test_the_slower_encoder_stands_still_once_its_momentum_has_risen() -> None:
    objective = made({"ema_momentum": 0.5, "ema_rise_steps": 2})
    seen = []
    for step in (1, 2):
        objective.begin_step(step)
        with torch.no_grad():
            for parameter in objective.online.parameters():
                parameter += 1
        objective.after_optimizer_step(StepOutput(torch.zeros(())))
        seen.append([parameter.clone() for parameter in objective.momentum_target.parameters()])
    first = next(objective.online.parameters()) - 2
    torch.testing.assert_close(seen[0][0], first + 0.25)
    assert all(map(torch.equal, *seen))


def test_the_slower_encoder_begins_as_the_encoder_and_shares_nothing() -> None:
    objective = made()
    pairs = list(zip(objective.momentum_target.parameters(), objective.online.parameters(), strict=True))
    assert all(torch.equal(*pair) for pair in pairs)
    assert all(slow.data_ptr() != online.data_ptr() for slow, online in pairs)


def test_live_settings_and_what_they_do_to_losses() -> None:
    live = {setting.key for setting in settings_of("feature_prediction") if setting.live}
    assert live == {"stop_gradient", "ema_momentum"}
    objective = made()
    assert all(objective.loss_depends_on[key].endswith(".") for key in live)
    assert "width" not in objective.loss_depends_on


# ----------------------------------------------------------------- scores


def test_scores_against_loops() -> None:
    objective = made({"context_frames": 3}).eval()
    predicted, last, target = [], [], []
    with torch.no_grad():
        for clip in range(12):
            for timestep in CLIPS.timesteps[clip].tolist():
                frames = CLIPS.data[clip, timestep - 3 : timestep + 1].float() / 255
                predicted.append(objective.predict(objective.online(frames[None, :3]))[0])
                last.append(objective.momentum_target(frames[2][None])[0])
                target.append(objective.momentum_target(frames[3][None])[0])
        found = objective.scores(CLIPS, seeded())
    centre = torch.stack(target).mean(0)
    variance = sum(float((t - centre).square().sum()) for t in target)
    for key, guesses in (("feature_r2", predicted), ("copy_last_feature_r2", last)):
        error = sum(float((g - t).square().sum()) for g, t in zip(guesses, target, strict=True))
        assert found[key] == pytest.approx(1 - error / variance, rel=1e-3, abs=1e-3)
    std = [math.sqrt(sum(float(t[d] - centre[d]) ** 2 for t in target) / len(target)) for d in range(16)]
    assert found["std"] == pytest.approx(sum(std) / 16, rel=1e-3)
    assert objective.baselines(Split(CLIPS, CLIPS, ())) == {"std_isotropic": 0.25}


def test_pairs_are_predictions_and_the_features_that_came() -> None:
    objective = made().eval()
    with torch.no_grad():
        found = objective.pairs(CLIPS.data, seeded(4))
        output = objective.step(CLIPS.data, seeded(4))
    assert torch.equal(found.z_b, output.kept["features"])
    assert float(regression(found.z_a, found.z_b).mean()) == pytest.approx(float(output.loss), rel=1e-5)
    assert found.images_b is not None
    assert torch.equal(found.images_b, output.kept["frames"])


def test_h_is_the_encoders_output_of_every_frame_of_the_context() -> None:
    objective = made({"context_frames": 2}).eval()
    with torch.no_grad():
        h = objective.encode(CLIPS.data, CLIPS.timesteps)
        timestep = int(CLIPS.timesteps[3, 1])
        parts = objective.encoder(CLIPS.data[3, timestep - 1 : timestep + 1].float() / 255)
    torch.testing.assert_close(h[3 * 2 + 1], parts.flatten(), rtol=1e-4, atol=1e-5)


# ----------------------------------------------------------------- what is drawn of it


def test_the_nearest_frame_is_the_one_whose_feature_is_nearest() -> None:
    objective = made().eval()
    steps(objective.train(), "video", 10)
    objective.eval()
    with torch.no_grad():
        found = objective.image_prediction(CLIPS, 2)
        seen = objective.online(CLIPS.data[:8, 6:10].float() / 255)
        first = objective.predict(seen)
        second = objective.predict(torch.cat([seen[:, 1:], first[:, None]], 1))
        bank = objective.momentum_target(CLIPS.data.flatten(0, 1).float() / 255)
    assert found.rows == ("context", "actual", "nearest to prediction")
    images, errors, copied = found.images[..., 0], found.errors, found.reference_errors
    assert images.shape[:3] == (8, 3, 6)
    for ahead, predicted in enumerate((first, second)):
        for clip in range(8):
            distances = [float((each - predicted[clip]).square().sum()) for each in bank]
            shown = images[clip, 2, 4 + ahead]
            same = (CLIPS.data.flatten(0, 1)[:, 0].numpy() == shown).all((1, 2)).nonzero()[0]
            assert min(distances[frame] for frame in same) == pytest.approx(min(distances), abs=1e-5)
            actual, last = bank[20 * clip + 10 + ahead], bank[20 * clip + 9]
            assert errors[clip, 4 + ahead] == pytest.approx(float((predicted[clip] - actual).square().sum()), abs=1e-4)
            assert copied[clip, 4 + ahead] == pytest.approx(float((last - actual).square().sum()), abs=1e-4)


def test_it_asks_for_more_clips_than_it_shows() -> None:
    assert FeaturePrediction.predicted_samples == CANDIDATES
    with torch.no_grad():
        found = made().eval().image_prediction(toy("video", CANDIDATES), 1)
    assert found.images.shape[0] == 8


# ----------------------------------------------------------------- it learns, and collapses where it may


@lru_cache
def digits() -> tuple[Tensor, Samples]:
    unseen, seen = digit_images(seeded())
    return draw_clips(seen, 600, 1, seeded(1)).data, draw_clips(unseen, 60, 1, seeded(2))


def trained(count: int, given: Values, seed: int) -> dict[str, float]:
    """Scores after a short training, as the trainer makes it, on clips of other digits."""
    objective = made({"width": 8, "head_hidden": 64, "head_dim": 32, **given}, seed)
    data, held_out = digits()
    optimiser = torch.optim.AdamW([p for p in objective.parameters() if p.requires_grad], lr=3e-3)
    losses = []
    for step in range(count):
        chosen = torch.randperm(len(data), generator=seeded(step))[:32]
        output = objective.step(data[chosen], seeded(step))
        optimiser.zero_grad()
        output.loss.backward()
        optimiser.step()
        objective.after_optimizer_step(output)
        losses.append(float(output.loss.detach()))
    with torch.no_grad():
        scores = objective.eval().scores(held_out, seeded())
    return {**{key: float(value) for key, value in scores.items() if isinstance(value, float)}, "loss": losses[-1]}


@pytest.mark.parametrize("seed", [0, 1])
def test_it_predicts_better_than_copying_and_stays_apart(seed: int) -> None:
    found = trained(150, {}, seed)
    assert found["feature_r2"] > found["copy_last_feature_r2"] + 0.05
    assert found["feature_r2"] > 0.7
    assert found["std"] > 0.4 / math.sqrt(32)


@pytest.mark.parametrize("seed", [0, 1])
def test_without_stop_gradient_it_collapses_and_the_loss_looks_perfect(seed: int) -> None:
    found = trained(150, {"stop_gradient": False}, seed)
    assert found["std"] < 0.1 / math.sqrt(32)
    assert found["loss"] < 0.02
