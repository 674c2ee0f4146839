"""Parts of clips and the pictures of forecasts, against loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from sslviz.core.settings import SettingError
from sslviz.learning.views.clips import Context, Forecast, last_windows, random_windows, windows


@pytest.fixture
def clips() -> Tensor:
    """uint8[5, 12, 1, 2, 2]: every frame says which clip and which time it is."""
    number = 20 * torch.arange(5)[:, None] + torch.arange(12)
    return number[:, :, None, None, None].expand(-1, -1, 1, 2, 2).byte().contiguous()


def test_windows_end_where_they_are_told_to(clips: Tensor) -> None:
    ends = torch.tensor([[3, 11], [0, 1], [4, 4], [2, 7], [5, 6]])
    found = windows(clips, ends, 3)
    assert found.shape == (10, 3, 1, 2, 2)
    assert found.dtype == torch.uint8
    for clip in range(5):
        for segment in range(2):
            for frame in range(3):
                time = max(int(ends[clip, segment]) - 2 + frame, 0)
                assert torch.equal(found[2 * clip + segment, frame], clips[clip, time])


def test_random_windows_are_whole_and_come_from_everywhere(clips: Tensor) -> None:
    generator = torch.Generator().manual_seed(0)
    found = torch.cat([random_windows(clips, 4, generator)[None] for _ in range(300)])[..., 0, 0, 0].int()
    assert bool((found.diff(dim=2) == 1).all())
    assert torch.equal(found[..., 0] // 20, torch.arange(5).expand(300, 5).int())
    starts = torch.bincount((found[..., 0] % 20).flatten())
    assert len(starts) == 9
    assert int(starts.min()) > 0.7 * 1500 / 9


def test_last_windows_keep_their_border_whatever_the_horizon(clips: Tensor) -> None:
    for horizon, frames in ((0, 1), (1, 1), (3, 3), (99, 9)):
        before, after, longest = last_windows(clips, 3, horizon)
        assert longest == 9
        assert before[0, :, 0, 0, 0].tolist() == [0, 1, 2]
        assert after[0, :, 0, 0, 0].tolist() == list(range(3, 3 + frames))
    before, after, longest = last_windows(clips, 1, 99)
    assert (longest, before[1, 0, 0, 0, 0], after[1, -1, 0, 0, 0]) == (10, 21, 31)


def test_a_context_must_leave_a_frame_to_predict() -> None:
    Context(context_frames=4).check(5)
    with pytest.raises(SettingError, match=r"^Clips have 4 frames, .* Set context_frames to 3 or less\.$"):
        Context(context_frames=4).check(4)


def test_strips_show_every_frame_in_its_column() -> None:
    context = torch.full((2, 3, 1, 4, 4), 0.2)
    actual, predicted = torch.full((2, 2, 1, 4, 4), 0.4), torch.full((2, 2, 1, 4, 4), 0.6)
    errors = torch.tensor([[0.1, 0.2], [0.3, 0.4]])
    rows = {"actual": actual, "predicted": predicted}
    found = Forecast(context, rows, errors, errors + 1, "error", "copy", 7).as_images()
    assert found.rows == ("context", "actual", "predicted")
    assert found.columns == ("t-2", "t-1", "t", "t+1", "t+2")
    assert found.filled.tolist() == [[1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [0, 0, 0, 1, 1]]
    images = found.images
    assert images.shape == (2, 3, 5, 4, 4, 3)
    assert images[0, :, :, 0, 0, 0].tolist() == [[51, 51, 51, 0, 0], [0, 0, 0, 102, 102], [0, 0, 0, 153, 153]]
    assert np.isnan(found.errors[:, :3].astype(float)).all()
    assert found.errors[:, 3:] == pytest.approx(errors.numpy())
    assert found.reference_errors[:, 3:] == pytest.approx(errors.numpy() + 1)
    assert (found.error_name, found.reference_name, found.longest_horizon) == ("error", "copy", 7)


def test_large_frames_are_shown_smaller() -> None:
    frames = torch.rand((1, 2, 1, 100, 160), generator=torch.Generator().manual_seed(0))
    found = Forecast(frames, {"actual": frames}, torch.zeros(1, 2), torch.zeros(1, 2), "", "", 2).as_images()
    assert found.images.shape == (1, 2, 4, 40, 64, 3)
