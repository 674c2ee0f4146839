"""Segments of sound: the 32 ms before a timestep, and the image of the sound around it."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from sslviz.learning.dataset import Samples
from sslviz.learning.io.mel import HOP, SAMPLE_RATE, WINDOW, log_mel, unit_waves
from sslviz.learning.io.spectrogram import AFTER, LENGTH, VIRIDIS, sound_images, sound_segments, viridis
from sslviz.learning.modality import modalities

SIDE = 48


def numbered(length: int = 4000) -> Tensor:
    """Return two sounds whose audio samples are their own indices, from 1, since silence is 0."""
    return torch.stack([torch.arange(1, length + 1), torch.arange(10_001, 10_001 + length)]).short()


def segment(sound: Tensor, *timesteps: int) -> Samples:
    return Samples(sound, {}, torch.tensor(timesteps).expand(len(sound), len(timesteps)))


def tone(hertz: float, length: int = 4000) -> Tensor:
    return (8000 * torch.sin(2 * math.pi * hertz * torch.arange(length) / SAMPLE_RATE)).short()[None]


def test_the_raw_input_ends_at_the_timestep() -> None:
    raw = modalities["sound"]().raw_inputs(segment(numbered(), 999, 3999))["raw input"]
    ends = (raw * 2**15).round().long()
    assert raw.shape == (4, WINDOW)
    assert ends[:, -1].tolist() == [1000, 4000, 11_000, 14_000]
    assert (ends.diff(dim=1) == 1).all()


def test_sound_is_padded_with_silence_at_the_beginning() -> None:
    raw = modalities["sound"]().raw_inputs(segment(numbered(), 9))["raw input"][0]
    assert (raw[: WINDOW - 10] == 0).all()
    assert (raw[-10:] > 0).all()


def test_the_log_mel_frame_ends_at_the_timestep(generator: torch.Generator) -> None:
    sound = (3000 * torch.randn((2, 2000), generator=generator)).short()
    raw = modalities["sound"]().raw_inputs(segment(sound, WINDOW - 1 + 7 * HOP))
    assert list(raw) == ["raw input", "log-mel"]
    torch.testing.assert_close(raw["log-mel"], log_mel(unit_waves(sound))[:, 7])


def test_a_segment_is_the_sound_around_the_timestep_padded_with_silence() -> None:
    found = sound_segments(numbered(), torch.tensor([[2000, 0], [2000, 3999]]))
    assert found.shape == (4, LENGTH)
    assert found[0, -1 - AFTER] == 2001
    assert (found[0].long().diff() == 1).all()
    assert found[1, -1 - AFTER] == 1
    assert (found[1, : -1 - AFTER] == 0).all()
    assert found[3, -1 - AFTER] == 14_000
    assert (found[3, -AFTER:] == 0).all()


def brightness(picture: np.ndarray) -> np.ndarray:
    """Return each pixel's position in the colour map, float[h, w], from its green channel, which only increases."""
    return picture[..., 1].astype(float)


def spectrogram_of(hertz: float) -> np.ndarray:
    (picture,) = modalities["sound"]().cards(segment(tone(hertz), 2000), SIDE).frames[:, 0]
    return brightness(picture)[SIDE // 4 :]


def test_high_tones_are_drawn_above_low_ones() -> None:
    rows = [int(spectrogram_of(hertz).mean(1).argmax()) for hertz in (200, 500, 1000, 2000, 3500)]
    assert rows == sorted(rows, reverse=True)
    assert len(set(rows)) == 5


def test_later_sound_is_drawn_further_right() -> None:
    sound = tone(1000)
    sound[:, 2000:] = 0
    (picture,) = modalities["sound"]().cards(segment(sound, 2000), SIDE).frames[:, 0]
    bright = brightness(picture)[SIDE // 4 :].max(0)
    border = round(SIDE * (1 - AFTER / LENGTH))
    assert bright[: border - 4].min() > 200
    assert bright[border + 8 :].max() < 100


def test_the_waveform_shows_the_amplitude_and_is_brightest_before_the_timestep() -> None:
    sound = tone(1000)
    sound[:, :2000] //= 4
    (picture,) = modalities["sound"]().cards(segment(sound, 2000 + WINDOW), SIDE).frames[:, 0]
    strip = brightness(picture)[: SIDE // 4]
    high = (strip > strip.min()).sum(0)
    first = round(SIDE * (1 - (AFTER + WINDOW) / LENGTH))
    assert high[first - 3] < high[first + 3] == SIDE // 4
    looked_at = (strip == strip.max()).any(0).nonzero()[0]
    assert abs(int(looked_at[0]) - first) <= 1
    assert abs(len(looked_at) - SIDE * WINDOW / LENGTH) <= 1


def test_silence_is_dark() -> None:
    (picture,) = sound_images(torch.zeros((1, LENGTH), dtype=torch.int16), SIDE)
    assert brightness(picture)[SIDE // 4 :].max() < 40


def test_loudness_does_not_change_an_image(generator: torch.Generator) -> None:
    sound = (2000 * torch.randn((1, LENGTH), generator=generator)).short()
    quiet, loud = sound_images(sound, SIDE), sound_images(4 * sound, SIDE)
    assert np.abs(quiet.astype(int) - loud.astype(int)).max() <= 2


def test_the_colour_map_goes_through_its_anchors_and_stays_within() -> None:
    places = torch.linspace(0, 1, len(VIRIDIS))
    assert [(r << 16) + (g << 8) + b for r, g, b in viridis(places).tolist()] == list(VIRIDIS)
    assert torch.equal(viridis(torch.tensor([-3.0, 7.0])), viridis(torch.tensor([0.0, 1.0])))
    middle = viridis(torch.tensor([1 / 16])).tolist()[0]
    assert middle == [round((0x44 + 0x47) / 2), round((0x01 + 0x2C) / 2), round((0x54 + 0x7A) / 2)]
