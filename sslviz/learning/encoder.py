"""Base classes of the encoders that a setting chooses by name, and their registry.

Networks that belong to one objective only, as the transformers do, are built from ``networks/`` and not listed here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from sslviz.core.registry import Registry
from sslviz.learning.dataset import Samples
from sslviz.learning.modality import modalities

FRAME_SIDE = 48
"""Maximum height and width of the image that shows a frame, in pixels."""


class Encoder(nn.Module, ABC):
    """Base class of the encoders: one file each in ``encoders/``, decorated with ``@encoders.register``.

    ``help`` is a phrase for the tooltip of the setting that offers the encoder.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    help: ClassVar[str]
    order: ClassVar[int] = 100
    """Position among the choices for the same modality; the lowest is the default."""

    @classmethod
    def choices(cls, modality: str) -> list[type[Self]]:
        """Return the registered subclasses of this class for ``modality``, the default first."""
        choices = [encoder for encoder in encoders if issubclass(encoder, cls) and encoder.modality == modality]
        return sorted(choices, key=lambda encoder: encoder.order)


class ImageEncoder(Encoder, nn.Sequential):
    """Maps images, float[n, channels, H, W] in [0, 1], to h, float[n, h_dim].

    Subclasses append their layers in ``__init__`` and set ``h_dim``.

    Args:
        channels: number of channels of the images.
        width: number of channels of the first layer, for encoders whose width can be set.
    """

    modality: ClassVar[str] = "image"
    h_dim: int

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()


class FrameEncoder(Encoder):
    """Maps samples of one modality to z of each frame, float[n, F, z_dim]; frames are counted from 0.

    Nothing passes from frame to frame. In particular there is no batch norm: its statistics would tell the network
    about other timesteps and other sequences.

    Args:
        sample_shape: shape of one sample: (T, C, H, W) of a clip, (T,) of a sound.
        width: number of channels of the layers.
        z_dim: number of dimensions of z.
    """

    gap: ClassVar[int]
    """Number of frames after the context that are not predicted, because they overlap it or resemble it too much."""
    shown_context: ClassVar[int]
    """Number of frames at the end of a context that are shown beside its predictions."""

    def __init__(self, sample_shape: tuple[int, ...], width: int, z_dim: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, data: Tensor) -> Tensor:
        """Return z, float[n, F, z_dim], of :attr:`Samples.data`."""

    @abstractmethod
    def num_frames(self, length: int) -> int:
        """Return the number of frames F of a sample with ``length`` timesteps."""

    @abstractmethod
    def frame_at(self, timesteps: Tensor) -> Tensor:
        """Return the last frame that has ended at each timestep, int64, at least 0."""

    @abstractmethod
    def end_of(self, frames: Tensor) -> Tensor:
        """Return the timestep at which each frame ends, int64."""

    @abstractmethod
    def offset_label(self, frames: int) -> str:
        """Return the column heading of a frame that is ``frames`` after the anchor, or before it where negative."""

    def frame_images(self, data: Tensor, frames: Tensor) -> npt.NDArray[np.uint8]:
        """Return images of ``frames``, int64[n, m], of the n samples in ``data``: uint8[n, m, h, w, 3]."""
        samples = Samples(data.cpu(), {}, self.end_of(frames.cpu()))
        images = modalities[self.modality]().cards(samples, FRAME_SIDE).frames[:, -1]
        return images.reshape(*frames.shape, *images.shape[1:])


encoders: Registry[Encoder] = Registry("sslviz.learning.encoders")
