"""Clips, uint8[n, frames, channels, height, width].

A segment is the part of a clip up to one timestep, which is the index of a frame.
"""

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
    """The modality of clips.

    The raw input, the baseline that learned representations are compared with, is the pixels of the frame at the
    segment's timestep.
    """

    name: ClassVar[str] = "video"
    frames: ClassVar[int] = 10
    """Maximum number of frames, up to the timestep, that are played while the user points at a segment."""

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        row = torch.arange(len(samples))[:, None]
        return {"raw input": samples.data[row, samples.timesteps].flatten(0, 1).flatten(1).float()}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        frames = min(self.frames, samples.data.shape[1])
        offsets = torch.arange(1 - frames, 1)
        shown = (samples.timesteps[:, :, None] + offsets).clamp(min=0)
        clips = samples.data[torch.arange(len(samples))[:, None, None], shown]  # [n, S, F, C, H, W]
        images = thumbnails(clips.flatten(0, 2), side)
        return SampleCards(images.reshape(-1, frames, *images.shape[1:]))
