"""Base classes of the encoders that the user chooses by name in a setting, and the registry of encoders.

Networks that the user cannot choose, such as the transformers, are not registered here. An objective that needs such a
network builds it from the modules in ``networks/``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from torch import Tensor, nn

from sslviz.core.registry import Registry
from sslviz.core.settings import Group, Values
from sslviz.learning.dataset import Samples
from sslviz.learning.io.weights import KEY, State, load_weights
from sslviz.learning.modality import modalities
from sslviz.learning.outputs import PatchFeatures

FRAME_SIDE = 48
"""Maximum height and width of an image returned by :meth:`FrameEncoder.frame_images`, in pixels."""


class Encoder(nn.Module, ABC):
    """Base class of the encoders.

    Every encoder is a subclass in a file of its own in ``encoders/``, decorated with ``@encoders.register``.
    """

    name: ClassVar[str]
    modality: ClassVar[str]
    help: ClassVar[str]
    """Phrase that describes the encoder in the tooltip of the setting by which the user chooses an encoder."""
    order: ClassVar[int] = 100
    """Position among the choices for the same modality; the encoder with the lowest position is the default."""

    @classmethod
    def choices(cls, modality: str) -> list[type[Self]]:
        """Return the registered encoders for ``modality`` that are subclasses of this class.

        They are sorted by :attr:`order`; the first is preselected in the setting by which the user chooses an encoder.
        """
        choices = [encoder for encoder in encoders if issubclass(encoder, cls) and encoder.modality == modality]
        return sorted(choices, key=lambda encoder: encoder.order)

    @classmethod
    def missing(cls) -> str:
        """Return which package has to be installed first, and how, in a sentence; empty if none. Fast."""
        return ""


class BuildingCode(NamedTuple):
    """Python code that builds the network of an encoder without sslviz, so that its weights can be used elsewhere.

    ``needs``: the packages that it needs, for people. ``imports``: lines that import them. ``text``: lines that build
    the network as ``encoder``, with the parameters under the same names. ``inputs``: an expression that makes its input
    of ``data``, uint8[n, 3, H, W].
    """

    needs: str
    imports: tuple[str, ...]
    text: str
    inputs: str


class ImageEncoder(Encoder, nn.Sequential):
    """Base class of encoders that map n images, float[n, channels, height, width] in [0, 1], to h, float[n, h_dim].

    Subclasses append their layers in ``__init__`` and set ``h_dim``.

    Args:
        channels: number of channels of the images.
        width: number of channels of the first layer; ignored by encoders that have no such width.
    """

    modality: ClassVar[str] = "image"
    groups: ClassVar[tuple[type[Group], ...]] = ()
    """Settings of this encoder alone. The settings form offers them if the encoder is chosen."""
    h_dim: int
    frozen: bool = False
    """Whether the weights stay as they are; see :meth:`freeze`."""
    expected_side: int | None = None
    """Height and width, in pixels, of the images that the weights were trained on; None if random or unknown."""
    rate_factor: float = 1.0
    """Factor of the learning rate with which the weights are trained, for example lower if they are pretrained."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()

    def freeze(self) -> None:
        """Keep the weights as they are: the parameters get no gradient, and the encoder stays in evaluation mode."""
        self.frozen = True
        self.requires_grad_(False)
        self.eval()

    def train(self, mode: bool = True) -> Self:
        return super().train(mode and not self.frozen)

    def load_weights(self, state: State, source: str) -> None:
        """Copy the tensors ``state``, as of another encoder of this class, into this encoder.

        ``source``: the file or the like, for error messages.

        Raises:
            SettingError: tensors are missing, unexpected, or of another shape.
        """
        load_weights(self, state, source)

    @classmethod
    def build(cls, sample_shape: tuple[int, ...], width: int, values: Values) -> Self:
        """Return the encoder, untrained, for images of ``sample_shape``, which is (channels, height, width).

        An encoder with ``groups`` overrides this method to read its settings from ``values``, the values of all
        settings of the run. ``width`` is as in the constructor.
        """
        return cls(sample_shape[0], width)

    @classmethod
    def needs_download(cls, values: Values) -> bool:
        """Return whether :meth:`build` would download weights; ``values`` as there. Fast, and without the network."""
        return False

    @classmethod
    def begins_trained(cls, values: Values) -> bool:
        """Return whether the encoder begins with weights that are not random; ``values`` as in :meth:`build`."""
        return bool(values.get(KEY))

    @classmethod
    def at_hand(cls) -> PretrainedAtHand | None:
        """Return a pretrained network of this class that can be built without a download; None if there is none.

        Implementations must be fast if there is none, and must not use the network.
        """
        return None

    @classmethod
    def gives_patches(cls) -> bool:
        """Return whether this encoder has features of single patches, see :meth:`patch_features`."""
        return cls.patch_features is not ImageEncoder.patch_features

    @property
    def code(self) -> BuildingCode | None:
        """The code that builds this network without sslviz; None if that would take more than a few lines."""
        return None

    def patch_features(self, images: Tensor) -> PatchFeatures | None:
        """Return the features of the patches of ``images``; None if the encoder does not read an image by patches."""
        return None


class PretrainedAtHand(NamedTuple):
    """A pretrained network whose weights are on this machine.

    ``name``: its name for people, such as "resnet18". ``encoder``, ``values``: the class and the settings by which it
    is built, see :meth:`ImageEncoder.build`.
    """

    name: str
    encoder: type[ImageEncoder]
    values: Values


class FrameEncoder(Encoder):
    """Base class of encoders that map n clips or sounds of F frames to one vector per frame, float[n, F, z_dim].

    The vector is called z, as in the paper on CPC: the loss is computed from it without a projection head.

    A frame is one image of a clip, or a short window of a sound. Frames are numbered from 0. The z of a frame depends
    on this frame only. Therefore these encoders have no batch norm, whose statistics would leak information between
    frames and between samples.

    Args:
        sample_shape: shape of one sample: (frames, channels, height, width) of a clip, (audio samples,) of a sound.
        width: number of channels of the layers; the encoder of clips has a quarter of it in its first layer and half of
            it in the others.
        z_dim: number of dimensions of z.
    """

    gap: ClassVar[int]
    """Number of unpredicted frames after the context: frames that overlap the context or resemble it too much."""
    shown_context: ClassVar[int]
    """Number of the last frames of a context whose images are shown beside the predictions made from this context."""

    def __init__(self, sample_shape: tuple[int, ...], width: int, z_dim: int) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, data: Tensor) -> Tensor:
        """Return one vector z for each of the F frames of each of n samples, float[n, F, z_dim].

        ``data``: n clips or sounds, as in :attr:`Samples.data`.
        """

    @abstractmethod
    def num_frames(self, length: int) -> int:
        """Return the number of frames F of a clip of ``length`` images, or a sound of ``length`` audio samples."""

    @abstractmethod
    def frame_at(self, timesteps: Tensor) -> Tensor:
        """Return the index of the last frame that ends at or before each timestep, int64; 0 if none ends so early."""

    @abstractmethod
    def end_of(self, frames: Tensor) -> Tensor:
        """Return the timestep at which each frame ends, int64; ``frames``: indices of the frames, int64."""

    @abstractmethod
    def offset_label(self, frames: int) -> str:
        """Return the heading of one column of a grid of frames that the window shows, such as "+20 ms" or "now".

        The columns of this grid are frames before and after the time at which a prediction is made. ``frames`` is the
        number of frames from the last input frame of the prediction to the frame of this column. It is negative for
        frames before the last input frame.
        """

    def frame_images(self, data: Tensor, frames: Tensor) -> npt.NDArray[np.uint8]:
        """Return images of m frames of each of n samples, uint8[n, m, height, width, 3], to show in the window.

        Frames of a sound are drawn by the sound modality, frames of a clip are images themselves.

        ``data``: the n samples, as in :attr:`Samples.data`. ``frames``: int64[n, m], the indices of the frames.
        """
        samples = Samples(data.cpu(), {}, self.end_of(frames.cpu()))
        images = modalities[self.modality]().cards(samples, FRAME_SIDE).frames[:, -1]
        return images.reshape(*frames.shape, *images.shape[1:])


encoders: Registry[Encoder] = Registry("sslviz.learning.encoders")
