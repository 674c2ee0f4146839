"""Log-mel frames of sound: how strong it is in bands that are as wide as the ear's, 100 times a second.

Sound is int16[n, T], 8,000 samples a second. A frame is a Hann window of 32 ms; frames begin 10 ms apart, none reaches
beyond the sound. The mel scale is O'Shaughnessy's, 2595 · log10(1 + f / 700 Hz) (Speech Communication, 1987).
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from torch import Tensor

SAMPLE_RATE = 8_000
"""samples per second"""
WINDOW, HOP = 256, 80
"""samples: 32 ms and 10 ms"""
BANDS = 32
FLOOR = 1e-6
"""added to the power before the logarithm: sound 60 dB below full scale"""


def unit_waves(sound: Tensor) -> Tensor:
    """float32[n, T] in -1…1 of int16[n, T]."""
    return sound.float() / 2**15


def frame_count(samples: int) -> int:
    """How many frames so many samples have."""
    return max(0, (samples - WINDOW) // HOP + 1)


def log_mel(waves: Tensor) -> Tensor:
    """float32[n, F, 32] of float32[n, T] with at least 256 samples: natural logarithm of the mean power in each band.

    Power is scaled so that white noise of variance v has v in every band.
    """
    window = _window(waves.device)
    spectrum = torch.stft(waves, WINDOW, HOP, window=window, center=False, return_complex=True)
    power = (spectrum.real.square() + spectrum.imag.square()).transpose(1, 2) / window.square().sum()
    with torch.autocast(device_type=waves.device.type, enabled=False):
        return (power @ _filters(waves.device).T + FLOOR).log()


def hertz_to_mel(hertz: float) -> float:
    """O'Shaughnessy's scale."""
    return 2595 * math.log10(1 + hertz / 700)


def mel_to_hertz(mel: float) -> float:
    """The inverse of :func:`hertz_to_mel`."""
    return float(700 * (10 ** (mel / 2595) - 1))


def band_edges() -> list[float]:
    """34 frequencies in Hz, evenly spaced in mel up to half the sample rate; band b rises from the b-th to the next."""
    step = hertz_to_mel(SAMPLE_RATE / 2) / (BANDS + 1)
    return [mel_to_hertz(step * edge) for edge in range(BANDS + 2)]


def mel_filters() -> Tensor:
    """float32[32, 129], triangles over the bins of the Fourier transform, each with a sum of 1."""
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
