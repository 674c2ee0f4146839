"""Masked patches: the pixels of the hidden patches of an image are predicted from the visible patches.

He et al. 2022, Masked autoencoders are scalable vision learners, https://arxiv.org/abs/2111.06377.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.patches import (
    HIDDEN_GREY,
    PatchDecoder,
    PatchMask,
    check_patch,
    grid_encoding,
    mean_visible,
    patchify,
    random_mask,
    replace_patches,
    squared_error,
    unpatchify,
)
from sslviz.learning.networks.transformer import Transformer, set_dropout
from sslviz.learning.networks.vision_transformer import PatchTransformer
from sslviz.learning.objective import Objective, Scores, baseline_lines, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, PatchFeatures, StepOutput
from sslviz.learning.views.augment import unit_images

RATIO = 0.75
"""Share of the patches that are hidden, as in the paper."""
CHUNK = 256
"""Number of held-out images scored at once."""
HELD_OUT_SEED = 75
"""Seed of the masks of held-out images, so that every network and the mean patch predict the same patches."""
MAX_SIDE = 96
"""Maximum height and width of an image that is shown, in pixels."""


class Masking(Group, frozen=True):
    """Settings of the masking: the size of the patches, and the share of the patches that is hidden."""

    title: ClassVar[str] = "Masking"

    mask_ratio: Annotated[
        float,
        About(
            label="Hidden",
            help="Share of the patches that the network does not see. Few: the neighbours tell nearly all, and little "
            "is learned. Many: what the image shows must be understood.",
            low=0.05,
            high=0.95,
            live=True,
        ),
    ] = RATIO
    patch: Annotated[
        int,
        About(label="Patch", help="Side of a patch; it must divide the image's.", low=2, high=32, log=True, unit="px"),
    ] = 4


class Decoder(Group, frozen=True):
    """Settings of the sizes of the decoder, which is needed for the loss, but not for the representation h."""

    title: ClassVar[str] = "Decoder"

    decoder_width: Annotated[
        int, About(label="Width", help="Dimensions of a token in the decoder.", low=8, high=1024, log=True)
    ] = 64
    decoder_layers: Annotated[int, About(label="Layers", help="Blocks of the decoder.", low=1, high=12)] = 1


@objectives.register
class MaskedPatches(Objective):
    """The encoder sees the visible patches only, and a light decoder predicts the hidden ones.

    The loss is the mean squared error of the pixels of the hidden patches. The representation h of an image is the mean
    of the encoder's output tokens.

    Raises:
        SettingError: the images cannot be cut into at least two patches of the size that the setting ``patch`` gives,
            or the width of encoder or decoder is not a multiple of the number of heads.
    """

    name: ClassVar[str] = "masked_patches"
    family: ClassVar[str] = "masked"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    order: ClassVar[int] = 1
    title: ClassVar[str] = "Masked patches (MAE)"
    help: ClassVar[str] = "Hidden patches of an image are predicted from the visible ones."
    groups: ClassVar[tuple[type[Group], ...]] = (Masking, Transformer, Decoder)
    loss_depends_on: ClassVar[dict[str, str]] = {
        "mask_ratio": "Losses before and after cannot be compared: the more is hidden, the harder the task.",
        "patch": "",
    }
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64, "learning_rate": 0.0015, "probe_samples": 500}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="mse",
            title="MSE, held out",
            form="small",
            help="Mean squared error of the hidden patches' pixels, in 0…1, of images that are not trained on, three "
            "quarters of each hidden. The line is what the mean of the visible patches gives.",
        ),
    )

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network, decoder = Transformer.of(values), Decoder.of(values)
        channels, width, heads = sample_shape[0], network.model_width, network.heads
        self.encoder = PatchTransformer(channels, self.patch, width, network.layers, heads, network.dropout)
        positional = grid_encoding(*self.encoder.grid(*sample_shape[1:]), decoder.decoder_width)
        dim = channels * self.patch**2
        self.decoder = PatchDecoder(dim, positional, width, decoder.decoder_width, decoder.decoder_layers, heads)

    def configure(self, values: Values) -> None:
        masking = Masking.of(values)
        check_patch(masking.patch, self.sample_shape)
        self.ratio, self.patch = masking.mask_ratio, masking.patch
        set_dropout(self, Transformer.of(values).dropout)

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        images, patches, mask = self._masked(data, self.ratio, generator)
        latents = self.encoder(images, mask.visible)
        loss = squared_error(self.decoder(latents, mask), patches, mask).mean()
        return StepOutput(loss, kept={"latents": latents.detach().mean(1)})

    def reconstruct(self, images: Tensor, mask: PatchMask) -> Tensor:
        """Predict the M hidden patches of each image, float[n, M, D], from its visible patches.

        ``images``: float[n, C, H, W] in [0, 1]. Only the patches that are visible according to ``mask`` reach the
        network. A patch has D values.
        """
        return self.decoder(self.encoder(images, mask.visible), mask)  # type: ignore[no-any-return]

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        images, patches, mask = self._masked(data, self.ratio, generator)
        return squared_error(self.reconstruct(images, mask), patches, mask)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """Return h of each image, float32[n, H_DIM]: the mean of the encoder's output tokens.

        No patches are hidden: the encoder receives all patches of the image.
        """
        return self.encoder(unit_images(data)).float().mean(1)  # type: ignore[no-any-return]

    def patches(self, data: Tensor) -> PatchFeatures:
        return self.encoder.patch_features(unit_images(data))

    def baselines(self, split: Split) -> Scores:
        """Return ``mse_mean_patch``, a mean squared error on held-out images with 75 % of the patches hidden.

        The prediction of every hidden patch is the mean of the visible patches of the image.
        """
        masked = self._masked_held_out(split.held_out)
        errors = [squared_error(mean_visible(patches, mask), patches, mask) for _, patches, mask in masked]
        return {"mse_mean_patch": float(torch.cat(errors).double().mean())}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """Return ``mse``, the mean squared error of the predicted patches of held-out images.

        75 % of the patches are hidden, whatever the setting ``mask_ratio`` is.
        """
        masked = self._masked_held_out(held_out)
        errors = [squared_error(self.reconstruct(images, mask), patches, mask) for images, patches, mask in masked]
        return {"mse": float(torch.cat(errors).double().mean())}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        text = "The error of the mean of an image's visible patches as a guess at its hidden ones, 75 % hidden."
        return baseline_lines(baselines, "mse_mean_patch", "mean patch", text, "loss", "mse")

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        _, patches, mask = self._masked(data, self.ratio, generator)
        return {"original": data, "masked": self._image(self._grey_out(patches, mask))}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return Matrix("latents", cosine_similarity_matrix(output.kept["latents"]), rows=data, of="h")

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        """Return held-out images: masked, reconstructed and original. ``horizon`` is ignored.

        The share of hidden patches is the setting ``mask_ratio``. Calls with the same share hide the same patches.
        """
        images, patches, mask = self._masked(held_out.data, self.ratio, _held_out_generator())
        reconstructed = self.reconstruct(images, mask)
        rows = (self._grey_out(patches, mask), replace_patches(patches, mask.hidden, reconstructed), patches)
        shown = np.stack([thumbnails(self._image(row), MAX_SIDE) for row in rows], 1)[:, :, None]
        errors = (squared_error(each, patches, mask) for each in (reconstructed, mean_visible(patches, mask)))
        mse, mse_mean = (each[:, None].cpu().numpy() for each in errors)
        return ImagePrediction(
            rows=("masked", "reconstructed", "original"),
            columns=(f"{mask.hidden.shape[1]} of {patches.shape[1]} hidden",),
            images=shown,
            filled=np.ones((3, 1), np.uint8),
            errors=mse,
            reference_errors=mse_mean,
            error_name="MSE",
            reference_name="mean patch",
        )

    def _masked(self, data: Tensor, ratio: float, generator: torch.Generator) -> tuple[Tensor, Tensor, PatchMask]:
        """Return images, float[n, C, H, W] in [0, 1], their patches, float[n, P, D], and a mask of these."""
        images = unit_images(data)
        patches = patchify(images, self.patch)
        return images, patches, random_mask(len(patches), patches.shape[1], ratio, generator, data.device)

    def _masked_held_out(self, samples: Samples) -> Iterator[tuple[Tensor, Tensor, PatchMask]]:
        """Yield chunks of held-out images with their patches and masks; the masks are the same in every call."""
        generator = _held_out_generator()
        for data in torch.split(samples.data, CHUNK):
            yield self._masked(data, RATIO, generator)

    def _grey_out(self, patches: Tensor, mask: PatchMask) -> Tensor:
        return replace_patches(patches, mask.hidden, torch.full((1, 1, 1), HIDDEN_GREY, device=patches.device))

    def _image(self, patches: Tensor) -> Tensor:
        return unpatchify(patches, self.sample_shape, self.patch)


def _held_out_generator() -> torch.Generator:
    return torch.Generator().manual_seed(HELD_OUT_SEED)
