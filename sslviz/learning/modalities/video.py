"""Clips: uint8[n, T, C, H, W]; a segment is the clip up to a timestep, which is a frame's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Video(Modality):
    """Frames."""

    name: ClassVar[str] = "video"
    frames: ClassVar[int] = 10
    """of a clip that moves under the mouse, the last ones up to the timestep"""

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        row = torch.arange(len(samples))[:, None]
        return {"raw input": samples.data[row, samples.timesteps].flatten(0, 1).flatten(1).float()}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        frames = min(self.frames, samples.data.shape[1])
        steps = torch.arange(1 - frames, 1)
        when = (samples.timesteps[:, :, None] + steps).clamp(min=0)
        clips = samples.data[torch.arange(len(samples))[:, None, None], when]  # [n, S, F, C, H, W]
        pictures = thumbnails(clips.flatten(0, 2), side)
        return SampleCards(pictures.reshape(-1, frames, *pictures.shape[1:]))
