"""Encoders of single frames: z_t of a clip's picture, or of 32 ms of sound. Nothing passes from frame to frame.

There is no batch norm: its statistics would tell the network of other times and sequences.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import pairwise
from typing import Annotated, ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from sslviz.core.settings import About, Group
from sslviz.learning.dataset import Samples
from sslviz.learning.io.mel import BANDS, HOP, SAMPLE_RATE, WINDOW, frame_count, log_mel, unit_waves
from sslviz.learning.modality import modalities
from sslviz.learning.networks.convolutional import DEVIATION, MEAN
from sslviz.learning.views.augment import unit_images

LOG_MEL, WAVEFORM = "log-mel", "waveform"
SIDE = 48
"""pixels of a frame's picture"""


class FrameNetwork(Group, frozen=True):
    """What is trained."""

    title: ClassVar[str] = "Network"

    hears: Annotated[
        str,
        About(
            label="Hears",
            help="What the encoder is given of sound. log-mel: the power in 32 bands, which learns in a minute. "
            "waveform: the samples themselves, through strided convolutions, as in the paper; for long runs.",
            choices=(LOG_MEL, WAVEFORM),
            modalities=("sound",),
        ),
    ] = LOG_MEL
    width: Annotated[
        int,
        About(label="Width", help="Channels of the frame encoder's layers.", low=4, high=1024, log=True),
    ] = 128
    z_dim: Annotated[
        int,
        About(label="Latent, per frame", help="Dimensions of z, which the encoder gives of a frame.", low=2, high=1024),
    ] = 64
    context_dim: Annotated[
        int,
        About(
            label="Context",
            help="Dimensions of c, what the GRU keeps of all frames so far; the map shows c.",
            low=2,
            high=2048,
        ),
    ] = 128


class FrameEncoder(nn.Module, ABC):
    """From samples of one modality to z of each frame, float[n, F, Z]; frames are counted from 0."""

    modality: ClassVar[str]
    skipped: ClassVar[int]
    """frames after the context that are not predicted, since they share something with it"""
    shown_before: ClassVar[int]
    """how many frames are worth showing of a context"""

    @abstractmethod
    def forward(self, data: Tensor) -> Tensor:
        """z, float[n, F, Z], of :attr:`Samples.data`."""

    @abstractmethod
    def count(self, length: int) -> int:
        """F of samples so long."""

    @abstractmethod
    def frame_at(self, timesteps: Tensor) -> Tensor:
        """The last frame that has ended at each timestep, int64, at least 0."""

    @abstractmethod
    def end_of(self, frames: Tensor) -> Tensor:
        """The timestep at which each frame ends, int64."""

    @abstractmethod
    def later(self, frames: int) -> str:
        """What a person is told of a frame so many later than another, earlier where negative."""

    def pictures(self, data: Tensor, frames: Tensor) -> npt.NDArray[np.uint8]:
        """uint8[n, m, h, w, 3], how int64[n, m] frames of samples are shown."""
        samples = Samples(data.cpu(), {}, self.end_of(frames.cpu()))
        cards = modalities[self.modality]().cards(samples, SIDE).frames[:, -1]
        return cards.reshape(*frames.shape, *cards.shape[1:])


class SoundEncoder(FrameEncoder):
    """Sound int16[n, T], a frame every 10 ms."""

    modality: ClassVar[str] = "sound"
    skipped: ClassVar[int] = (WINDOW - 1) // HOP + 3
    """the window's overlap, and 30 ms more, over which pitch and pulse give a frame away"""
    shown_before: ClassVar[int] = 1

    def count(self, length: int) -> int:
        return frame_count(length)

    def frame_at(self, timesteps: Tensor) -> Tensor:
        return ((timesteps - WINDOW + 1) // HOP).clamp(min=0)

    def end_of(self, frames: Tensor) -> Tensor:
        return frames * HOP + WINDOW - 1

    def later(self, frames: int) -> str:
        return f"{frames * HOP * 1000 // SAMPLE_RATE:+d} ms" if frames else "now"


class LogMelEncoder(SoundEncoder):
    """Log-mel frames, each brought to zero mean and unit variance over its bands, so that loudness does not count."""

    def __init__(self, settings: FrameNetwork) -> None:
        super().__init__()
        width = settings.width
        self.layers = nn.Sequential(
            nn.LayerNorm(BANDS, elementwise_affine=False),
            nn.Linear(BANDS, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, settings.z_dim),
        )

    def forward(self, data: Tensor) -> Tensor:
        return self.layers(log_mel(unit_waves(data)))  # type: ignore[no-any-return]


class WaveformEncoder(SoundEncoder):
    """Strided convolutions on samples (section 3.1), as many frames as there are log-mel frames and at their places.

    The strides' product is 80 samples; a frame sees the last 225 of the 256 of a log-mel frame.
    """

    KERNELS, STRIDES = (10, 8, 4, 4), (5, 4, 2, 2)
    SEEN = 225
    GAIN = 8.0
    """brings speech to about unit variance"""

    def __init__(self, settings: FrameNetwork) -> None:
        super().__init__()
        widths = (1, *(settings.width,) * len(self.KERNELS))
        convolutions = [
            nn.Sequential(nn.Conv1d(inputs, outputs, kernel, stride), nn.ReLU())
            for (inputs, outputs), kernel, stride in zip(pairwise(widths), self.KERNELS, self.STRIDES, strict=True)
        ]
        self.layers = nn.Sequential(*convolutions, nn.Conv1d(settings.width, settings.z_dim, 1))

    def forward(self, data: Tensor) -> Tensor:
        late = unit_waves(data)[:, None, WINDOW - self.SEEN :]  # so that frames end where log-mel frames do
        return self.layers(self.GAIN * late).transpose(1, 2)  # type: ignore[no-any-return]


class ClipEncoder(FrameEncoder):
    """Three 3×3 convolutions of stride 2 on every picture of a clip, uint8[n, T, C, H, W], and a linear layer.

    Places are kept, not averaged over: where something is belongs to what comes next.
    """

    modality: ClassVar[str] = "video"
    skipped: ClassVar[int] = 0
    shown_before: ClassVar[int] = 4
    NARROWER = 4
    """The first layer has the width divided by this"""

    def __init__(self, settings: FrameNetwork, shape: tuple[int, ...]) -> None:
        super().__init__()
        _, channels, height, width = shape
        first = max(1, settings.width // self.NARROWER)
        widths = (channels, first, 2 * first, 2 * first)
        convolutions = [
            nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ReLU())
            for inputs, outputs in pairwise(widths)
        ]
        for _ in convolutions:
            height, width = (height + 1) // 2, (width + 1) // 2
        self.layers = nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(widths[-1] * height * width, settings.z_dim))

    def forward(self, data: Tensor) -> Tensor:
        pictures = (unit_images(data.flatten(0, 1)) - MEAN) / DEVIATION
        return self.layers(pictures).unflatten(0, data.shape[:2])  # type: ignore[no-any-return]

    def count(self, length: int) -> int:
        return length

    def frame_at(self, timesteps: Tensor) -> Tensor:
        return timesteps

    def end_of(self, frames: Tensor) -> Tensor:
        return frames

    def later(self, frames: int) -> str:
        return f"t{frames:+d}".replace("-", "−") if frames else "t"


def frame_encoder(settings: FrameNetwork, sample_shape: tuple[int, ...]) -> FrameEncoder:
    """The encoder for samples of this shape: clips [T, C, H, W], or sound [T]."""
    if len(sample_shape) == 4:
        return ClipEncoder(settings, sample_shape)
    return WaveformEncoder(settings) if settings.hears == WAVEFORM else LogMelEncoder(settings)
