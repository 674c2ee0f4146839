"""The encoder of log-mel frames of sound."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from sslviz.learning.encoder import encoders
from sslviz.learning.io.mel import BANDS, log_mel, unit_waves
from sslviz.learning.networks.sound_frames import SoundEncoder


@encoders.register
class LogMelEncoder(SoundEncoder):
    """Three linear layers on each log-mel frame.

    Each frame is first normalised to zero mean and unit variance over its bands, so that z does not depend on loudness.
    """

    name: ClassVar[str] = "log-mel"
    help: ClassVar[str] = "the power in 32 bands, which learns in a minute."
    order: ClassVar[int] = 0

    def __init__(self, sample_shape: tuple[int, ...], width: int, z_dim: int) -> None:
        super().__init__(sample_shape, width, z_dim)
        self.layers = nn.Sequential(
            nn.LayerNorm(BANDS, elementwise_affine=False),
            nn.Linear(BANDS, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, z_dim),
        )

    def forward(self, data: Tensor) -> Tensor:
        return self.layers(log_mel(unit_waves(data)))  # type: ignore[no-any-return]
