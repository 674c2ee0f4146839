"""Log-mel frames against a slow reference, and against closed forms for sines, noise and silence."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from sslviz.learning.io.mel import (
    BANDS,
    FLOOR,
    HOP,
    SAMPLE_RATE,
    WINDOW,
    band_edges,
    frame_count,
    hertz_to_mel,
    log_mel,
    mel_filters,
    mel_to_hertz,
    unit_waves,
)


def slow_log_mel(wave: Tensor) -> Tensor:
    """Compute the frames of one sound, float32[T], from the definitions, in loops over frames, bins and bands."""
    time = torch.arange(WINDOW, dtype=torch.float64)
    window = 0.5 - 0.5 * torch.cos(2 * math.pi * time / WINDOW)
    turns = 2 * math.pi * torch.arange(WINDOW // 2 + 1)[:, None] * time / WINDOW
    edges, rows = band_edges(), []
    for first in range(0, len(wave) - WINDOW + 1, HOP):
        frame = wave[first : first + WINDOW].double() * window
        squares = (turns.cos() @ frame).square() + (turns.sin() @ frame).square()
        powers = (squares / window.square().sum()).tolist()
        rows.append([math.log(_band_power(powers, *edges[band : band + 3]) + FLOOR) for band in range(BANDS)])
    return torch.tensor(rows)


def _band_power(powers: list[float], left: float, centre: float, right: float) -> float:
    weights = []
    for bin_ in range(len(powers)):
        hertz = bin_ * SAMPLE_RATE / WINDOW
        rising, falling = (hertz - left) / (centre - left), (right - hertz) / (right - centre)
        weights.append(max(0.0, min(rising, falling)))
    return sum(w * p for w, p in zip(weights, powers, strict=True)) / sum(weights)


def test_equals_the_slow_reference(generator: torch.Generator) -> None:
    waves = 0.2 * torch.randn((2, 620), generator=generator)
    found = log_mel(waves)
    assert found.shape == (2, frame_count(620), BANDS)
    for wave, frames in zip(waves, found, strict=True):
        torch.testing.assert_close(frames, slow_log_mel(wave), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (255, 0), (256, 1), (335, 1), (336, 2), (9600, 117)])
def test_there_are_as_many_frames_as_fit(samples: int, frames: int) -> None:
    assert frame_count(samples) == frames
    if frames:
        assert log_mel(torch.zeros((1, samples))).shape[1] == frames


def test_the_scale_is_linear_in_mel_and_1000_hertz_are_1000_mel() -> None:
    assert hertz_to_mel(1000) == pytest.approx(1000, abs=0.1)
    assert mel_to_hertz(hertz_to_mel(317.0)) == pytest.approx(317)
    mels = [hertz_to_mel(edge) for edge in band_edges()]
    steps = [after - before for before, after in pairwise(mels)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert band_edges()[-1] == pytest.approx(SAMPLE_RATE / 2)


def test_filters_are_means_over_their_own_bins() -> None:
    filters, edges = mel_filters(), band_edges()
    assert filters.shape == (BANDS, WINDOW // 2 + 1)
    torch.testing.assert_close(filters.sum(1), torch.ones(BANDS))
    for band, weights in enumerate(filters):
        heard = weights.nonzero().flatten() * SAMPLE_RATE / WINDOW
        assert len(heard)
        assert edges[band] < float(heard.min())
        assert float(heard.max()) < edges[band + 2]


def test_white_noise_has_its_variance_in_every_band(generator: torch.Generator) -> None:
    power = log_mel(0.3 * torch.randn((64, 8000), generator=generator)).exp().mean((0, 1))
    torch.testing.assert_close(power, torch.full((BANDS,), 0.09), rtol=0.05, atol=0)


@pytest.mark.parametrize("band", [4, 12, 20, 31])
def test_a_sine_is_loudest_in_its_band(band: int) -> None:
    wave = torch.sin(2 * math.pi * band_edges()[band + 1] * torch.arange(2000) / SAMPLE_RATE)
    assert (log_mel(wave[None])[0].argmax(1) == band).all()


def test_twice_as_loud_is_four_times_the_power(generator: torch.Generator) -> None:
    waves = 0.2 * torch.randn((1, 1000), generator=generator)
    torch.testing.assert_close(
        log_mel(2 * waves) - log_mel(waves), torch.full((1, 10, BANDS), math.log(4)), atol=1e-3, rtol=0
    )


def test_a_shift_by_one_hop_is_a_shift_by_one_frame(generator: torch.Generator) -> None:
    waves = torch.randn((1, 2000), generator=generator)
    torch.testing.assert_close(log_mel(waves[:, HOP:]), log_mel(waves)[:, 1:])


def test_silence_is_finite() -> None:
    torch.testing.assert_close(log_mel(torch.zeros((1, 400))), torch.full((1, 2, BANDS), math.log(FLOOR)))


def test_full_scale_is_one() -> None:
    assert unit_waves(torch.tensor([[-(2**15), 0, 2**14]], dtype=torch.int16)).tolist() == [[-1, 0, 0.5]]
