"""Cuts clips into windows, that is, sequences of consecutive frames, and draws predicted frames as images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import pad

from sslviz.core.settings import About, Group, SettingError
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.outputs import ImagePrediction

MAX_SIDE = 64
"""Maximum height and width of a frame that is shown, in pixels."""
MAX_HORIZON = 10
"""Maximum number of frames that a prediction is rolled out."""


class Context(Group, frozen=True):
    """Setting of the context: the number of frames from which the next frame is predicted."""

    title: ClassVar[str] = "Context"

    context_frames: Annotated[
        int,
        About(
            label="Context",
            help="Frames that a prediction is made from: two show direction and speed of a motion, one does not.",
            low=1,
            high=16,
            unit="frames",
        ),
    ] = 4

    def check(self, length: int) -> None:
        """Raise SettingError if clips of ``length`` frames have no frame after the context."""
        if self.context_frames >= length:
            reason = f"Clips have {length} frames, and a context of {self.context_frames} leaves none to predict."
            raise SettingError("context_frames", f"{reason} Set context_frames to {length - 1} or less.")


def windows(data: Tensor, ends: Tensor, length: int) -> Tensor:
    """Return the windows of ``length`` frames that end at the frames ``ends``, uint8[n · S, length, C, H, W].

    ``data``: uint8[n, T, C, H, W]. ``ends``: int64[n, S], the index of the last frame of each of S windows per clip.
    The windows of a clip are next to each other in the result. If a window begins before its clip, the first frame of
    the clip is repeated in place of the missing frames.
    """
    frames = (ends[:, :, None] + torch.arange(1 - length, 1, device=ends.device)).clamp(min=0)
    clip = torch.arange(len(data), device=data.device)[:, None, None]
    return data[clip, frames].flatten(0, 1)


def random_windows(data: Tensor, length: int, generator: torch.Generator) -> Tensor:
    """Return a random window of ``length`` frames of each clip, uint8[n, length, C, H, W].

    ``data``: uint8[n, T, C, H, W], n clips of T frames.
    """
    ends = torch.randint(length - 1, data.shape[1], (len(data), 1), generator=generator, device=data.device)
    return windows(data, ends, length)


def last_windows(data: Tensor, context: int, horizon: int) -> tuple[Tensor, Tensor, int]:
    """Return the frames of each clip to predict from, the frames to predict, and the largest possible ``horizon``.

    Args:
        data: uint8[n, T, C, H, W], n clips of T frames.
        context: the number of frames to predict from.
        horizon: the number of frames to predict, clamped to the range from 1 to the largest possible horizon.

    Returns:
        - uint8[n, context, C, H, W], the frames to predict from, which do not depend on ``horizon``;
        - uint8[n, horizon, C, H, W], the frames that follow them;
        - the largest possible horizon: T - ``context``, but at most :data:`MAX_HORIZON`. The frames to predict begin
          this many frames before the end of the clip.
    """
    longest = min(MAX_HORIZON, data.shape[1] - context)
    start = data.shape[1] - longest
    count = min(max(horizon, 1), longest)
    return data[:, start - context : start], data[:, start : start + count], longest


@dataclass(frozen=True)
class Forecast:
    """Predictions of the k frames after a context of c frames, for n clips; all frames are in [0, 1].

    Attributes:
        context: float[n, c, C, H, W], the frames of the context.
        rows: maps a name, for example "actual" or "predicted", to k frames after the context, float[n, k, C, H, W].
        errors: float[n, k], errors of the prediction.
        reference_errors: float[n, k], errors of a simple prediction for comparison, such as a copy of the last frame.
        error_name, reference_name: names of the two errors, as displayed.
        longest_horizon: the largest k that the user can choose.
        magnitudes: names of the ``rows`` that show magnitudes, such as errors.
    """

    context: Tensor
    rows: Mapping[str, Tensor]
    errors: Tensor
    reference_errors: Tensor
    error_name: str
    reference_name: str
    longest_horizon: int
    magnitudes: tuple[str, ...] = ()

    def as_images(self) -> ImagePrediction:
        """Return a grid of images for each clip, with c columns for the context and k columns for the frames after it.

        The first row of the grid shows the context; each other row shows one series of ``rows``.
        """
        before, after = self.context.shape[1], self.errors.shape[1]
        images = [_padded_images(self.context, (0, after))]
        images += [_padded_images(frames, (before, 0)) for frames in self.rows.values()]
        filled = [[1] * before + [0] * after] + [[0] * before + [1] * after] * len(self.rows)
        return ImagePrediction(
            rows=("context", *self.rows),
            columns=(*(f"t{k}" if k else "t" for k in range(1 - before, 1)), *(f"t+{k + 1}" for k in range(after))),
            images=np.stack(images, 1),
            filled=np.array(filled, np.uint8),
            errors=_padded_errors(self.errors, before),
            reference_errors=_padded_errors(self.reference_errors, before),
            error_name=self.error_name,
            reference_name=self.reference_name,
            longest_horizon=self.longest_horizon,
            magnitudes=self.magnitudes,
        )


def _padded_images(frames: Tensor, blank: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Return the k frames of each of n clips as a row of small images, with black images before and after them.

    ``frames``: float[n, k, C, H, W]. ``blank``: the number of black images before and after the frames. The result is
    uint8[n, blank[0] + k + blank[1], h, w, 3], where h and w are the sides of the small images.
    """
    images = thumbnails(frames.flatten(0, 1), MAX_SIDE)
    images = images.reshape(*frames.shape[:2], *images.shape[1:])
    return np.pad(images, ((0, 0), blank, (0, 0), (0, 0), (0, 0)))


def _padded_errors(errors: Tensor, before: int) -> npt.NDArray[np.float32]:
    """Return errors, float[n, k], as float32[n, before + k]: ``before`` columns of NaN, then the k errors."""
    return pad(errors.float(), (before, 0), value=torch.nan).cpu().numpy()
