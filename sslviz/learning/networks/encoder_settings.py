"""Settings of the networks whose encoder the user chooses by name in the window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from torch import nn

from sslviz.core.settings import FOLDER, About, Group, Setting, SettingError, Values, format_value
from sslviz.learning.encoder import Encoder, FrameEncoder, ImageEncoder
from sslviz.learning.io.weights import FILES, are_loaded, read_weights, run_values
from sslviz.learning.networks.heads import mlp

DEFAULT_IMAGE, DEFAULT_SOUND = "small", "log-mel"
CLIP_DIMS = 4
"""Number of dimensions of a clip, (T, C, H, W); a sound has one."""


def image_encoders() -> dict[str, type[ImageEncoder]]:
    """Return the registered encoders of images by name, in the order of the choices."""
    return {encoder.name: encoder for encoder in ImageEncoder.choices("image")}


def patch_encoders() -> tuple[str, ...]:
    """Return the names of the encoders that have features of single patches."""
    return tuple(name for name, encoder in image_encoders().items() if encoder.gives_patches())


def sound_encoders() -> dict[str, type[FrameEncoder]]:
    """Return the registered encoders of sound by name, in the order of the choices."""
    return {encoder.name: encoder for encoder in FrameEncoder.choices("sound")}


def _offering(settings: Iterable[Setting], key: str, choices: Mapping[str, type[Encoder]]) -> tuple[Setting, ...]:
    """Return ``settings``; the one called ``key`` offers the encoders ``choices``, and describes them in its help.

    Encoders that need a package are not available without it.
    """
    missing = {name: text for name, encoder in choices.items() if (text := encoder.missing())}
    texts = " ".join(f"{name}: {encoder.help}" for name, encoder in choices.items())
    return tuple(
        msgspec.structs.replace(each, choices=tuple(choices), help=f"{each.help} {texts}".lstrip(), unavailable=missing)
        if each.key == key
        else each
        for each in settings
    )


class ImageEncoding(Group, frozen=True):
    """Settings of an image encoder, and those that single encoders have of their own."""

    title: ClassVar[str] = "Network"

    encoder: Annotated[
        str,
        About(label="Encoder", help="", choices=(DEFAULT_IMAGE,)),
    ] = DEFAULT_IMAGE
    """Any registered encoder of images; :meth:`settings` adds the choices."""
    width: Annotated[
        int,
        About(
            label="Width", help="Channels of the small encoder's first layer; each layer doubles them.", low=4, high=128
        ),
    ] = 16
    weights: Annotated[
        str,
        About(
            label="Weights",
            help="Weights that the encoder begins with: a file of PyTorch or safetensors, or the folder of a run of "
            "sslviz, whose last checkpoint has them. Files are not allowed to run code.",
            opens=(FOLDER, *FILES),
        ),
    ] = ""

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """Return the settings of this group, and those of each encoder, which have an effect if it is chosen."""
        choices = image_encoders()
        common = _offering(super().settings(), "encoder", choices)
        return (*common, *(each for encoder in choices.values() for each in _settings_of(encoder)))

    def build_encoder(self, sample_shape: tuple[int, ...], values: Values) -> ImageEncoder:
        """Return the chosen encoder for images of ``sample_shape``, (channels, height, width).

        Its weights are random, pretrained, or those that the setting ``weights`` names.

        ``values``: the values of all settings of the run, of which an encoder may have some of its own.

        Raises:
            SettingError: the settings of the encoder do not fit each other or the images, or weights cannot be read or
                downloaded, or do not fit.
        """
        kind = image_encoders()[self.encoder]
        if missing := kind.missing():
            raise SettingError("encoder", missing)
        encoder = kind.build(sample_shape, self.width, values)
        if self.weights and are_loaded():
            path = Path(self.weights)
            if path.is_dir():
                self._check_run(path, values)
            encoder.load_weights(read_weights(path), self.weights)
        return encoder

    def _check_run(self, run: Path, values: Values) -> None:
        """Raise SettingError if the settings ``values`` describe another encoder than that of a run of sslviz."""
        keys = ["encoder", *(setting.key for setting in _settings_of(image_encoders()[self.encoder]))]
        keys += ["width"] if self.encoder == "small" else []
        of_run = run_values(run)
        wrong = [key for key in keys if key in of_run and of_run[key] != values.get(key, of_run[key])]
        if wrong:
            texts = " and ".join(f"{key}={format_value(of_run[key])}" for key in wrong)
            raise SettingError("weights", f"The encoder of the run {run} has other settings. Set {texts}.")

    def needs_download(self, values: Values) -> bool:
        """Return whether :meth:`build_encoder` would download weights."""
        return image_encoders()[self.encoder].needs_download(values)

    def begins_trained(self, values: Values) -> bool:
        """Return whether the encoder begins with weights that are not random."""
        return image_encoders()[self.encoder].begins_trained(values)


class ImageNetwork(ImageEncoding, frozen=True):
    """Settings of an image encoder that is trained, and of a projection head."""

    frozen: Annotated[
        bool,
        About(label="Frozen", help="On: the encoder stays as it is, and the head alone is trained."),
    ] = False
    encoder_rate: Annotated[
        float,
        About(
            label="Encoder rate",
            help="Of an encoder that does not begin with random weights: its learning rate, as a share of the head's.",
            low=0.001,
            high=1.0,
            log=True,
            only_if={"frozen": (False,)},
            idle_if={"weights": ("",), "pretrained": (False,)},
        ),
    ] = 0.1
    head_layers: Annotated[
        int,
        About(
            label="Head, layers",
            help="Hidden layers of the projection head, which makes z of h. 0: z is a linear map of h.",
            low=0,
            high=4,
        ),
    ] = 1
    head_hidden: Annotated[
        int,
        About(
            label="Head, hidden",
            help="Units in each hidden layer of the projection head.",
            low=8,
            high=4096,
            only_if={"head_layers": (1, 2, 3, 4)},
        ),
    ] = 192
    head_dim: Annotated[
        int,
        About(label="Head, output", help="Dimensions of z, the embedding that the loss sees.", low=2, high=2048),
    ] = 64

    def build_encoder(self, sample_shape: tuple[int, ...], values: Values) -> ImageEncoder:
        """Return the encoder, see :meth:`ImageEncoding.build_encoder`; it may be frozen, or be trained slowly."""
        encoder = super().build_encoder(sample_shape, values)
        if self.frozen:
            encoder.freeze()
        elif encoder.begins_trained(values):
            encoder.rate_factor = self.encoder_rate
        return encoder

    def build_head(self, h_dim: int, output_norm: Literal["none", "affine", "plain"] = "none") -> nn.Sequential:
        """Return the projection head g, untrained (SimCLR, section 4.2).

        The head maps h, float[n, h_dim], to z, float[n, head_dim]; z is not of unit length. ``output_norm``: the batch
        norm that ends it, as in :func:`mlp`.
        """
        widths = (h_dim, *[self.head_hidden] * self.head_layers, self.head_dim)
        return mlp(widths, batch_norm=True, output_norm=output_norm)


def _settings_of(encoder: type[ImageEncoder]) -> tuple[Setting, ...]:
    settings = (setting for group in encoder.groups for setting in group.settings())
    return tuple(
        msgspec.structs.replace(setting, only_if={**setting.only_if, "encoder": (encoder.name,)})
        for setting in settings
    )


class FrameNetwork(Group, frozen=True):
    """Settings of a frame encoder and of a GRU, a recurrent network that reads the encoder's output in order."""

    title: ClassVar[str] = "Network"

    hears: Annotated[
        str,
        About(
            label="Encoder input",
            help="The input of the encoder for sound.",
            choices=(DEFAULT_SOUND,),
            modalities=("sound",),
        ),
    ] = DEFAULT_SOUND
    """Any registered encoder of sound; :meth:`settings` adds the choices."""
    width: Annotated[
        int,
        About(
            label="Width",
            help="Channels of each hidden layer of the frame encoder; for clips half as many, a quarter in the first.",
            low=4,
            high=1024,
            log=True,
        ),
    ] = 128
    z_dim: Annotated[
        int,
        About(label="Latent", help="Dimensions of z, which the encoder gives of a frame.", low=2, high=1024),
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

    @classmethod
    def settings(cls) -> tuple[Setting, ...]:
        """Return the settings of this group, with all encoders of sound among the choices."""
        return _offering(super().settings(), "hears", sound_encoders())

    def build_encoder(self, sample_shape: tuple[int, ...]) -> FrameEncoder:
        """Return an untrained encoder for samples of ``sample_shape``.

        The shape is (frames, channels, height, width) for clips and (audio samples,) for sound.
        """
        is_clip = len(sample_shape) == CLIP_DIMS
        encoder = FrameEncoder.choices("video")[0] if is_clip else sound_encoders()[self.hears]
        return encoder(sample_shape, self.width, self.z_dim)
