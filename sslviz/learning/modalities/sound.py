"""Sound: int16[n, T], 8,000 samples a second; a segment is the sound around a timestep, which is a sample's number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from sslviz.learning.dataset import Samples
from sslviz.learning.io.mel import WINDOW, log_mel, unit_waves
from sslviz.learning.io.spectrogram import segments, sound_pictures
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Sound(Modality):
    """Speech, music, noises."""

    name: ClassVar[str] = "sound"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        windows = unit_waves(endings(samples.data, samples.timesteps))
        return {"raw input": windows, "log-mel": log_mel(windows)[:, 0]}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        return SampleCards(sound_pictures(segments(samples.data, samples.timesteps), side)[:, None])


def endings(sound: Tensor, timesteps: Tensor) -> Tensor:
    """The 32 ms that end with each timestep, int16[n · S, 256] of int16[n, T]; silence before the beginning."""
    padded = pad(sound, (WINDOW - 1, 0)).unfold(1, WINDOW, 1)
    rows = torch.arange(len(sound), device=sound.device)[:, None]
    return padded[rows, timesteps].flatten(0, 1)
