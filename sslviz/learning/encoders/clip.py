"""The encoder of clips, which encodes every frame separately."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

from torch import Tensor, nn

from sslviz.learning.encoder import FrameEncoder, encoders
from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.views.augment import unit_images

WIDTH_DIVISOR = 4
"""Ratio of ``width`` to the number of channels of the first layer."""


@encoders.register
class ClipEncoder(FrameEncoder):
    """Three 3×3 convolutions of stride 2 and a linear layer, applied to every frame of clips.

    The input is uint8[n, T, C, H, W], n clips of T frames.

    The feature maps are flattened, not averaged over positions, before the linear layer: the encoder must keep where
    an object is, since the future of the clip depends on this.
    """

    name: ClassVar[str] = "clip"
    modality: ClassVar[str] = "video"
    help: ClassVar[str] = "three strided convolutions on every frame."
    gap: ClassVar[int] = 0
    shown_context: ClassVar[int] = 4

    def __init__(self, sample_shape: tuple[int, ...], width: int, z_dim: int) -> None:
        super().__init__(sample_shape, width, z_dim)
        _, channels, rows, columns = sample_shape
        first = max(1, width // WIDTH_DIVISOR)
        widths = (channels, first, 2 * first, 2 * first)
        convolutions = [
            nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU())
            for inputs, outputs in pairwise(widths)
        ]
        for _ in convolutions:
            rows, columns = (rows + 1) // 2, (columns + 1) // 2
        self.layers = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(widths[-1] * rows * columns, z_dim))

    def forward(self, data: Tensor) -> Tensor:
        frames = (unit_images(data.flatten(0, 1)) - MEAN) / DEVIATION
        return self.layers(frames).unflatten(0, data.shape[:2])  # type: ignore[no-any-return]

    def num_frames(self, length: int) -> int:
        return length

    def frame_at(self, timesteps: Tensor) -> Tensor:
        return timesteps

    def end_of(self, frames: Tensor) -> Tensor:
        return frames

    def offset_label(self, frames: int) -> str:
        return f"t{frames:+d}".replace("-", "−") if frames else "t"
