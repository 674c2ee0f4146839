"""Log-mel frames of sound: the log power in 32 mel-spaced frequency bands, 100 times a second.

Sound is int16[n, T]: n sounds of T audio samples each, 8,000 per second. A frame is a Hann window of 32 ms; frames
begin 10 ms apart, and there is no padding. The mel scale is O'Shaughnessy's, 2595 · log10(1 + f / 700 Hz) (Speech
Communication, 1987).
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

SAMPLE_RATE = 8_000
"""Audio samples per second."""
WINDOW, HOP = 256, 80
"""Length of a frame and distance between two frames, in audio samples: 32 ms and 10 ms."""
BANDS = 32
"""Number of mel bands."""
FLOOR = 1e-6
"""Constant added to the power before the logarithm, equivalent to sound 60 dB below full scale."""


def unit_waves(sound: Tensor) -> Tensor:
    """Convert sound, int16[n, T], to float32[n, T] in [-1, 1] by dividing by 32,768."""
    return sound.float() / 2**15


def frame_count(samples: int) -> int:
    """Return the number of frames of a sound of ``samples`` audio samples."""
    return max(0, (samples - WINDOW) // HOP + 1)


def log_mel(waves: Tensor) -> Tensor:
    """Return the natural logarithm of the mean power in each of F frames and 32 bands, float32[n, F, 32].

    ``waves``: float32[n, T] with T ≥ 256 audio samples. Power is scaled so that white noise of variance v has power v
    in every band.
    """
    window = _window(waves.device)
    spectrum = torch.stft(waves, WINDOW, HOP, window=window, center=False, return_complex=True)
    power = (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2) / window.square().sum()
    with torch.autocast(device_type=waves.device.type, enabled=False):
        return (power @ _filters(waves.device).T + FLOOR).log()


def hertz_to_mel(hertz: float) -> float:
    """Convert a frequency in Hz to mel (O'Shaughnessy's scale)."""
    return 2595 * math.log10(1 + hertz / 700)


def mel_to_hertz(mel: float) -> float:
    """Convert a frequency in mel to Hz: the inverse of :func:`hertz_to_mel`."""
    return float(700 * (10 ** (mel / 2595) - 1))


def band_edges() -> list[float]:
    """Return the edges of the 32 mel bands: 34 frequencies in Hz, evenly spaced in mel from 0 to half the sample rate.

    The filter of band b rises from edge b to its peak at edge b + 1 and falls to edge b + 2.
    """
    step = hertz_to_mel(SAMPLE_RATE / 2) / (BANDS + 1)
    return [mel_to_hertz(step * edge) for edge in range(BANDS + 2)]


def mel_filters() -> Tensor:
    """Return the triangular filters of the 32 mel bands, float32[32, 129].

    A row holds the weights of one band for the 129 frequency bins of the Fourier transform of a frame; these weights
    sum to 1.
    """
    edges = torch.tensor(band_edges(), dtype=torch.float64, device="cpu")[:, None]
    bins = torch.arange(WINDOW // 2 + 1, dtype=torch.float64, device="cpu") * SAMPLE_RATE / WINDOW
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    triangles = torch.minimum(rising, falling).clamp(min=0)
    return (triangles / triangles.sum(1, keepdim=True)).float()


@lru_cache
def _filters(device: torch.device) -> Tensor:
    return mel_filters().to(device)


@lru_cache
def _window(device: torch.device) -> Tensor:
    return torch.hann_window(WINDOW, device=device)
