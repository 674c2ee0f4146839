"""Next frame: what the loss and the scores are of, what is hidden, how a prediction is rolled out."""

from __future__ import annotations

import math
from functools import lru_cache

import pytest
import torch
from torch import Tensor, nn
from toys import build, settings_of, steps, toy, values_of

from sslviz.core.settings import SettingError, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.datasets.moving_digits import draw_clips
from sslviz.learning.io.handwritten import digit_images
from sslviz.learning.objectives.next_frame import Corruption, NextFrame, corrupt

CLIPS = toy("video", 12)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def made(given: Values | None = None) -> NextFrame:
    objective = build("next_frame", "video", given)
    assert isinstance(objective, NextFrame)
    return objective


class CopyLast(nn.Module):
    """Stands for encoder and decoder: the last of the stacked frames comes out as it went in."""

    def forward(self, stacked: Tensor) -> Tensor:
        return stacked[:, -1:]


def copying(given: Values | None = None) -> NextFrame:
    """An objective that predicts the last frame it is shown."""
    objective = made(given).eval()
    objective.encoder, objective.predictor, objective.decoder = CopyLast(), nn.Identity(), nn.Identity()
    return objective


def frame(clip: int, time: int) -> Tensor:
    return CLIPS.data[clip, time].float() / 255


# ----------------------------------------------------------------- loss and scores


def test_the_score_is_the_mean_squared_error_of_the_frame_at_each_moment() -> None:
    expected = []
    for clip in range(12):
        for timestep in CLIPS.timesteps[clip].tolist():
            wrong = (frame(clip, timestep - 1) - frame(clip, timestep)).square()
            expected.append(sum(wrong.flatten().tolist()) / wrong.numel())
    found = copying().scores(CLIPS, seeded())
    assert found == {"mse": pytest.approx(sum(expected) / len(expected), rel=1e-5)}
    baselines = copying().baselines(Split(CLIPS, CLIPS, ()))
    assert baselines == {"mse_copy_last": pytest.approx(found["mse"], rel=1e-5)}


def test_scores_do_not_depend_on_how_they_are_chunked(monkeypatch: pytest.MonkeyPatch) -> None:
    objective = made().eval()
    with torch.no_grad():
        whole = objective.scores(CLIPS, seeded())
        monkeypatch.setattr("sslviz.learning.objectives.next_frame.CHUNK", 5)
        assert objective.scores(CLIPS, seeded()) == pytest.approx(whole)


def test_the_loss_is_that_of_one_frame_ahead_from_anywhere_in_the_clip() -> None:
    """Of a network that copies, over many draws: the copy-last error over all frames after a context."""
    objective = copying({"context_frames": 3})
    losses = [float(objective.step(CLIPS.data, seeded(seed)).loss) for seed in range(300)]
    frames = CLIPS.data.float() / 255
    expected = float((frames[:, 3:] - frames[:, 2:-1]).square().mean())
    assert sum(losses) / len(losses) == pytest.approx(expected, rel=0.05)


def test_copying_the_last_frame_is_the_line_of_loss_and_score() -> None:
    objective = made()
    assert objective.reference_lines(64, {}) == ()
    lines = objective.reference_lines(64, {"mse_copy_last": 0.03})
    assert {(line.curve, line.value) for line in lines} == {("loss", 0.03), ("mse", 0.03)}


def test_the_context_may_not_fill_the_clip() -> None:
    with pytest.raises(SettingError, match="context_frames"):
        NextFrame((8, 1, 32, 32), values_of("next_frame", {"context_frames": 8}))


# ----------------------------------------------------------------- what the network does without


def test_nothing_is_hidden_at_zero() -> None:
    context = torch.rand((6, 4, 1, 8, 8), generator=seeded())
    assert torch.equal(corrupt(context, Corruption(), seeded()), context)


def test_frames_are_hidden_as_often_as_told_but_never_all() -> None:
    shown = corrupt(torch.ones(4000, 4, 1, 1, 1), Corruption(hidden_frames=0.5), seeded()).flatten(1)
    assert set(shown.unique().tolist()) == {0.0, 1.0}
    assert float(shown.sum(1).min()) == 1
    hidden = 1 - float(shown.mean())
    assert hidden == pytest.approx(0.5 - 0.5**4 / 4, abs=0.015)  # one of four is left where all would go
    assert shown.mean(0).tolist() == pytest.approx([1 - hidden] * 4, abs=0.03)


def test_more_hidden_frames_include_those_hidden_before() -> None:
    context = torch.ones(200, 4, 1, 1, 1)
    few, many = (corrupt(context, Corruption(hidden_frames=share), seeded(2)) for share in (0.2, 0.6))
    assert bool((many <= few).all())
    assert float(many.sum()) < float(few.sum())


def test_noise_has_the_deviation_it_says() -> None:
    noise = corrupt(torch.zeros(200, 4, 1, 8, 8), Corruption(frame_noise=0.3), seeded())
    assert float(noise.std()) == pytest.approx(0.3, abs=0.01)
    assert float(noise.mean()) == pytest.approx(0, abs=0.01)


def test_what_is_hidden_is_in_the_preview_and_not_in_what_is_asked_for() -> None:
    objective = made()
    objective.configure(values_of("next_frame", {"hidden_frames": 0.9}))
    easy, hard = (each.preview(CLIPS.data, seeded(1)) for each in (made(), objective))
    assert list(hard) == ["t-3", "t-2", "t-1", "t", "t+1"]
    assert torch.equal(easy["t+1"], hard["t+1"])
    context = torch.stack([hard[row] for row in list(hard)[:-1]], 1).flatten(2)
    left = context.amax(2) > 0
    assert bool(left.any(1).all())
    assert float(left.float().mean()) < 0.5


def test_nothing_is_hidden_when_it_is_looked_at() -> None:
    objective, hard = made().eval(), made().eval()
    hard.configure(values_of("next_frame", {"hidden_frames": 0.9, "frame_noise": 0.5}))
    with torch.no_grad():
        assert torch.equal(*(each.encode(CLIPS.data, CLIPS.timesteps) for each in (objective, hard)))
        assert objective.scores(CLIPS, seeded()) == hard.scores(CLIPS, seeded())


def test_hidden_frames_make_the_loss_higher_and_incomparable() -> None:
    objective = made()
    steps(objective, "video", 60)
    objective.eval()
    easy = float(objective.step(CLIPS.data, seeded()).loss.detach())
    objective.configure(values_of("next_frame", {"hidden_frames": 0.8}))
    assert float(objective.step(CLIPS.data, seeded()).loss.detach()) > 1.1 * easy
    assert objective.loss_depends_on["hidden_frames"].endswith(".")
    assert "width" not in objective.loss_depends_on
    assert {setting.key for setting in settings_of("next_frame") if setting.live} == {"hidden_frames", "frame_noise"}


# ----------------------------------------------------------------- what is drawn of it


def test_rolling_out_goes_on_from_what_was_predicted() -> None:
    objective = made({"context_frames": 3}).eval()
    context = torch.rand((2, 3, 1, 32, 32), generator=seeded())
    with torch.no_grad():
        first = objective.predict(context)
        second = objective.predict(torch.stack([context[:, 1], context[:, 2], first], 1))
        third = objective.predict(torch.stack([context[:, 2], first, second], 1))
        found = objective.roll_out(context, 3)
    torch.testing.assert_close(found, torch.stack([first, second, third], 1))


def test_strips_compare_with_what_came_and_with_copying() -> None:
    """A network that copies is as wrong as copying, at every horizon."""
    found = copying().image_prediction(CLIPS.first(3), 4)
    assert found.rows == ("context", "actual", "predicted", "error")
    assert found.magnitudes == ("error",)
    assert found.columns == ("t-3", "t-2", "t-1", "t", "t+1", "t+2", "t+3", "t+4")
    assert found.longest_horizon == 10
    images, errors = found.images[..., 0], found.errors
    for clip in range(3):
        assert (images[clip, 0, 3] == CLIPS.data[clip, 9, 0].numpy()).all()
        for ahead in range(4):
            actual = frame(clip, 10 + ahead)
            assert (images[clip, 1, 4 + ahead] == CLIPS.data[clip, 10 + ahead, 0].numpy()).all()
            assert (images[clip, 2, 4 + ahead] == images[clip, 0, 3]).all()
            wrong = float((frame(clip, 9) - actual).square().mean())
            assert float(errors[clip, 4 + ahead]) == pytest.approx(wrong, rel=1e-5)
    assert errors == pytest.approx(found.reference_errors, nan_ok=True)


def test_the_matrix_is_of_the_latents_of_the_batch() -> None:
    objective = made().eval()
    with torch.no_grad():
        output = objective.step(CLIPS.data, seeded(3))
        matrix = objective.matrix(output, CLIPS.data, 1)
    h, n = output.kept["h"], len(CLIPS)
    for i, j in ((0, 0), (0, 1), (3, 7)):
        cosine = float(h[i] @ h[j]) / math.sqrt(float(h[i] @ h[i]) * float(h[j] @ h[j]))
        assert float(matrix.cells[i, j]) == pytest.approx(cosine, abs=1e-5)
    assert (matrix.content, matrix.cells.shape, matrix.shift) == ("latents", (n, n), None)


# ----------------------------------------------------------------- it learns


@lru_cache
def digits(count: int, seed: int) -> Samples:
    unseen, seen = digit_images(seeded())
    return draw_clips(seen if seed else unseen, count, 1, seeded(seed))


def test_a_minute_of_bouncing_digits_beats_copying() -> None:
    """Scores of a short training on other digits: well under copying the last frame."""
    objective, held_out = made({"width": 12}), digits(60, 0)
    data, optimiser = digits(600, 1).data, torch.optim.AdamW(objective.parameters(), lr=4e-3)
    for step in range(120):
        chosen = torch.randperm(len(data), generator=seeded(step))[:32]
        loss = objective.step(data[chosen], seeded(step)).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = objective.eval().scores(held_out, seeded())["mse"]
        copied = objective.baselines(Split(held_out, held_out, ()))["mse_copy_last"]
    assert isinstance(found, float)
    assert isinstance(copied, float)
    assert found < 0.75 * copied
