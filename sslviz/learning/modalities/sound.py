"""Sound, int16[n, T]: n sounds of T audio samples each, 8,000 per second.

A segment is the sound around one timestep. A timestep is the index of an audio sample.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import pad

from sslviz.learning.dataset import Samples
from sslviz.learning.io.mel import SAMPLE_RATE, WINDOW, log_mel, unit_waves
from sslviz.learning.io.spectrogram import sound_images, sound_segments
from sslviz.learning.modality import Modality, SampleCards, modalities


@modalities.register
class Sound(Modality):
    """The modality of sound.

    Learned representations are compared with two baselines without learning: the 32 ms of the waveform that end at the
    segment's timestep, and the log-mel frame of these 32 ms.
    """

    name: ClassVar[str] = "sound"

    def raw_inputs(self, samples: Samples) -> Mapping[str, Tensor]:
        windows = unit_waves(last_windows(samples.data, samples.timesteps))
        return {"raw input": windows, "log-mel": log_mel(windows)[:, 0]}

    def cards(self, samples: Samples, side: int) -> SampleCards:
        sounds = sound_segments(samples.data, samples.timesteps)
        return SampleCards(sound_images(sounds, side)[:, None], sounds=sounds.numpy(), sample_rate=SAMPLE_RATE)


def last_windows(sound: Tensor, timesteps: Tensor) -> Tensor:
    """Return the 32 ms of sound that end at each timestep, int16[n · S, 256].

    The sound is padded with silence at the beginning. ``sound``: int16[n, T]. ``timesteps``: int64[n, S], S indices of
    audio samples for each of n sounds.
    """
    padded = pad(sound, (WINDOW - 1, 0)).unfold(1, WINDOW, 1)
    rows = torch.arange(len(sound), device=sound.device)[:, None]
    return padded[rows, timesteps].flatten(0, 1)
