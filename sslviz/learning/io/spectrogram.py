"""Sound made visible: its waveform above its log-mel frames, low bands below; the frame in question is brightest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_max_pool1d, interpolate, pad

from sslviz.learning.io.mel import HOP, WINDOW, log_mel, unit_waves

VIRIDIS = (0x440154, 0x472C7A, 0x3B518B, 0x2C718E, 0x21908D, 0x27AD81, 0x5CC863, 0xAADC32, 0xFDE725)
"""of van der Walt and Smith, evenly spaced; between them colours are mixed"""
FRAMES = 18
LENGTH = WINDOW + (FRAMES - 1) * HOP
"""of a picture: a fifth of a second"""
AFTER = LENGTH // 5
"""samples that are shown beyond the timestep in question"""
DEPTH = 5.0
"""ln of power between a picture's brightest colour and the darkest: 22 dB"""
QUIETEST, FAINTEST = -8.0, 0.02
"""what fills the scale at least: ln of power, and of a waveform's full scale; so silence looks silent"""
WAVE_SHARE = 4
"""the waveform takes so great a part of the height: one in this many pixels"""
GROUND, LINE, ENDING = 0.0, 0.55, 1.0
"""places in the colour map: the waveform's ground, the waveform, and the 32 ms that end with the timestep shown"""
CHUNK = 512


def viridis(values: Tensor) -> Tensor:
    """uint8[..., 3] of float[...] in 0…1; what is beyond takes the colour of the end."""
    anchors = torch.tensor([[c >> 16, c >> 8 & 255, c & 255] for c in VIRIDIS], dtype=torch.float32)
    place = values.clamp(0, 1) * (len(VIRIDIS) - 1)
    before = place.long().clamp(max=len(VIRIDIS) - 2)
    share = (place - before)[..., None]
    return (anchors[before] * (1 - share) + anchors[before + 1] * share).round_().byte()


def segments(sound: Tensor, timesteps: Tensor) -> Tensor:
    """What is shown around timesteps int64[n, S] of int16[n, T]: int16[n · S, LENGTH], silence beyond the ends."""
    padded = pad(sound, (LENGTH, LENGTH)).unfold(1, LENGTH, 1)
    rows = torch.arange(len(sound), device=sound.device)[:, None]
    return padded[rows, timesteps + AFTER + 1].flatten(0, 1)


def sound_pictures(sound: Tensor, side: int) -> npt.NDArray[np.uint8]:
    """uint8[m, side, side, 3] of segments int16[m, LENGTH]."""
    parts = [_pictures(unit_waves(part), side) for part in torch.split(sound, CHUNK)]
    return torch.cat(parts).numpy() if parts else np.zeros((0, side, side, 3), np.uint8)


def _pictures(waves: Tensor, side: int) -> Tensor:
    high = side // WAVE_SHARE
    power = log_mel(waves).transpose(1, 2).flip(1)  # [m, bands, frames], high bands first
    bands = 1 + (power - power.amax((1, 2), keepdim=True).clamp(min=QUIETEST)) / DEPTH
    below = interpolate(bands[:, None], size=(side - high, side), mode="bilinear", align_corners=False)[:, 0]
    return viridis(torch.cat([_wave_strip(waves, high, side), below], 1))


def _wave_strip(waves: Tensor, height: int, width: int) -> Tensor:
    """Places in the colour map, float32[m, height, width]: in each column all that lies between the extremes."""
    loudest = waves.abs().amax(1).clamp(min=FAINTEST)[:, None, None]
    columns = adaptive_max_pool1d(torch.stack([waves, -waves], 1), width) / loudest
    centres = (1 - (2 * torch.arange(height) + 1) / max(height, 1))[:, None]  # from 1 at the top to -1
    half = 1 / max(height, 1)
    inside = (centres <= columns[:, :1] + half) & (centres >= -columns[:, 1:] - half)
    sample = (torch.arange(width) + 0.5) / width * LENGTH - (LENGTH - AFTER)
    line = torch.where((sample < 0) & (sample >= -WINDOW), ENDING, LINE)
    return torch.where(inside, line, GROUND)
