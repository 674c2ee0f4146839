"""The encoder of raw sound, as in CPC (van den Oord, Li, Vinyals 2018, https://arxiv.org/abs/1807.03748)."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from sslviz.learning.encoder import encoders
from sslviz.learning.io.mel import WINDOW, unit_waves
from sslviz.learning.networks.sound_frames import SoundEncoder

KERNELS, STRIDES = (10, 8, 4, 4), (5, 4, 2, 2)
"""Kernel sizes and strides of the convolutions; a frame begins every 80 audio samples, the product of the strides."""
RECEPTIVE_FIELD = 225
"""Number of audio samples that the z of a frame depends on."""
GAIN = 8.0
"""Factor that brings speech in [-1, 1] to about unit variance."""


@encoders.register
class WaveformEncoder(SoundEncoder):
    """Strided convolutions on the audio samples (CPC, section 3.1).

    The encoder returns as many frames as the log-mel encoder. A frame depends on the last 225 of the 256 audio samples
    that the log-mel frame with the same index is computed from, so that both frames end at the same time.
    """

    name: ClassVar[str] = "waveform"
    help: ClassVar[str] = "the samples themselves, through strided convolutions, as in the paper; for long runs."

    def __init__(self, sample_shape: tuple[int, ...], width: int, z_dim: int) -> None:
        super().__init__(sample_shape, width, z_dim)
        widths = (1, *(width,) * len(KERNELS))
        convolutions = [
            nn.Sequential(nn.Conv1d(inputs, outputs, kernel, stride), nn.ReLU())
            for (inputs, outputs), kernel, stride in zip(pairwise(widths), KERNELS, STRIDES, strict=True)
        ]
        self.layers = nn.Sequential(*convolutions, nn.Conv1d(width, z_dim, 1))

    def forward(self, data: Tensor) -> Tensor:
        waves = unit_waves(data)[:, None, WINDOW - RECEPTIVE_FIELD :]
        return self.layers(GAIN * waves).transpose(1, 2)  # type: ignore[no-any-return]
