"""Masked patches: most of an image is hidden, and its pixels are told from what is left.

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
from sslviz.core.settings import About, Group, SettingError, Value, Values
from sslviz.learning.dataset import Samples, Split
from sslviz.learning.io.thumbnails import thumbnails
from sslviz.learning.losses.nt_xent import cosine_similarity_matrix
from sslviz.learning.networks.patches import (
    PatchDecoder,
    PatchEncoder,
    PatchMask,
    grid_encoding,
    mean_visible,
    patchify,
    random_mask,
    replace_patches,
    squared_error,
    unpatchify,
)
from sslviz.learning.networks.transformer import Transformer, set_dropout
from sslviz.learning.objective import Objective, Scores, baseline_lines, objectives
from sslviz.learning.outputs import ImagePrediction, Matrix, StepOutput
from sslviz.learning.views.augment import unit_images

RATIO = 0.75
CHUNK = 256
"""images looked at at once where all are"""
EXAM = 75
"""seeds what is hidden of held-out images, so that it is the same of every network and of the mean patch"""
HIDDEN_GREY = 0.5
SIDE = 96
"""pixels of a picture at most"""


class Masking(Group, frozen=True):
    """What is hidden."""

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
    """What is needed in training only."""

    title: ClassVar[str] = "Decoder"

    decoder_width: Annotated[
        int, About(label="Width", help="Dimensions of a token in the decoder.", low=8, high=1024, log=True)
    ] = 64
    decoder_layers: Annotated[int, About(label="Layers", help="Blocks of the decoder.", low=1, high=12)] = 1


@objectives.register
class MaskedPatches(Objective):
    """The encoder sees visible patches only, a light decoder tells the hidden ones: mean squared error on these."""

    name: ClassVar[str] = "masked_patches"
    family: ClassVar[str] = "masked"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    title: ClassVar[str] = "Masked patches (MAE)"
    help: ClassVar[str] = "Hidden patches of an image are to be told from the visible ones."
    groups: ClassVar[tuple[type[Group], ...]] = (Masking, Transformer, Decoder)
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
        network, light = Transformer.of(values), Decoder.of(values)
        channels, height, width = sample_shape
        rows, columns, dim = height // self.patch, width // self.patch, channels * self.patch**2
        self.encoder = PatchEncoder(dim, grid_encoding(rows, columns, network.model_width), network)
        places = grid_encoding(rows, columns, light.decoder_width)
        self.decoder = PatchDecoder(
            dim, places, network.model_width, light.decoder_width, light.decoder_layers, network.heads
        )

    def configure(self, values: Values) -> None:
        masking = Masking.of(values)
        _, height, width = self.sample_shape
        if height % masking.patch or width % masking.patch or masking.patch == height == width:
            raise SettingError("patch", f"Patches of {masking.patch} px cannot divide images of {width}×{height} px.")
        self.ratio, self.patch = masking.mask_ratio, masking.patch
        set_dropout(self, Transformer.of(values).dropout)

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        patches, hiding = self._hidden(data, self.ratio, generator)
        latents = self.encoder(patches, hiding.visible)
        loss = squared_error(self.decoder(latents, hiding), patches, hiding).mean()
        return StepOutput(loss, kept={"latents": latents.detach().mean(1)})

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        patches, hiding = self._hidden(data, self.ratio, generator)
        return squared_error(self._guessed(patches, hiding), patches, hiding)

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        """The mean over the tokens of the unmasked image."""
        return self.encoder(patchify(unit_images(data), self.patch)).float().mean(1)  # type: ignore[no-any-return]

    def baselines(self, split: Split) -> Scores:
        """``mse_mean_patch``: the mean of an image's visible patches for its hidden ones, at the places of ``mse``."""
        exam = self._exam(split.held_out)
        errors = [squared_error(mean_visible(*each), *each) for each in exam]
        return {"mse_mean_patch": float(torch.cat(errors).double().mean())}

    def scores(self, held_out: Samples, generator: torch.Generator) -> Scores:
        """``mse``, at 75 % hidden whatever the setting, so that it stays comparable."""
        errors = [squared_error(self._guessed(*each), *each) for each in self._exam(held_out)]
        return {"mse": float(torch.cat(errors).double().mean())}

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        text = "The error of the mean of an image's visible patches as a guess at its hidden ones, 75 % hidden."
        return baseline_lines(baselines, "mse_mean_patch", "mean patch", text, "loss", "mse")

    def not_comparable(self, changed: str) -> str:
        if changed == "mask_ratio":
            return "Losses before and after cannot be compared: the more is hidden, the less there is to tell it from."
        return ""

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        patches, hiding = self._hidden(data, self.ratio, generator)
        return {"original": data, "masked": self._image(self._greyed(patches, hiding))}

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        return Matrix("latents", cosine_similarity_matrix(output.kept["latents"]), rows=data)

    def image_prediction(self, held_out: Samples, horizon: int) -> ImagePrediction:
        """Under the ratio in force; the same patches of an image are hidden from one look to the next."""
        patches, hiding = self._hidden(held_out.data, self.ratio, _examiner())
        guessed = self._guessed(patches, hiding)
        rows = (self._greyed(patches, hiding), replace_patches(patches, hiding.hidden, guessed), patches)
        images = np.stack([thumbnails(self._image(row), SIDE) for row in rows], 1)[:, :, None]
        errors = (squared_error(each, patches, hiding) for each in (guessed, mean_visible(patches, hiding)))
        mse, mse_mean = (each[:, None].cpu().numpy() for each in errors)
        return ImagePrediction(
            rows=("masked", "reconstructed", "original"),
            columns=(f"{hiding.hidden.shape[1]} of {patches.shape[1]} hidden",),
            images=images,
            filled=np.ones((3, 1), np.uint8),
            errors=mse,
            reference_errors=mse_mean,
            error_name="MSE",
            reference_name="mean patch",
        )

    def _hidden(self, data: Tensor, ratio: float, generator: torch.Generator) -> tuple[Tensor, PatchMask]:
        patches = patchify(unit_images(data), self.patch)
        return patches, random_mask(len(patches), patches.shape[1], ratio, generator, data.device)

    def _exam(self, samples: Samples) -> Iterator[tuple[Tensor, PatchMask]]:
        """Held-out images with what is hidden of them, always the same; chunk by chunk."""
        generator = _examiner()
        for data in torch.split(samples.data, CHUNK):
            yield self._hidden(data, RATIO, generator)

    def _guessed(self, patches: Tensor, hiding: PatchMask) -> Tensor:
        return self.decoder(self.encoder(patches, hiding.visible), hiding)  # type: ignore[no-any-return]

    def _greyed(self, patches: Tensor, hiding: PatchMask) -> Tensor:
        return replace_patches(patches, hiding.hidden, torch.full((1, 1, 1), HIDDEN_GREY, device=patches.device))

    def _image(self, patches: Tensor) -> Tensor:
        return unpatchify(patches, self.sample_shape, self.patch)


def _examiner() -> torch.Generator:
    return torch.Generator().manual_seed(EXAM)
