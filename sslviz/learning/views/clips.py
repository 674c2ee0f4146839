"""Parts of clips, and pictures of what was predicted of them."""

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

LARGEST_SIDE = 64
"""pixels of a frame in a picture"""
LONGEST_HORIZON = 10
"""frames that a prediction is rolled out"""


class Context(Group, frozen=True):
    """What a prediction is made from."""

    title: ClassVar[str] = "Context"

    context_frames: Annotated[
        int,
        About(
            label="Context",
            help="Frames that a prediction is made from: two tell where to and how fast, one does not.",
            low=1,
            high=16,
            unit="frames",
        ),
    ] = 4

    def check(self, length: int) -> None:
        """Raises SettingError where clips of ``length`` frames have none after the context."""
        if self.context_frames >= length:
            found = f"Clips have {length} frames, and a context of {self.context_frames} leaves none to predict."
            raise SettingError("context_frames", f"{found} Set context_frames to {length - 1} or less.")


def windows(data: Tensor, ends: Tensor, length: int) -> Tensor:
    """The ``length`` frames up to and with each end: uint8[n · S, length, C, H, W].

    ``data`` uint8[n, T, C, H, W], ``ends`` int64[n, S]. Before a clip there is its first frame.
    """
    frames = (ends[:, :, None] + torch.arange(1 - length, 1, device=ends.device)).clamp(min=0)
    clip = torch.arange(len(data), device=data.device)[:, None, None]
    return data[clip, frames].flatten(0, 1)


def random_windows(data: Tensor, length: int, generator: torch.Generator) -> Tensor:
    """One window of each clip, from anywhere in it: uint8[n, length, C, H, W]."""
    ends = torch.randint(length - 1, data.shape[1], (len(data), 1), generator=generator, device=data.device)
    return windows(data, ends, length)


def last_windows(data: Tensor, context: int, horizon: int) -> tuple[Tensor, Tensor, int]:
    """Context and what follows it, uint8[n, context, C, H, W] and uint8[n, k, C, H, W], and the largest k there is.

    Where the context ends does not depend on ``horizon``, so that a longer one only adds frames.
    """
    longest = min(LONGEST_HORIZON, data.shape[1] - context)
    border = data.shape[1] - longest
    after = min(max(horizon, 1), longest)
    return data[:, border - context : border], data[:, border : border + after], longest


@dataclass(frozen=True)
class Forecast:
    """What followed a context float[n, c, C, H, W] in 0…1, and what was made of it: rows float[n, k, C, H, W] by name.

    ``errors``, ``reference_errors``: float[n, k] of the k frames, called ``error_name`` and ``reference_name``.
    """

    context: Tensor
    rows: Mapping[str, Tensor]
    errors: Tensor
    reference_errors: Tensor
    error_name: str
    reference_name: str
    longest_horizon: int

    def as_images(self) -> ImagePrediction:
        """Return one column per frame, those of the context first."""
        before, after = self.context.shape[1], self.errors.shape[1]
        pictures = [_pictured(self.context, (0, after))]
        pictures += [_pictured(frames, (before, 0)) for frames in self.rows.values()]
        filled = [[1] * before + [0] * after] + [[0] * before + [1] * after] * len(self.rows)
        return ImagePrediction(
            rows=("context", *self.rows),
            columns=(*(f"t{k}" if k else "t" for k in range(1 - before, 1)), *(f"t+{k + 1}" for k in range(after))),
            images=np.stack(pictures, 1),
            filled=np.array(filled, np.uint8),
            errors=_beside(self.errors, before),
            reference_errors=_beside(self.reference_errors, before),
            error_name=self.error_name,
            reference_name=self.reference_name,
            longest_horizon=self.longest_horizon,
        )


def _pictured(frames: Tensor, blank: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """uint8[n, columns, h, w, 3] of float[n, k, C, H, W], with so many blank columns before and after."""
    pictures = thumbnails(frames.flatten(0, 1), LARGEST_SIDE)
    shaped = pictures.reshape(*frames.shape[:2], *pictures.shape[1:])
    return np.pad(shaped, ((0, 0), blank, (0, 0), (0, 0), (0, 0)))


def _beside(errors: Tensor, before: int) -> npt.NDArray[np.float32]:
    """Return float32[n, columns] with NaN in the ``before`` columns of the context."""
    return pad(errors.float(), (before, 0), value=torch.nan).cpu().numpy()
