"""I-JEPA: what a slow target network makes of blocks of an image is predicted from the rest of the image.

Assran et al. 2023, Self-supervised learning from images with a joint-embedding predictive architecture,
https://arxiv.org/abs/2301.08243. As in masked autoencoders, patches are hidden; but what is predicted are features of
the hidden patches, not their pixels. No views are drawn.

The loss is the squared error of the paper (section 3, "Loss"), here averaged over the dimensions too. As in the
authors' code, https://github.com/facebookresearch/ijepa, the features of each target patch are layer-normalised.

Where in the image a patch is may determine much of its feature, and can be predicted without looking at the image.
Figures and panels therefore compare features with the usual ones: the mean over the images of the batch at each place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import layer_norm, normalize

from sslviz.core.entries import FigureEntry
from sslviz.core.reference_lines import ReferenceLine, reference_line
from sslviz.core.settings import About, Group, Value, Values
from sslviz.learning.networks.block_masks import BlockMask, Blocks, random_block_mask
from sslviz.learning.networks.momentum_target import TARGET_MOVES, Ema, follow, momentum_copy
from sslviz.learning.networks.patches import (
    PatchMask,
    TokenPredictor,
    check_patch,
    gather_patches,
    grid_encoding,
    with_others_grey,
)
from sslviz.learning.networks.vision_transformer import PatchTransformer, VisionTransformer
from sslviz.learning.objective import Objective, Scores, objectives
from sslviz.learning.outputs import Matrix, Pairs, PatchFeatures, StepOutput
from sslviz.learning.views.augment import unit_images

LEAST_R2 = -1.0
"""R² is not given below this value: it has no lower limit where all images have about the same features."""


class PatchPredictor(Group, frozen=True):
    """Settings of the sizes of the predictor, which is needed for the loss, but not for the representation h."""

    title: ClassVar[str] = "Predictor"

    predictor_width: Annotated[
        int, About(label="Width", help="Dimensions of a token in the predictor.", low=8, high=1024, log=True)
    ] = 32
    predictor_layers: Annotated[int, About(label="Layers", help="Blocks of the predictor.", low=1, high=12)] = 2


@dataclass(frozen=True)
class Prediction:
    """Predicted and actual features of the target patches of n images.

    Attributes:
        predicted, actual: float32[n, M, T, D], features of the T patches of each of M blocks.
        usual: float32[n, M, T, D], the mean feature, over the n images, at the place of each of these patches.
        centre: float32[D], the mean feature of all patches.
        spread: float32 scalar, the root mean square difference of a feature from the usual one; at most 1.
    """

    predicted: Tensor
    actual: Tensor
    usual: Tensor
    centre: Tensor
    spread: Tensor

    def losses(self) -> Tensor:
        """Return the mean squared error of each image, float32[n]."""
        return (self.predicted - self.actual).square().mean((1, 2, 3))

    def r2(self) -> Tensor:
        """Return the share of the variance about the usual features that is predicted, not below LEAST_R2."""
        variance = self.spread.square().clamp(min=torch.finfo(torch.float32).tiny)
        return (1 - self.losses().detach().mean() / variance).clamp(min=LEAST_R2)

    def first_block(self) -> tuple[Tensor, Tensor]:
        """Return the mean predicted and actual feature of the first block, less the usual one, float32[n, D] each."""
        predicted, actual = ((each - self.usual)[:, 0].mean(1) for each in (self.predicted, self.actual))
        return predicted, actual


@objectives.register
class IJEPA(Objective):
    """The encoder sees the context only, the target network the whole image; a predictor leads from one to the other.

    Encoder and target network are vision transformers. The representation h of an image is the mean of the tokens that
    the encoder, not the target network, has for the whole image.

    Raises:
        SettingError: the images cannot be cut into at least two patches of the size that the setting ``patch`` gives,
            or the width of encoder or predictor is not a multiple of the number of heads.
    """

    name: ClassVar[str] = "ijepa"
    family: ClassVar[str] = "masked"
    modalities: ClassVar[tuple[str, ...]] = ("image",)
    title: ClassVar[str] = "Masked blocks (I-JEPA)"
    help: ClassVar[str] = "What a slower copy of the network makes of hidden blocks is predicted; no pixels, no views."
    groups: ClassVar[tuple[type[Group], ...]] = (Blocks, Ema, VisionTransformer, PatchPredictor)
    loss_note: ClassVar[str] = TARGET_MOVES
    loss_depends_on: ClassVar[dict[str, str]] = {
        "target_blocks": "Losses before and after cannot be compared: the more blocks, the less context is left.",
        "target_share": "Losses before and after cannot be compared: the larger the blocks, the harder the task.",
        "context_share": "Losses before and after cannot be compared: the less context, the harder the task.",
        "ema_momentum": "Losses before and after cannot be compared: the targets lag by another time.",
        "ema_rise_steps": "",
        "patch": "",
    }
    defaults: ClassVar[dict[str, Value]] = {"batch_size": 64, "learning_rate": 0.0015, "probe_samples": 500}
    figures: ClassVar[tuple[FigureEntry, ...]] = (
        FigureEntry(
            key="patch_r2",
            title="Patch R²",
            help="Share of the targets' variance that is predicted, beyond what the place of a patch tells; 1 is all.",
            per_step=True,
        ),
        FigureEntry(
            key="target_std",
            title="Std of targets",
            help="Standard deviation of the targets at a place, over images; 0: images make no difference.",
            per_step=True,
            beside_loss=True,
        ),
    )

    def __init__(self, sample_shape: tuple[int, ...], values: Values) -> None:
        super().__init__(sample_shape, values)
        network, sizes = VisionTransformer.of(values), PatchPredictor.of(values)
        width, heads = network.model_width, network.heads
        self.encoder = PatchTransformer(sample_shape[0], self.patch, width, network.layers, heads)
        self.momentum_target = momentum_copy(self.encoder)
        positional = grid_encoding(*self.grid, sizes.predictor_width)
        self.predictor = TokenPredictor(width, positional, width, sizes.predictor_width, sizes.predictor_layers, heads)

    def configure(self, values: Values) -> None:
        self.patch = VisionTransformer.of(values).patch
        check_patch(self.patch, self.sample_shape)
        self.blocks, self.ema = Blocks.of(values), Ema.of(values)

    @property
    def grid(self) -> tuple[int, int]:
        """Numbers of rows and of columns of patches of an image."""
        return self.sample_shape[1] // self.patch, self.sample_shape[2] // self.patch

    def mask(self, data: Tensor, generator: torch.Generator) -> BlockMask:
        """Draw the context and the target blocks of each image."""
        return random_block_mask(len(data), self.grid, self.blocks, generator, data.device)

    def predict(self, data: Tensor, mask: BlockMask) -> Prediction:
        """Predict the features of the target patches of images from the contexts."""
        images, (context, targets) = unit_images(data), mask
        with torch.no_grad():
            tokens = self.momentum_target(images).float()
            features = layer_norm(tokens, tokens.shape[-1:])
            usual = features.mean(0)
        count = targets.shape[1]  # each block is predicted by itself
        latents = self.encoder(images, context).repeat_interleave(count, 0)
        hidden = PatchMask(context.repeat_interleave(count, 0), targets.flatten(0, 1))
        return Prediction(
            predicted=self.predictor(latents, hidden).view(*targets.shape, -1),
            actual=gather_patches(features, targets.flatten(1)).view(*targets.shape, -1),
            usual=usual[targets],
            centre=usual.mean(0),
            spread=(features - usual).square().mean().sqrt(),
        )

    def step(self, data: Tensor, generator: torch.Generator) -> StepOutput:
        mask = self.mask(data, generator)
        found = self.predict(data, mask)
        predicted, actual = found.first_block()
        kept = {"predicted": predicted.detach(), "actual": actual, "context": mask.context, "block": mask.targets[:, 0]}
        return StepOutput(found.losses().mean(), {"patch_r2": found.r2(), "target_std": found.spread}, kept)

    def losses(self, data: Tensor, generator: torch.Generator) -> Tensor:
        return self.predict(data, self.mask(data, generator)).losses()

    def after_optimizer_step(self, output: StepOutput) -> None:
        follow(self.momentum_target, self.encoder, self.ema.momentum_at(self.step_number))

    def encode(self, data: Tensor, timesteps: Tensor) -> Tensor:
        return self.encoder(unit_images(data)).float().mean(1)  # type: ignore[no-any-return]

    def patches(self, data: Tensor) -> PatchFeatures:
        return self.encoder.patch_features(unit_images(data))

    def pairs(self, data: Tensor, generator: torch.Generator) -> Pairs:
        """Return the mean feature of the first target block, predicted as ``z_a`` and actual as ``z_b``.

        The usual features at the places of the block are replaced by the mean feature of all places.
        """
        mask = self.mask(data, generator)
        found = self.predict(data, mask)
        predicted, actual = found.first_block()
        images = self._shown(data, mask.context), self._shown(data, mask.targets[:, 0])
        return Pairs(predicted + found.centre, actual + found.centre, *images)

    def preview(self, data: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        context, targets = self.mask(data, generator)
        return {
            "original": data,
            "context": self._shown(data, context),
            "targets": self._shown(data, targets.flatten(1)),
        }

    def matrix(self, output: StepOutput, data: Tensor, step_ahead: int) -> Matrix:
        predicted, actual, context, block = (output.kept[key] for key in ("predicted", "actual", "context", "block"))
        cosines = normalize(predicted, dim=1) @ normalize(actual, dim=1).T
        pictures = self._shown(data, context), self._shown(data, block)
        return Matrix("predictions", cosines, 1.0, 0, *pictures, of="z")

    def reference_lines(self, batch_size: int, baselines: Scores) -> tuple[ReferenceLine, ...]:
        zero = f"The error of predicting zero for every target. {TARGET_MOVES}"
        perfect = "Each prediction is its target, which it also is where all targets have become one."
        place = "What the mean target at the place of each patch gives, without looking at the image."
        images = "The image alone determines the targets, the place nothing."
        collapsed = "All images have the same targets; at most the place determines them."
        return (
            reference_line("loss", "unrelated", 1.0, zero),
            reference_line("loss", "best", 0.0, perfect, "perfect or collapsed"),
            reference_line("patch_r2", "unrelated", 0.0, place, "place alone"),
            reference_line("target_std", "isotropic", 1.0, images),
            reference_line("target_std", "collapsed", 0.0, collapsed),
        )

    def _shown(self, data: Tensor, numbers: Tensor) -> Tensor:
        return with_others_grey(unit_images(data), numbers, self.patch)
