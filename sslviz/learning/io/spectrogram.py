"""Images of sound segments: the waveform, and below it the log-mel spectrogram with low bands at the bottom.

A segment is the sound around one timestep, which is the index of an audio sample. An image shows a fifth of a second.
The 32 ms of the waveform that end at the timestep are drawn brightest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_max_pool1d, interpolate, pad

from sslviz.learning.io.mel import HOP, WINDOW, log_mel, unit_waves

VIRIDIS = (0x440154, 0x472C7A, 0x3B518B, 0x2C718E, 0x21908D, 0x27AD81, 0x5CC863, 0xAADC32, 0xFDE725)
"""Evenly spaced colours of the colour map by van der Walt and Smith, as 0xRRGGBB; the rest is interpolated linearly."""
FRAMES = 18
"""Number of log-mel frames in an image."""
LENGTH = WINDOW + (FRAMES - 1) * HOP
"""Number of audio samples in an image: a fifth of a second."""
AFTER = LENGTH // 5
"""Number of audio samples shown after the segment's timestep."""
DYNAMIC_RANGE = 5.0
"""Range of ln(power) from the darkest to the brightest colour of an image: 22 dB."""
MIN_LOG_POWER, MIN_AMPLITUDE = -8.0, 0.02
"""Lower bounds of the maxima of both scales (ln(power); share of full scale), so that silence is not amplified."""
WAVE_SHARE = 4
"""Height of an image divided by the height of its waveform."""
BACKGROUND, LINE, HIGHLIGHT = 0.0, 0.55, 1.0
"""Positions in the colour map: the waveform's background, the waveform, and its 32 ms before the segment's timestep."""
CHUNK = 512
"""Number of images that are drawn at once."""


def viridis(values: Tensor) -> Tensor:
    """Return the viridis colours of ``values``, float[...] clamped to [0, 1], as RGB uint8[..., 3]."""
    anchors = torch.tensor([[c >> 16, c >> 8 & 255, c & 255] for c in VIRIDIS], dtype=torch.float32)
    position = values.clamp(0, 1) * (len(VIRIDIS) - 1)
    before = position.long().clamp(max=len(VIRIDIS) - 2)
    share = (position - before)[..., None]
    return (anchors[before] * (1 - share) + anchors[before + 1] * share).round_().byte()


def sound_segments(sound: Tensor, timesteps: Tensor) -> Tensor:
    """Cut the audio around each timestep out of n sounds of T audio samples.

    ``sound``: int16[n, T]. ``timesteps``: int64[n, S], S indices of audio samples for each sound.

    Return int16[n · S, LENGTH], all segments of the first sound first. A segment has :data:`LENGTH` audio samples, of
    which :data:`AFTER` come after the timestep. The sound is padded with silence at both ends.
    """
    padded = pad(sound, (LENGTH, LENGTH)).unfold(1, LENGTH, 1)
    rows = torch.arange(len(sound), device=sound.device)[:, None]
    return padded[rows, timesteps + AFTER + 1].flatten(0, 1)


def sound_images(sound: Tensor, side: int) -> npt.NDArray[np.uint8]:
    """Draw segments of :data:`LENGTH` audio samples, int16[m, LENGTH], as images, uint8[m, side, side, 3]."""
    parts = [_images(unit_waves(part), side) for part in torch.split(sound, CHUNK)]
    return torch.cat(parts).numpy() if parts else np.zeros((0, side, side, 3), np.uint8)


def _images(waves: Tensor, side: int) -> Tensor:
    wave_height = side // WAVE_SHARE
    power = log_mel(waves).transpose(1, 2).flip(1)  # [m, bands, frames], high bands first
    bands = 1 + (power - power.amax((1, 2), keepdim=True).clamp(min=MIN_LOG_POWER)) / DYNAMIC_RANGE
    spectrogram = interpolate(bands[:, None], size=(side - wave_height, side), mode="bilinear", align_corners=False)[
        :, 0
    ]
    return viridis(torch.cat([_wave_strip(waves, wave_height, side), spectrogram], 1))


def _wave_strip(waves: Tensor, height: int, width: int) -> Tensor:
    """Draw m waveforms as images, float32[m, height, width]; pixel values are positions in the colour map, 0 to 1.

    Each column of an image stands for a short stretch of the waveform and shows a vertical line from the minimum to the
    maximum of the audio samples in this stretch. Each waveform is scaled so that its largest amplitude fills the
    height; nearly silent waveforms stay smaller.
    """
    loudest = waves.abs().amax(1).clamp(min=MIN_AMPLITUDE)[:, None, None]
    columns = adaptive_max_pool1d(torch.stack([waves, -waves], 1), width) / loudest
    centres = (1 - (2 * torch.arange(height) + 1) / max(height, 1))[:, None]  # from 1 at the top to -1
    half = 1 / max(height, 1)
    inside = (centres <= columns[:, :1] + half) & (centres >= -columns[:, 1:] - half)
    timestep = (torch.arange(width) + 0.5) / width * LENGTH - (LENGTH - AFTER)  # relative to the segment's timestep
    line = torch.where((timestep < 0) & (timestep >= -WINDOW), HIGHLIGHT, LINE)
    return torch.where(inside, line, BACKGROUND)
